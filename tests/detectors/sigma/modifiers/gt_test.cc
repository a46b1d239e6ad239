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

TEST(GtModifier, NeedsANumberWithoutQuotes) {
    EXPECT_THAT(item_refusal("a|gt: '5'"), testing::HasSubstr("a number without quotes"));
    EXPECT_THAT(item_refusal("a|gt: x"), testing::HasSubstr("a number without quotes"));
}

}  // namespace
}  // namespace persandian::sigma::test
