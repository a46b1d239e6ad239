// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/modifiers/regex.h"

#include <gtest/gtest.h>

namespace persandian::sigma {
namespace {

TEST(Regex, SearchesTextsThatAreNotUtf8AroundTheirBadBytes) {
    Regex::MatchSpace space;
    const auto regex = Regex::compile("needle", {});
    EXPECT_TRUE(regex->found_in("\xFF\xFE needle \xFF", space));
    EXPECT_FALSE(regex->found_in("\xFF\xFE need", space));
}

TEST(Regex, GivesUpOnWorkWithoutEndAndCountsIt) {
    Regex::MatchSpace space;
    const auto regex = Regex::compile("^(a+)+$", {});
    EXPECT_FALSE(regex->found_in(std::string(5000, 'a') + "b", space));
    EXPECT_EQ(space.gave_up_count(), 1U);
}

TEST(Regex, LettersOfAllScriptsAreWordCharacters) {
    Regex::MatchSpace space;
    EXPECT_FALSE(Regex::compile("x\\b", {})->found_in("xПРИВЕТ", space));
    EXPECT_TRUE(Regex::compile("^\\w+$", {})->found_in("größe", space));
}

TEST(Regex, SaysWhereABadExpressionIsBad) {
    EXPECT_NE(Regex::check("a(b").value_or("").find("at character"), std::string::npos);
    EXPECT_FALSE(Regex::check("a(b)").has_value());
}

}  // namespace
}  // namespace persandian::sigma
