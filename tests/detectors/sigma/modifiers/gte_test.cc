// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/detectors/sigma/rule_bench.h"

namespace persandian::sigma::test {
namespace {

TEST(GteModifier, ComparesNumbers) {
    EXPECT_TRUE(holds("a|gte: 5", "{a: 5}"));
    EXPECT_FALSE(holds("a|gte: 5", "{a: 4}"));
    EXPECT_TRUE(holds("a|gte: 5", "{a: 5}"));
}

TEST(GteModifier, ReadsNumbersInTextsAndNothingElse) {
    EXPECT_TRUE(holds("a|gte: 5", "{a: '5'}"));
    EXPECT_FALSE(holds("a|gte: 5", "{a: abc}"));
    EXPECT_FALSE(holds("a|gte: 5", "{a: '5 '}"));
    EXPECT_FALSE(holds("a|gte: 5", "{b: 5}"));
    EXPECT_FALSE(holds("a|gte: 5", "{a: null}"));
}

TEST(GteModifier, NeedsANumberWithoutQuotes) {
    EXPECT_THAT(item_refusal("a|gte: '5'"), testing::HasSubstr("a number without quotes"));
    EXPECT_THAT(item_refusal("a|gte: x"), testing::HasSubstr("a number without quotes"));
}

}  // namespace
}  // namespace persandian::sigma::test
