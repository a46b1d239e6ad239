// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/detectors/sigma/rule_bench.h"

namespace persandian::sigma::test {
namespace {

TEST(GtModifier, ComparesNumbers) {
    EXPECT_TRUE(holds("a|gt: 5", "{a: 6}"));
    EXPECT_FALSE(holds("a|gt: 5", "{a: 5}"));
    EXPECT_TRUE(holds("a|gt: 5", "{a: 6.5}"));
}

TEST(GtModifier, ReadsNumbersInTextsAndNothingElse) {
    EXPECT_TRUE(holds("a|gt: 5", "{a: '6'}"));
    EXPECT_FALSE(holds("a|gt: 5", "{a: abc}"));
    EXPECT_FALSE(holds("a|gt: 5", "{a: '6 '}"));
    EXPECT_FALSE(holds("a|gt: 5", "{b: 6}"));
    EXPECT_FALSE(holds("a|gt: 5", "{a: null}"));
}

TEST(GtModifier, DoesNotRoundLargeNumbers) {
    EXPECT_TRUE(holds("a|gt: 9223372036854775807", "{a: 9223372036854775808}"));
    EXPECT_FALSE(holds("a|gt: 9223372036854775807", "{a: 9223372036854775807}"));
    EXPECT_TRUE(holds("a|gt: 9007199254740992.0", "{a: 9007199254740993}"));
    EXPECT_FALSE(holds("a|gt: 9007199254740993", "{a: 9007199254740992.0}"));
    EXPECT_FALSE(holds("a|gt: -0.0", "{a: 0}"));
    EXPECT_TRUE(holds("a|gt: -1.5", "{a: -1}"));
}

TEST(GtModifier, NeedsANumberWithoutQuotes) {
    EXPECT_THAT(item_refusal("a|gt: '5'"), testing::HasSubstr("a number without quotes"));
    EXPECT_THAT(item_refusal("a|gt: x"), testing::HasSubstr("a number without quotes"));
}

}  // namespace
}  // namespace persandian::sigma::test
