// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/detectors/sigma/rule_bench.h"

namespace persandian::sigma::test {
namespace {

TEST(HourModifier, IsThatPartOfATimeInItsOwnZone) {
    EXPECT_TRUE(holds("a|hour: 4", "{a: '2026-02-03T04:05:06+08:00'}"));
    EXPECT_FALSE(holds("a|hour: 3", "{a: '2026-02-03T04:05:06+08:00'}"));
    EXPECT_TRUE(holds("a|hour: [3, 4]", "{a: '2026-02-03T04:05:06+08:00'}"));
    EXPECT_TRUE(holds("a|hour: 4", "{a: '2026-02-03 04:05:06'}"));
}

TEST(HourModifier, OtherValuesAreNoTimes) {
    EXPECT_FALSE(holds("a|hour: 4", "{a: x}"));
    EXPECT_FALSE(holds("a|hour: 4", "{b: x}"));
}

TEST(HourModifier, RefusesImpossibleNumbers) {
    EXPECT_THAT(item_refusal("a|hour: 24"), testing::HasSubstr("needs a number from"));
    EXPECT_THAT(item_refusal("a|hour: x"), testing::HasSubstr("a whole number"));
}

}  // namespace
}  // namespace persandian::sigma::test
