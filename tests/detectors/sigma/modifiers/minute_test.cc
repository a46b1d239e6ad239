// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/detectors/sigma/rule_bench.h"

namespace persandian::sigma::test {
namespace {

TEST(MinuteModifier, IsThatPartOfATimeInItsOwnZone) {
    EXPECT_TRUE(holds("a|minute: 5", "{a: '2026-02-03T04:05:06+08:00'}"));
    EXPECT_FALSE(holds("a|minute: 4", "{a: '2026-02-03T04:05:06+08:00'}"));
    EXPECT_TRUE(holds("a|minute: [4, 5]", "{a: '2026-02-03T04:05:06+08:00'}"));
    EXPECT_TRUE(holds("a|minute: 5", "{a: '2026-02-03 04:05:06'}"));
}

TEST(MinuteModifier, OtherValuesAreNoTimes) {
    EXPECT_FALSE(holds("a|minute: 5", "{a: x}"));
    EXPECT_FALSE(holds("a|minute: 5", "{b: x}"));
}

TEST(MinuteModifier, RefusesImpossibleNumbers) {
    EXPECT_THAT(item_refusal("a|minute: 60"), testing::HasSubstr("needs a number from"));
    EXPECT_THAT(item_refusal("a|minute: x"), testing::HasSubstr("a whole number"));
}

}  // namespace
}  // namespace persandian::sigma::test
