// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/detectors/sigma/rule_bench.h"

namespace persandian::sigma::test {
namespace {

constexpr const char* rule =
    "title: r\nid: 22222222-2222-4222-8222-222222222222\nname: r\nlogsource: {product: test}\n"
    "detection:\n  selection: {a: 1}\n  condition: selection\n";

std::string filter(const std::string& rules, const std::string& condition) {
    return "title: f\nlogsource: {product: test}\nfilter:\n  rules: " + rules +
           "\n  selection: {user: adm}\n  condition: " + condition + "\n";
}

bool fires_with(const std::string& filter_text, const std::string& event) {
    LoadOptions options;
    options.forced_logsource = LogSource{.product = "test", .category = {}, .service = {}};
    const LoadResult loaded = load({rule, filter_text}, options);
    EXPECT_TRUE(loaded.refused.empty());
    Event made;
    fill_event(made, event);
    Findings findings;
    make_matcher(loaded.rules)->match(made, findings);
    return !findings.all.empty();
}

TEST(Filters, AreJoinedToTheRuleByAndUnderNamesOfTheirOwn) {
    EXPECT_FALSE(fires_with(filter("[r]", "not selection"), "{a: 1, user: adm}"));
    EXPECT_TRUE(fires_with(filter("[r]", "not selection"), "{a: 1, user: x}"));
    EXPECT_TRUE(fires_with(filter("[r]", "selection"), "{a: 1, user: adm}"));
    EXPECT_FALSE(fires_with(filter("any", "not selection"), "{a: 1, user: adm}"));
}

TEST(Filters, OfAnotherLogSourceAreNotAppliedAndSaySo) {
    const std::string other =
        "title: f\nlogsource: {product: other}\nfilter:\n  rules: [r]\n"
        "  selection: {user: adm}\n  condition: not selection\n";
    EXPECT_TRUE(fires_with(other, "{a: 1, user: adm}"));
    std::string told;
    for (const RuleProblem& problem : load({rule, other}).warnings)
        told += problem.to_string() + "\n";
    EXPECT_THAT(told, testing::HasSubstr("rule1.yml:4:11: the filter is not applied to 'r': its "
                                         "logsource (product=other) does not cover that of the "
                                         "rule (product=test)"));
}

TEST(Filters, ThatNameNoRuleAreRefused) {
    const LoadResult loaded = load({rule, filter("[nobody]", "selection")});
    ASSERT_EQ(loaded.refused.size(), 1U);
    EXPECT_THAT(loaded.refused[0].to_string(), testing::HasSubstr("rule1.yml:4:11"));
}

}  // namespace
}  // namespace persandian::sigma::test
