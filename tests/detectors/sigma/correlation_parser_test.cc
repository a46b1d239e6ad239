// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/detectors/sigma/rule_bench.h"

namespace persandian::sigma::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* base =
    "title: base\nid: 22222222-2222-4222-8222-222222222222\nname: base\nlogsource: {product: "
    "test}\n"
    "detection:\n  s: {a: 1}\n  condition: s\n";

std::string correlation(const std::string& body) {
    return "title: c\nid: 33333333-3333-4333-8333-333333333333\nname: many\ncorrelation:\n" + body;
}

TEST(CorrelationParser, ReadsEveryPart) {
    const LoadResult loaded =
        load({base, correlation("  type: value_count\n  rules: [base]\n  group-by: [src_ip, user]\n"
                                "  timespan: 15m\n  aliases: {user: {base: TargetUser}}\n"
                                "  condition: {gt: 100, lte: 200, field: x}\n")});
    ASSERT_TRUE(loaded.refused.empty());
    ASSERT_EQ(loaded.rules->correlations().size(), 1U);
    const CorrelationRule& rule = loaded.rules->correlations()[0];
    const std::string id = "22222222-2222-4222-8222-222222222222";
    EXPECT_EQ(rule.type, CorrelationType::value_count);
    EXPECT_THAT(rule.rules, ElementsAre(id));
    EXPECT_THAT(rule.group_by, ElementsAre("src_ip", "user"));
    EXPECT_EQ(rule.timespan, Duration::minutes(15));
    EXPECT_EQ(rule.aliases.at("user").at(id), "TargetUser");
    ASSERT_EQ(rule.condition.bounds.size(), 2U);
    EXPECT_EQ(rule.condition.bounds[0].op, CorrelationCondition::Operator::gt);
    EXPECT_EQ(rule.condition.bounds[1].value, 200);
    EXPECT_THAT(rule.condition.fields, ElementsAre("x"));
    EXPECT_TRUE(rule.alert);
}

TEST(CorrelationParser, TimespansTellMinutesFromMonths) {
    const auto span = [](const std::string& text) {
        return load({base, correlation("  type: event_count\n  rules: base\n  timespan: " + text +
                                       "\n  condition: {gte: 2}\n")})
            .rules->correlations()[0]
            .timespan;
    };
    EXPECT_EQ(span("90s"), Duration::seconds(90));
    EXPECT_EQ(span("1m"), Duration::minutes(1));
    EXPECT_EQ(span("1M"), Duration::seconds(2'629'746));
    EXPECT_EQ(span("2d"), Duration::hours(48));
}

TEST(CorrelationParser, BaseRulesAlertAloneOnlyWithGenerate) {
    const auto base_alerts = [](const std::string& generate) {
        const LoadResult loaded =
            load({base, correlation("  type: event_count\n  rules: base\n  timespan: 1m\n"
                                    "  condition: {gte: 2}\n" +
                                    generate)},
                 {}, {"logsources:\n  - {product: test, when: {a: '*'}}\n"});
        Event event;
        fill_event(event, "{a: 1}");
        Findings findings;
        make_matcher(loaded.rules)->match(event, findings);
        return findings.all.at(0).alert;
    };
    EXPECT_FALSE(base_alerts(""));
    EXPECT_TRUE(base_alerts("  generate: true\n"));
}

TEST(CorrelationParser, GroupFieldsAreKeptUnderTheRulesOwnNames) {
    const LoadResult loaded = load(
        {base, correlation("  type: event_count\n  rules: base\n  group-by: [client]\n"
                           "  timespan: 1m\n  condition: {gte: 2}\n")},
        {}, {"logsources:\n  - {product: test, when: {a: '*'}, fields: {client: [src_ip]}}\n"});
    Event event;
    fill_event(event, "{a: 1, src_ip: 192.0.2.1}");
    Findings findings;
    make_matcher(loaded.rules)->match(event, findings);
    EXPECT_EQ(findings.all.at(0).value_of("client"), "192.0.2.1");
}

LoadResult load_with_base(const std::string& body) {
    return load({base, correlation(body)});
}

TEST(CorrelationParser, KnowsEveryType) {
    for (const auto& [type, condition] : std::vector<std::pair<std::string, std::string>>{
             {"event_count", "{gte: 2}"},
             {"value_count", "{gte: 2, field: [a, b]}"},
             {"temporal", "{gte: 1}"},
             {"temporal_ordered", "{gte: 1}"},
             {"value_sum", "{gte: 2.5, field: a}"},
             {"value_avg", "{lt: -2, field: a}"},
             {"value_percentile", "{gte: 2, field: a, percentile: 95}"},
             {"value_median", "{neq: 1e3, field: a}"}}) {
        const LoadResult loaded = load_with_base("  type: " + type +
                                                 "\n  rules: base\n  timespan: 1m\n"
                                                 "  condition: " +
                                                 condition + "\n");
        ASSERT_TRUE(loaded.refused.empty()) << loaded.refused[0].to_string();
        EXPECT_EQ(to_string(loaded.rules->correlations()[0].type), type);
    }
}

TEST(CorrelationParser, ReadsPercentileAndFractions) {
    const LoadResult loaded = load_with_base(
        "  type: value_percentile\n  rules: base\n  timespan: 1w\n"
        "  condition: {field: x, percentile: 95, gt: 0.5}\n");
    ASSERT_TRUE(loaded.refused.empty());
    const CorrelationRule& rule = loaded.rules->correlations()[0];
    EXPECT_EQ(rule.timespan, Duration::hours(7 * 24));
    EXPECT_EQ(rule.condition.percentile, 95U);
    EXPECT_EQ(rule.condition.bounds[0].value, *Decimal::parse("0.5"));
}

const char* const two_bases =
    "title: A\nname: rule_a\nlogsource: {product: test}\ndetection:\n  s: {a: 1}\n"
    "  condition: s\n---\n"
    "title: B\nid: 44444444-4444-4444-8444-444444444444\nname: rule_b\nlevel: high\n"
    "logsource: {product: test}\ndetection:\n  s: {a: 2}\n  condition: s\n";

TEST(CorrelationParser, ReadsABooleanCondition) {
    const LoadResult loaded =
        load({two_bases, correlation("  type: temporal\n  timespan: 1m\n"
                                     "  condition: rule_b and not (rule_a or rule_a)\n")});
    ASSERT_TRUE(loaded.refused.empty()) << loaded.refused[0].to_string();
    const CorrelationRule& rule = loaded.rules->correlations()[0];
    EXPECT_THAT(rule.rules, ElementsAre("44444444-4444-4444-8444-444444444444", "rule_a"));
    const RuleExpression& root = *rule.condition.expression;
    ASSERT_EQ(root.kind, RuleExpression::Kind::all_of);
    EXPECT_EQ(root.children[0].rule, 0U);
    ASSERT_EQ(root.children[1].kind, RuleExpression::Kind::negation);
    EXPECT_EQ(root.children[1].children[0].children[1].rule, 1U);
}

TEST(CorrelationParser, ABooleanConditionMayNameWhatIsListedById) {
    const LoadResult loaded =
        load({two_bases, correlation("  type: temporal_ordered\n  timespan: 1m\n"
                                     "  rules: [rule_a, 44444444-4444-4444-8444-444444444444]\n"
                                     "  condition: NOT rule_a AND rule_b\n")});
    ASSERT_TRUE(loaded.refused.empty()) << loaded.refused[0].to_string();
    const RuleExpression& root = *loaded.rules->correlations()[0].condition.expression;
    EXPECT_EQ(root.children[0].children[0].rule, 0U);
    EXPECT_EQ(root.children[1].rule, 1U);
}

TEST(CorrelationParser, WithoutALevelItHasThatOfTheHighestRule) {
    const auto level = [](const std::string& first_lines) {
        const std::string inner =
            "title: inner\nname: inner\ncorrelation:\n  type: event_count\n  rules: rule_b\n"
            "  timespan: 1m\n  condition: {gte: 2}\n";
        const std::string outer = first_lines +
                                  "title: outer\nname: outer\ncorrelation:\n  type: temporal\n"
                                  "  rules: [inner, rule_a]\n  timespan: 1m\n";
        return load({outer, inner, two_bases}).rules->find("outer")->reference.level;
    };
    EXPECT_EQ(level(""), Level::high);
    EXPECT_EQ(level("level: low\n"), Level::low);
    EXPECT_EQ(level("level: critical\n"), Level::critical);
}

TEST(CorrelationParser, WhatAnOuterOneAsksForReachesTheRules) {
    const LoadResult loaded = load(
        {base,
         correlation("  type: event_count\n  rules: base\n  group-by: [host]\n  timespan: 1m\n"
                     "  condition: {gte: 1}\n"),
         "title: outer\nname: outer\ncorrelation:\n  type: event_count\n  rules: many\n"
         "  group-by: [who]\n  timespan: 1m\n  condition: {gte: 1}\n"
         "  aliases: {who: {many: client}}\n"},
        {}, {"logsources:\n  - {product: test, when: {a: '*'}, fields: {client: [src_ip]}}\n"});
    ASSERT_TRUE(loaded.refused.empty()) << loaded.refused[0].to_string();
    Event event;
    fill_event(event, "{a: 1, src_ip: 192.0.2.1, host: web1}");
    Findings findings;
    make_matcher(loaded.rules)->match(event, findings);
    EXPECT_EQ(findings.all.at(0).value_of("client"), "192.0.2.1");
}

TEST(CorrelationParser, AnAliasThatNothingUsesIsAWarning) {
    const LoadResult loaded = load_with_base(
        "  type: event_count\n  rules: base\n  timespan: 1m\n"
        "  condition: {gte: 2}\n  aliases:\n    who: {base: x}\n");
    EXPECT_TRUE(loaded.refused.empty());
    std::string warnings;
    for (const RuleProblem& warning : loaded.warnings) warnings += warning.to_string() + "\n";
    EXPECT_THAT(warnings,
                HasSubstr("rule1.yml:10:5: the alias 'who' is not used by group-by or field"));
}

TEST(CorrelationParser, ARefusedRuleTakesItsCorrelationsAlong) {
    const LoadResult loaded =
        load({"title: base\nname: base\nlogsource: {product: test}\ndetection:\n  s: {a|x: 1}\n"
              "  condition: s\n",
              correlation("  type: event_count\n  rules: base\n  timespan: 1m\n"
                          "  condition: {gte: 1}\n")});
    EXPECT_EQ(loaded.refused_count, 2U);
    EXPECT_THAT(loaded.refused.back().reason, HasSubstr("which was refused"));
    EXPECT_TRUE(loaded.rules->rules().empty());
}

}  // namespace
}  // namespace persandian::sigma::test
