// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/detectors/sigma/rule_bench.h"

namespace persandian::sigma::test {
namespace {

bool holds_with(const LoadOptions& given, const std::string& item, const std::string& event) {
    LoadOptions options = given;
    options.forced_logsource = LogSource{.product = "test", .category = {}, .service = {}};
    const LoadResult loaded =
        load({rule_text("  s:\n    " + item + "\n  condition: s\n")}, options);
    EXPECT_TRUE(loaded.refused.empty());
    Event made;
    fill_event(made, event);
    Findings findings;
    make_matcher(loaded.rules)->match(made, findings);
    return !findings.all.empty();
}

TEST(ExpandModifier, APlaceholderIsAnyOfItsValues) {
    LoadOptions options;
    options.placeholders = {{"admins", {"root", "ad*"}}};
    EXPECT_TRUE(holds_with(options, "a|expand: '%admins%'", "{a: ROOT}"));
    EXPECT_TRUE(holds_with(options, "a|expand: '%admins%'", "{a: admin}"));
    EXPECT_FALSE(holds_with(options, "a|expand: '%admins%'", "{a: budi}"));
    EXPECT_TRUE(holds_with(options, "a|contains|expand: '-%admins%-'", "{a: x-root-y}"));
}

TEST(ExpandModifier, WithoutItPercentSignsAreCharacters) {
    EXPECT_TRUE(holds("a: '%admins%'", "{a: '%admins%'}"));
}

TEST(ExpandModifier, EscapedPercentSignsAreCharacters) {
    LoadOptions options;
    options.placeholders = {{"x", {"1"}}};
    EXPECT_TRUE(holds_with(options, "a|expand: '\\%%x%'", "{a: '%1'}"));
}

TEST(ExpandModifier, WithoutValuesTheRuleIsRefused) {
    EXPECT_THAT(item_refusal("a|expand: '%admins%'"), testing::HasSubstr("has no values"));
    EXPECT_THAT(item_refusal("a|expand: admins"), testing::HasSubstr("needs a placeholder"));
    EXPECT_THAT(item_refusal("a|expand: '%admins'"), testing::HasSubstr("no closing percent"));
}

}  // namespace
}  // namespace persandian::sigma::test
