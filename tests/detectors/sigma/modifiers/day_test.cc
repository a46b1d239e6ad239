// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/detectors/sigma/rule_bench.h"

namespace persandian::sigma::test {
namespace {

TEST(DayModifier, IsThatPartOfATimeInItsOwnZone) {
    EXPECT_TRUE(holds("a|day: 3", "{a: '2026-02-03T04:05:06+08:00'}"));
    EXPECT_FALSE(holds("a|day: 2", "{a: '2026-02-03T04:05:06+08:00'}"));
    EXPECT_TRUE(holds("a|day: [2, 3]", "{a: '2026-02-03T04:05:06+08:00'}"));
    EXPECT_TRUE(holds("a|day: 3", "{a: '2026-02-03 04:05:06'}"));
}

TEST(DayModifier, OtherValuesAreNoTimes) {
    EXPECT_FALSE(holds("a|day: 3", "{a: x}"));
    EXPECT_FALSE(holds("a|day: 3", "{b: x}"));
}

TEST(DayModifier, RefusesImpossibleNumbers) {
    EXPECT_THAT(item_refusal("a|day: 32"), testing::HasSubstr("needs a number from"));
    EXPECT_THAT(item_refusal("a|day: x"), testing::HasSubstr("a whole number"));
}

}  // namespace
}  // namespace persandian::sigma::test
