// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/regex_literal.h"

#include <array>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "detectors/sigma/modifiers/regex.h"
#include "detectors/sigma/modifiers/utf8.h"

namespace persandian::sigma {
namespace {

/// The longest of the literals.
std::string certain_literal(std::string_view regex) {
    std::string longest;
    for (const std::string& literal : certain_literals(regex))
        if (literal.size() > longest.size()) longest = literal;
    return longest;
}

TEST(RegexLiteral, AllThatIsCertainIsFound) {
    using Literals = std::vector<std::string>;
    EXPECT_EQ(certain_literals("^ab.*CDE$"), (Literals{"ab", "cde"}));
    EXPECT_EQ(certain_literals("x[0-9]{4,6}\\|UNKNOWN\\(z?\\)"), (Literals{"x", "|unknown(", ")"}));
    EXPECT_EQ(certain_literals(".*"), Literals{});
    EXPECT_EQ(certain_literals(""), Literals{});
}

TEST(RegexLiteral, TheLongestCertainTextIsFound) {
    EXPECT_EQ(certain_literal("abc"), "abc");
    EXPECT_EQ(certain_literal("^ab.*CDE$"), "cde");
    EXPECT_EQ(certain_literal("C:\\\\Windows\\\\[a-z]+\\.exe"), "c:\\windows\\");
    EXPECT_EQ(certain_literal("(?i)(set|get).*&&.*\\(x"), "&&");
    EXPECT_EQ(certain_literal("a{2}needle"), "needle");
    EXPECT_EQ(certain_literal("x(a(b)c)?yz"), "yz");
    EXPECT_EQ(certain_literal("[[:alpha:]]def]"), "def]");
    EXPECT_EQ(certain_literal("ab\\d\\d\\dcdef"), "cdef");
}

TEST(RegexLiteral, WhatMayBeAbsentIsNotCertain) {
    EXPECT_EQ(certain_literal("abc?"), "ab");
    EXPECT_EQ(certain_literal("abc*d"), "ab");
    EXPECT_EQ(certain_literal("ab{0,3}"), "a");
    EXPECT_EQ(certain_literal("ab{2}{3}cd"), "cd");
    EXPECT_EQ(certain_literal("(abc)*"), "");
    EXPECT_EQ(certain_literal("[abc]"), "");
    EXPECT_EQ(certain_literal("abc|abd"), "");
    EXPECT_EQ(certain_literal("(?i)abc|d"), "");
    EXPECT_EQ(certain_literal("[^]|]abc"), "abc");
}

TEST(RegexLiteral, WhatItDoesNotKnowGivesNothing) {
    EXPECT_EQ(certain_literal("(?x)a b c"), "");
    EXPECT_EQ(certain_literal("((?i-x:a)(?ix: b c))def"), "");
    EXPECT_EQ(certain_literal("(*UTF)abc"), "");
    EXPECT_EQ(certain_literal("k(?#a comment may stand before what repeats)*"), "");
    EXPECT_EQ(certain_literal("\\Qa|b\\E"), "");
    EXPECT_EQ(certain_literal("ab\\x41cdef"), "ab") << "digits of an escape are no text";
    EXPECT_EQ(certain_literal("ab\\x41|cdef"), "");
    EXPECT_EQ(certain_literal("abc\\"), "");
    EXPECT_EQ(certain_literal("abc[d"), "");
    EXPECT_EQ(certain_literal("abc(d"), "");
}

/// Expressions of many pieces on texts of many pieces: what matches has the literal.
TEST(RegexLiteral, NoMatchIsWithoutIt) {
    constexpr std::array<std::string_view, 38> pieces = {
        "a",         "b",      "Cd",          "ef",    "(a)",     "(a|b)", "(?:ef)?", "[ab]",
        "[^a]",      "[]|]",   "[[:alpha:]]", "(?i)",  "(?i:x)",  ".",     ".*",      "?",
        "+",         "*",      "{2}",         "{0,1}", "{,2}",    "\\|",   "\\\\",    "\\x61",
        "\\141",     "\\p{L}", "\\d",         "\\bef", "(?#a(b)", "(?=a)", "(?!b)",   "|",
        "(a(b|c)d)", "(?x)",   "\\Qa|b\\E",   "(?s)",  "\u212A",  "k"};
    constexpr std::array<std::string_view, 13> words = {"a", "b",  "Cd", "ef", "cd", "EF",    "x",
                                                        "|", "\\", "1",  "k",  "d",  "\u212A"};
    std::mt19937 chance(7);
    const auto some = [&](const auto& from, std::size_t most) {
        std::string out;
        for (std::size_t i = chance() % most + 1; i > 0; --i) out += from[chance() % from.size()];
        return out;
    };
    Regex::MatchSpace space;
    std::size_t with_literal = 0;
    for (int i = 0; i < 20'000; ++i) {
        const std::string expression = some(pieces, 7);
        const auto regex = Regex::compile(expression, {.ignore_case = i % 2 == 0});
        const std::vector<std::string> literals = certain_literals(expression);
        if (!regex || literals.empty()) continue;
        for (int k = 0; k < 20; ++k) {
            const std::string text = some(words, 8);
            if (!regex->found_in(text, space)) continue;
            ++with_literal;
            for (const std::string& literal : literals)
                EXPECT_NE(folded(text).find(literal), std::string::npos)
                    << expression << " matches " << text << " without " << literal;
        }
    }
    EXPECT_GT(with_literal, 5'000U);
}

}  // namespace
}  // namespace persandian::sigma
