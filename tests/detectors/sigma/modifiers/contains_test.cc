// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/detectors/sigma/rule_bench.h"

namespace persandian::sigma::test {
namespace {

TEST(ContainsModifier, HoldsWhereTheTextStandsAnywhere) {
    EXPECT_TRUE(holds("a|contains: bc", "{a: abcd}"));
    EXPECT_TRUE(holds("a|contains: bc", "{a: bc}"));
    EXPECT_FALSE(holds("a|contains: bc", "{a: b-c}"));
    EXPECT_TRUE(holds("a|contains: BC", "{a: xbcx}"));
}

TEST(ContainsModifier, BackslashAtTheEndDoesNotEscapeTheAddedWildcard) {
    EXPECT_TRUE(holds("a|contains: '\\Desktop\\'", "{a: 'C:\\Users\\x\\Desktop\\y.exe'}"));
    EXPECT_FALSE(holds("a|contains: '\\Desktop\\'", "{a: '\\Desktop*'}"));
}

TEST(ContainsModifier, WildcardInsideKeepsBothEndsOpen) {
    EXPECT_TRUE(holds("a|contains: 'b*d'", "{a: abcde}"));
    EXPECT_TRUE(holds("a|contains: 'b?d'", "{a: abcde}"));
    EXPECT_FALSE(holds("a|contains: 'b?d'", "{a: abccde}"));
}

TEST(ContainsModifier, BlanksAtTheEndsCount) {
    EXPECT_TRUE(holds("a|contains: ' -e '", "{a: 'x -e y'}"));
    EXPECT_FALSE(holds("a|contains: ' -e '", "{a: 'x -ey'}"));
}

TEST(ContainsModifier, NeedsATextOrNumber) {
    EXPECT_TRUE(holds("a|contains: 12", "{a: x123}"));
    EXPECT_THAT(item_refusal("a|contains: true"),
                testing::HasSubstr("needs a text, not true or false"));
    EXPECT_THAT(item_refusal("a|contains: null"), testing::HasSubstr("not null"));
}

}  // namespace
}  // namespace persandian::sigma::test
