// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/detectors/sigma/rule_bench.h"

namespace persandian::sigma::test {
namespace {

TEST(YearModifier, IsThatPartOfATimeInItsOwnZone) {
    EXPECT_TRUE(holds("a|year: 2026", "{a: '2026-02-03T04:05:06+08:00'}"));
    EXPECT_FALSE(holds("a|year: 2025", "{a: '2026-02-03T04:05:06+08:00'}"));
    EXPECT_TRUE(holds("a|year: [2025, 2026]", "{a: '2026-02-03T04:05:06+08:00'}"));
    EXPECT_TRUE(holds("a|year: 2026", "{a: '2026-02-03 04:05:06'}"));
}

TEST(YearModifier, OtherValuesAreNoTimes) {
    EXPECT_FALSE(holds("a|year: 2026", "{a: x}"));
    EXPECT_FALSE(holds("a|year: 2026", "{b: x}"));
}

TEST(YearModifier, RefusesImpossibleNumbers) {
    EXPECT_THAT(item_refusal("a|year: 10000"), testing::HasSubstr("needs a number from"));
    EXPECT_THAT(item_refusal("a|year: x"), testing::HasSubstr("a whole number"));
}

}  // namespace
}  // namespace persandian::sigma::test
