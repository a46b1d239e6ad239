// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/modifiers/pattern.h"

#include <gtest/gtest.h>

namespace persandian::sigma {
namespace {

TEST(Pattern, ShapesAreToldFromTokens) {
    EXPECT_EQ(Pattern::parse("abc").shape(), PatternShape::exact);
    EXPECT_EQ(Pattern::parse("").shape(), PatternShape::exact);
    EXPECT_EQ(Pattern::parse("abc*").shape(), PatternShape::prefix);
    EXPECT_EQ(Pattern::parse("*abc").shape(), PatternShape::suffix);
    EXPECT_EQ(Pattern::parse("**abc*").shape(), PatternShape::contains);
    EXPECT_EQ(Pattern::parse("*").shape(), PatternShape::anything);
    EXPECT_EQ(Pattern::parse("a?c").shape(), PatternShape::glob);
    EXPECT_EQ(Pattern::parse("a\\*c").shape(), PatternShape::exact);
}

TEST(Pattern, TextFormReadsBackAsTheSame) {
    for (const char* text : {"a*b?c", "\\*\\?\\\\", "C:\\Windows\\\\*", "\\\\\\*", "x\\"}) {
        const Pattern pattern = Pattern::parse(text);
        EXPECT_EQ(Pattern::parse(pattern.to_text()), pattern) << text;
    }
}

TEST(Pattern, TheLastPieceIsTiedToTheEnd) {
    EXPECT_TRUE(Pattern::parse("a*b*b").matches("abb"));
    EXPECT_FALSE(Pattern::parse("a*b*b").matches("ab"));
    EXPECT_TRUE(Pattern::parse("*ab").matches("aab"));
    EXPECT_TRUE(Pattern::parse("*ab*ab").matches("xabyab"));
    EXPECT_FALSE(Pattern::parse("*ab*ab").matches("xab"));
    EXPECT_TRUE(Pattern::parse("a*?").matches("ab"));
    EXPECT_FALSE(Pattern::parse("a*?").matches("a"));
}

TEST(Pattern, AQuestionMarkIsOneCharacterOfAnyLength) {
    EXPECT_TRUE(Pattern::parse("a?b").matches("aéb"));
    EXPECT_TRUE(Pattern::parse("*??").matches("😀x"));
    EXPECT_FALSE(Pattern::parse("*??x*").matches("😀x"));
    EXPECT_TRUE(
        Pattern::parse("a?b").matches("a\xFF"
                                      "b"));  // a byte that is not UTF-8
}

TEST(Pattern, ManyStarsStayFast) {
    std::string pattern;
    for (int i = 0; i < 200; ++i) pattern += "a*";
    EXPECT_FALSE(Pattern::parse(pattern + "b").matches(std::string(60'000, 'a')));
}

TEST(Pattern, FoldingLeavesTokensAlone) {
    EXPECT_EQ(Pattern::parse("A*B\\*").folded(), Pattern::parse("a*b\\*"));
}

}  // namespace
}  // namespace persandian::sigma
