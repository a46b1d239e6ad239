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

std::string refusals(const std::string& body) {
    std::string out;
    for (const RuleProblem& problem : load({base, correlation(body)}).refused)
        out += problem.to_string() + "\n";
    return out;
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

TEST(CorrelationParser, WrongOnesAreRefused) {
    EXPECT_THAT(
        refusals("  type: event_cont\n  rules: base\n  timespan: 1m\n  condition: {gte: 1}\n"),
        HasSubstr("rule1.yml:5:9: unknown correlation type 'event_cont'; did you mean "
                  "'event_count'?"));
    EXPECT_THAT(refusals("  type: event_count\n  rules: [bose]\n  timespan: 1m\n"
                         "  condition: {gte: 1}\n"),
                HasSubstr("rule1.yml:6:11: it refers to the rule 'bose', which is not among the "
                          "loaded rules; did you mean 'base'?"));
    EXPECT_THAT(refusals("  type: event_count\n  rules: base\n  timespan: soon\n"
                         "  condition: {gte: 1}\n"),
                HasSubstr("timespan 'soon'"));
    EXPECT_THAT(refusals("  type: event_count\n  rules: base\n  timeframe: 1m\n"
                         "  condition: {gte: 1}\n"),
                HasSubstr("is called 'timespan'"));
    EXPECT_THAT(refusals("  type: event_count\n  rules: base\n  timespan: 1m\n"),
                HasSubstr("needs a condition"));
    EXPECT_THAT(refusals("  type: value_count\n  rules: base\n  timespan: 1m\n"
                         "  condition: {gte: 1}\n"),
                HasSubstr("needs 'field'"));
    EXPECT_THAT(refusals("  type: event_count\n  rules: base\n  timespan: 1m\n"
                         "  condition: {gtr: 1}\n"),
                HasSubstr("unknown condition 'gtr'"));
    EXPECT_THAT(refusals("  type: event_count\n  rules: base\n  timespan: 1m\n  groupby: [a]\n"
                         "  condition: {gte: 1}\n"),
                HasSubstr("unknown key 'groupby' in correlation; did you mean 'group-by'?"));
    EXPECT_THAT(refusals("  type: event_count\n  rules: base\n  timespan: 1m\n"
                         "  aliases: {u: {other: x}}\n  condition: {gte: 1}\n"),
                HasSubstr("alias 'u' names the rule 'other'"));
}

TEST(CorrelationParser, CirclesAreRefused) {
    EXPECT_THAT(refusals("  type: event_count\n  rules: many\n  timespan: 1m\n"
                         "  condition: {gte: 1}\n"),
                HasSubstr("refers to itself in a circle"));
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
