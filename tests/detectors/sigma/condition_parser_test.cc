// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/condition_parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/detectors/sigma/rule_bench.h"

namespace persandian::sigma::test {
namespace {

using testing::HasSubstr;

/// Selections a, b, c and sel_1, sel_2, _hidden, each asking whether its own field is 1.
std::string with(const std::string& condition) {
    std::string out;
    for (const char* name : {"a", "b", "c", "sel_1", "sel_2", "_hidden"})
        out += std::string("  ") + name + ":\n    " + name + ": 1\n";
    return out + "  condition: " + condition + "\n";
}

TEST(Condition, NotBindsTighterThanAndTighterThanOr) {
    EXPECT_TRUE(fires(with("a or b and c"), "{a: 1}"));
    EXPECT_FALSE(fires(with("(a or b) and c"), "{a: 1}"));
    EXPECT_TRUE(fires(with("not a or b"), "{c: 1}"));
    EXPECT_FALSE(fires(with("not (a or b)"), "{b: 1}"));
    EXPECT_TRUE(fires(with("not not a"), "{a: 1}"));
    EXPECT_TRUE(fires(with("not a and b"), "{b: 1}"));
}

TEST(Condition, OneOfAndAllOfTakePatternsWithStarsAnywhere) {
    EXPECT_TRUE(fires(with("1 of sel_*"), "{sel_2: 1}"));
    EXPECT_FALSE(fires(with("all of sel_*"), "{sel_2: 1}"));
    EXPECT_TRUE(fires(with("all of sel_*"), "{sel_1: 1, sel_2: 1}"));
    EXPECT_TRUE(fires(with("1 of *_2"), "{sel_2: 1}"));
    EXPECT_TRUE(fires(with("any of s*2"), "{sel_2: 1}"));
    EXPECT_TRUE(fires(with("1 of a"), "{a: 1}"));
    EXPECT_TRUE(fires(with("a and not 1 of sel_*"), "{a: 1}"));
    EXPECT_FALSE(fires(with("a and not 1 of sel_*"), "{a: 1, sel_1: 1}"));
}

TEST(Condition, NamesThatBeginWithAnUnderscoreAreNotAmongThem) {
    EXPECT_FALSE(fires(with("1 of them"), "{_hidden: 1}"));
    EXPECT_FALSE(fires(with("1 of *"), "{_hidden: 1}"));
    EXPECT_TRUE(fires(with("1 of _*"), "{_hidden: 1}"));
    EXPECT_TRUE(fires(with("_hidden"), "{_hidden: 1}"));
}

TEST(Condition, KeywordsMayBeUpperCase) {
    EXPECT_TRUE(fires(with("a AND NOT b"), "{a: 1}"));
}

TEST(Condition, AListOfConditionsIsAnOr) {
    EXPECT_TRUE(fires(with("[a, b and c]"), "{a: 1}"));
    EXPECT_FALSE(fires(with("[a, b and c]"), "{b: 1}"));
}

TEST(Condition, WrongOnesAreRefusedAtTheirPlace) {
    EXPECT_EQ(refusal("  selection:\n    a: 1\n  condition: selektion\n"),
              "3:14: the condition names 'selektion', which the detection does not define; did you "
              "mean 'selection'?\n");
    EXPECT_THAT(refusal(with("a and")), HasSubstr("13:19: the condition ends too early"));
    EXPECT_THAT(refusal(with("a b")), HasSubstr("13:16: expected 'and' or 'or' before 'b'"));
    EXPECT_THAT(refusal(with("(a")), HasSubstr("13:14: this opening parenthesis is not closed"));
    EXPECT_THAT(refusal(with("a)")), HasSubstr("closes nothing"));
    EXPECT_THAT(refusal(with("2 of sel_*")), HasSubstr("'2 of' is not in Sigma"));
    EXPECT_THAT(refusal(with("1 of nothing*")), HasSubstr("names no search identifier"));
    EXPECT_THAT(refusal(with("sel_*")), HasSubstr("write '1 of sel_*' or 'all of sel_*'"));
    EXPECT_THAT(refusal(with("them")), HasSubstr("needs '1 of' or 'all of'"));
    EXPECT_THAT(refusal(with("a + b")), HasSubstr("unexpected character '+'"));
    EXPECT_THAT(refusal("  a:\n    a: 1\n"), HasSubstr("there is no condition"));
}

TEST(Condition, DeepNestingIsRefused) {
    std::string deep = "a";
    for (int i = 0; i < 100; ++i) deep = "(" + deep + ")";
    EXPECT_THAT(refusal(with(deep)), HasSubstr("nested deeper than 64 levels"));
    std::string nots = "a";
    for (int i = 0; i < 100; ++i) nots = "not " + nots;
    EXPECT_THAT(refusal(with(nots)), HasSubstr("nested deeper than 64 levels"));
}

TEST(Condition, StarsInNamesMatchAnyCharacters) {
    EXPECT_TRUE(fits_name("a*c", "abbc"));
    EXPECT_TRUE(fits_name("*", ""));
    EXPECT_FALSE(fits_name("a*a", "a"));
    EXPECT_TRUE(fits_name("a*b*c", "a1b2bc"));
    EXPECT_FALSE(fits_name("a*b*c", "acb"));
}

}  // namespace
}  // namespace persandian::sigma::test
