// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/detectors/sigma/rule_bench.h"

namespace persandian::sigma::test {
namespace {

TEST(WeekModifier, IsThatPartOfATimeInItsOwnZone) {
    EXPECT_TRUE(holds("a|week: 6", "{a: '2026-02-03T04:05:06+08:00'}"));
    EXPECT_FALSE(holds("a|week: 5", "{a: '2026-02-03T04:05:06+08:00'}"));
    EXPECT_TRUE(holds("a|week: [5, 6]", "{a: '2026-02-03T04:05:06+08:00'}"));
    EXPECT_TRUE(holds("a|week: 6", "{a: '2026-02-03 04:05:06'}"));
    EXPECT_TRUE(holds("a|week: 53", "{a: '2027-01-01'}"));
    EXPECT_TRUE(holds("a|week: 1", "{a: '2025-12-29'}"));
}

TEST(WeekModifier, OtherValuesAreNoTimes) {
    EXPECT_FALSE(holds("a|week: 6", "{a: x}"));
    EXPECT_FALSE(holds("a|week: 6", "{b: x}"));
}

TEST(WeekModifier, RefusesImpossibleNumbers) {
    EXPECT_THAT(item_refusal("a|week: 54"), testing::HasSubstr("needs a number from"));
    EXPECT_THAT(item_refusal("a|week: x"), testing::HasSubstr("a whole number"));
}

}  // namespace
}  // namespace persandian::sigma::test
