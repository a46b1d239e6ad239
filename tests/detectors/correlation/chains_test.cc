// SPDX-License-Identifier: Apache-2.0
//
// Correlations of correlations.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/detectors/correlation/support.h"

namespace persandian::correlation::test {
namespace {

using testing::ElementsAre;

TEST(Chains, ACorrelationFeedsAnother) {
    CorrelationRule outer = rule(CorrelationType::temporal_ordered, {"corr", "success"}, 300, {});
    outer.rule.id = "outer";
    CorrelationRule inner = brute_force();
    inner.alert = false;
    Bench bench({outer, inner});
    for (int i = 0; i < 10; ++i) bench.attempt(i, "192.0.2.1");
    bench.correlator->on_finding(finding("success", 20, {{"src_ip", "192.0.2.1"}}));
    ASSERT_EQ(bench.out.findings.size(), 1U);
    EXPECT_EQ(bench.out.findings[0].rule.id, "outer");
}

TEST(Chains, ACycleEnds) {
    CorrelationRule self =
        rule(CorrelationType::event_count, {"fail", "corr"}, 60, {{Operator::gte, 1}});
    Bench bench({self});
    bench.attempt(1, "192.0.2.1");
    EXPECT_EQ(bench.out.findings.size(), 1U);
    EXPECT_EQ(bench.correlator->counters().chains_cut, 1U);
}

TEST(Chains, TheOuterUsesOnlyItsOwnGroupBy) {
    CorrelationRule inner =
        rule(CorrelationType::event_count, {"fail"}, 300, {{Operator::gte, 3}}, {"host"});
    inner.rule.id = "inner";
    inner.alert = false;
    CorrelationRule outer =
        rule(CorrelationType::temporal_ordered, {"inner", "success"}, 600, {}, {"user.name"});
    Bench bench({inner, outer});
    for (int i = 0; i < 3; ++i)
        bench.correlator->on_finding(
            finding("fail", i, {{"host", "web1"}, {"user.name", "alice"}}));
    bench.correlator->on_finding(finding("success", 10, {{"host", "db7"}, {"user.name", "bob"}}));
    EXPECT_TRUE(bench.fired().empty());
    bench.correlator->on_finding(finding("success", 11, {{"host", "db7"}, {"user.name", "alice"}}));
    EXPECT_THAT(bench.fired(), ElementsAre(11));
    EXPECT_EQ(bench.out.findings[0].fields[0].name, "user.name");
    EXPECT_EQ(bench.out.findings[0].group_fields, 1U);
}

// The inner one alerts once per timespan; that must not hide from the outer one that the attempts
// went on until the success.
TEST(Chains, TemporalOnesAreToldWhileTheInnerConditionHolds) {
    CorrelationRule inner = brute_force();
    inner.rule.id = "inner";
    CorrelationRule outer = rule(CorrelationType::temporal_ordered, {"inner", "success"}, 60, {});
    Bench bench({inner, outer});
    for (int i = 0; i < 200; ++i) bench.attempt(i, "192.0.2.1");
    bench.found("success", 205);
    EXPECT_EQ(bench.out.of("inner").size(), 1U);
    EXPECT_THAT(bench.fired(), ElementsAre(205));
}

TEST(Chains, WhatIsToldAgainBringsTheLatestEvidence) {
    CorrelationRule inner = brute_force();
    inner.rule.id = "inner";
    const CorrelationRule outer =
        rule(CorrelationType::temporal_ordered, {"inner", "success"}, 60, {});
    Bench bench({inner, outer});
    for (int i = 0; i <= 200; ++i) {
        Finding attempt = from("192.0.2.1", i == 200 ? "success" : "fail", i);
        Evidence line;
        line.bytes = "line " + std::to_string(i);
        attempt.evidence.push_back(line);
        bench.correlator->on_finding(attempt);
    }
    const std::vector<Finding> fired = bench.out.of("corr");
    ASSERT_EQ(fired.size(), 1U);
    std::vector<std::string> lines;
    for (const Evidence& evidence : fired[0].evidence) lines.push_back(evidence.bytes);
    EXPECT_THAT(lines, ElementsAre("line 196", "line 197", "line 198", "line 199", "line 200"));
}

TEST(Chains, CountsCountFiringsNotHowLongTheyHold) {
    CorrelationRule inner = brute_force();
    inner.rule.id = "inner";
    const CorrelationRule outer =
        rule(CorrelationType::event_count, {"inner"}, 3600, {{Operator::gte, 3}});
    Bench bench({inner, outer});
    for (int i = 0; i < 700; ++i) bench.attempt(i, "192.0.2.1");  // fires at 9, 310, 611
    EXPECT_EQ(bench.out.of("inner").size(), 3U);
    EXPECT_THAT(bench.fired(), ElementsAre(611));
}

TEST(Chains, StepsOfTheSameCorrelationAreDifferentFirings) {
    CorrelationRule inner = brute_force();
    inner.rule.id = "inner";
    const CorrelationRule outer =
        rule(CorrelationType::temporal_ordered, {"inner", "inner"}, 3600, {});
    Bench bench({inner, outer});
    for (int i = 0; i < 300; ++i) bench.attempt(i, "192.0.2.1");
    EXPECT_TRUE(bench.fired().empty());
    for (int i = 300; i < 312; ++i) bench.attempt(i, "192.0.2.1");
    EXPECT_THAT(bench.fired(), ElementsAre(310));
}

TEST(Chains, AWindowThatClosesFeedsTheOuter) {
    CorrelationRule inner = rule(CorrelationType::event_count, {"fail"}, 60, {{Operator::lt, 3}});
    inner.rule.id = "inner";
    inner.alert = false;
    const CorrelationRule outer = rule(CorrelationType::temporal, {"inner", "success"}, 600, {});
    Bench bench({inner, outer});
    bench.attempt(1, "192.0.2.1");
    bench.found("success", 2);
    EXPECT_TRUE(bench.fired().empty());
    bench.time(62);
    EXPECT_THAT(bench.fired(), ElementsAre(61));
}

// However far the clock jumps, what closes first is told first.
TEST(Chains, WindowsCloseInTheOrderOfTheirEnds) {
    CorrelationRule inner = rule(CorrelationType::event_count, {"fail"}, 60, {{Operator::lt, 3}});
    inner.rule.id = "inner";
    inner.alert = false;
    CorrelationRule outer = rule(CorrelationType::temporal, {"success", "inner"}, 600, {});
    outer.condition.expression = RuleExpression{
        RuleExpression::Kind::all_of,
        0,
        {{RuleExpression::Kind::rule, 0, {}},
         {RuleExpression::Kind::negation, 0, {{RuleExpression::Kind::rule, 1, {}}}}}};
    Bench bench({outer, inner});
    bench.found("success", 1);
    bench.attempt(2, "192.0.2.1");
    bench.time(100'000);  // at once over the ends of both, 62 and 601
    EXPECT_TRUE(bench.fired().empty());
}

TEST(Chains, TooDeepOnesAreCut) {
    Limits limits;
    limits.max_chain_depth = 2;
    std::vector<CorrelationRule> rules;
    for (int i = 0; i < 4; ++i) {
        rules.push_back(rule(CorrelationType::event_count,
                             {i == 0 ? "fail" : "level" + std::to_string(i - 1)}, 60,
                             {{Operator::gte, 1}}));
        rules.back().rule.id = "level" + std::to_string(i);
    }
    Bench bench(rules, limits);
    bench.attempt(1, "192.0.2.1");
    EXPECT_EQ(bench.out.of("level1").size(), 1U);
    EXPECT_TRUE(bench.out.of("level2").empty());
    EXPECT_EQ(bench.counters().chains_cut, 1U);
}

}  // namespace
}  // namespace persandian::correlation::test
