// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/detectors/sigma/rule_bench.h"

namespace persandian::sigma::test {
namespace {

TEST(LtModifier, ComparesNumbers) {
    EXPECT_TRUE(holds("a|lt: 5", "{a: 4}"));
    EXPECT_FALSE(holds("a|lt: 5", "{a: 5}"));
    EXPECT_TRUE(holds("a|lt: 5", "{a: 3.5}"));
}

TEST(LtModifier, ReadsNumbersInTextsAndNothingElse) {
    EXPECT_TRUE(holds("a|lt: 5", "{a: '4'}"));
    EXPECT_FALSE(holds("a|lt: 5", "{a: abc}"));
    EXPECT_FALSE(holds("a|lt: 5", "{a: '4 '}"));
    EXPECT_FALSE(holds("a|lt: 5", "{b: 4}"));
    EXPECT_FALSE(holds("a|lt: 5", "{a: null}"));
}

TEST(LtModifier, NeedsANumberWithoutQuotes) {
    EXPECT_THAT(item_refusal("a|lt: '5'"), testing::HasSubstr("a number without quotes"));
    EXPECT_THAT(item_refusal("a|lt: x"), testing::HasSubstr("a number without quotes"));
}

}  // namespace
}  // namespace persandian::sigma::test
