// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/detectors/sigma/rule_bench.h"

namespace persandian::sigma::test {
namespace {

TEST(LteModifier, ComparesNumbers) {
    EXPECT_TRUE(holds("a|lte: 5", "{a: 5}"));
    EXPECT_FALSE(holds("a|lte: 5", "{a: 6}"));
    EXPECT_TRUE(holds("a|lte: 5", "{a: 5}"));
}

TEST(LteModifier, ReadsNumbersInTextsAndNothingElse) {
    EXPECT_TRUE(holds("a|lte: 5", "{a: '5'}"));
    EXPECT_FALSE(holds("a|lte: 5", "{a: abc}"));
    EXPECT_FALSE(holds("a|lte: 5", "{a: '5 '}"));
    EXPECT_FALSE(holds("a|lte: 5", "{b: 5}"));
    EXPECT_FALSE(holds("a|lte: 5", "{a: null}"));
}

TEST(LteModifier, NeedsANumberWithoutQuotes) {
    EXPECT_THAT(item_refusal("a|lte: '5'"), testing::HasSubstr("a number without quotes"));
    EXPECT_THAT(item_refusal("a|lte: x"), testing::HasSubstr("a number without quotes"));
}

}  // namespace
}  // namespace persandian::sigma::test
