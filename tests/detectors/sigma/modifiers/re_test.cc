// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/detectors/sigma/rule_bench.h"

namespace persandian::sigma::test {
namespace {

TEST(ReModifier, SearchesAnywhereAndCaseMatters) {
    EXPECT_TRUE(holds("a|re: 'b.d'", "{a: abcde}"));
    EXPECT_FALSE(holds("a|re: 'B.d'", "{a: abcde}"));
    EXPECT_FALSE(holds("a|re: '^b'", "{a: ab}"));
}

TEST(ReModifier, TheTextIsTakenAsWritten) {
    EXPECT_TRUE(holds("a|re: 'a\\\\b'", "{a: 'a\\b'}"));
    EXPECT_TRUE(holds("a|re: 'a\\*b'", "{a: 'a*b'}"));
    EXPECT_FALSE(holds("a|re: 'a\\*b'", "{a: 'aab'}"));
}

TEST(ReModifier, AnyOfAList) {
    EXPECT_TRUE(holds("a|re: ['x', 'c$']", "{a: abc}"));
    EXPECT_TRUE(holds("a|re|all: ['a', 'c$']", "{a: abc}"));
    EXPECT_FALSE(holds("a|re|all: ['a', 'b$']", "{a: abc}"));
}

TEST(ReModifier, LettersBeyondAsciiAreOneCharacter) {
    EXPECT_TRUE(holds("a|re: '^a.b$'", "{a: aéb}"));
}

TEST(ReModifier, BadExpressionsAndChainsAreRefused) {
    EXPECT_THAT(item_refusal("a|re: 'a('"), testing::HasSubstr("bad regular expression"));
    EXPECT_THAT(item_refusal("a|contains|re: 'a'"),
                testing::HasSubstr("must be the first modifier"));
    EXPECT_THAT(item_refusal("a|re|contains: 'a'"),
                testing::HasSubstr("already finds its text anywhere"));
}

}  // namespace
}  // namespace persandian::sigma::test
