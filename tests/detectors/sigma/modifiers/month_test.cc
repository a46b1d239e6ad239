// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/detectors/sigma/rule_bench.h"

namespace persandian::sigma::test {
namespace {

TEST(MonthModifier, IsThatPartOfATimeInItsOwnZone) {
    EXPECT_TRUE(holds("a|month: 2", "{a: '2026-02-03T04:05:06+08:00'}"));
    EXPECT_FALSE(holds("a|month: 1", "{a: '2026-02-03T04:05:06+08:00'}"));
    EXPECT_TRUE(holds("a|month: [1, 2]", "{a: '2026-02-03T04:05:06+08:00'}"));
    EXPECT_TRUE(holds("a|month: 2", "{a: '2026-02-03 04:05:06'}"));
}

TEST(MonthModifier, OtherValuesAreNoTimes) {
    EXPECT_FALSE(holds("a|month: 2", "{a: x}"));
    EXPECT_FALSE(holds("a|month: 2", "{b: x}"));
}

TEST(MonthModifier, RefusesImpossibleNumbers) {
    EXPECT_THAT(item_refusal("a|month: 13"), testing::HasSubstr("needs a number from"));
    EXPECT_THAT(item_refusal("a|month: x"), testing::HasSubstr("a whole number"));
}

}  // namespace
}  // namespace persandian::sigma::test
