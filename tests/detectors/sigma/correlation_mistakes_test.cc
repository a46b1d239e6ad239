// SPDX-License-Identifier: Apache-2.0
//
// What `persandian rules check` says to wrong correlations: where, what was expected, and the known
// word that is near.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/detectors/sigma/rule_bench.h"

namespace persandian::sigma::test {
namespace {

using testing::HasSubstr;

/// The refusals of a correlation whose body begins in line 2, beside two rules.
std::string refusals(const std::string& body) {
    const auto rule = [](const std::string& name) {
        return "title: " + name + "\nname: " + name +
               "\nlogsource: {product: test}\ndetection:\n  s: {a: 1}\n  condition: s\n";
    };
    std::string out;
    for (const RuleProblem& problem :
         load({rule("rule_a"), rule("rule_b"), "correlation:\n" + body + "title: c\nname: many\n"})
             .refused)
        out += problem.to_string() + "\n";
    return out;
}

/// A body that is right but for the given parts.
std::string body(const std::string& type, const std::string& condition,
                 const std::string& timespan = "1m",
                 const std::string& rules = "[rule_a, rule_b]") {
    return "  type: " + type + "\n  rules: " + rules + "\n  timespan: " + timespan +
           "\n  condition: " + condition + "\n";
}

TEST(CorrelationMistakes, TheRightOneIsNotRefused) {
    EXPECT_EQ(refusals(body("event_count", "{gte: 2}")), "");
    EXPECT_EQ(refusals(body("temporal", "rule_a and not rule_b")), "");
}

TEST(CorrelationMistakes, Type) {
    EXPECT_THAT(refusals(body("event_cont", "{gte: 2}")),
                HasSubstr("rule2.yml:2:9: unknown correlation type 'event_cont'; did you mean "
                          "'event_count'?"));
    EXPECT_THAT(refusals(body("value_summe", "{gte: 2}")), HasSubstr("did you mean 'value_sum'?"));
    EXPECT_THAT(
        refusals(body("histogram", "{gte: 2}")),
        HasSubstr("rule2.yml:2:9: unknown correlation type 'histogram'; known: event_count, "
                  "value_count, temporal, temporal_ordered, value_sum, value_avg, "
                  "value_percentile, value_median"));
    EXPECT_THAT(refusals("  rules: rule_a\n  timespan: 1m\n  condition: {gte: 2}\n"),
                HasSubstr("a correlation needs a type: event_count"));
}

TEST(CorrelationMistakes, Keys) {
    EXPECT_THAT(
        refusals(body("event_count", "{gte: 2}") + "  groupby: [a]\n"),
        HasSubstr("rule2.yml:6:3: unknown key 'groupby' in correlation; did you mean 'group-by'?"));
    EXPECT_THAT(refusals("  type: event_count\n  rules: rule_a\n  timeframe: 1m\n"
                         "  condition: {gte: 2}\n"),
                HasSubstr("rule2.yml:4:14: 'timeframe' is called 'timespan'"));
    EXPECT_THAT(refusals(body("event_count", "{gte: 2}") + "  generate: perhaps\n"),
                HasSubstr("rule2.yml:6:13: generate must be true or false"));
    EXPECT_THAT(refusals(body("event_count", "{gte: 2}") + "  group-by: ['']\n"),
                HasSubstr("rule2.yml:6:13: group-by has a field without a name"));
}

TEST(CorrelationMistakes, Rules) {
    EXPECT_THAT(refusals(body("event_count", "{gte: 2}", "1m", "[rule_a, rule_c]")),
                HasSubstr("rule2.yml:3:19: it refers to the rule 'rule_c', which is not among the "
                          "loaded rules; did you mean 'rule_a'?"));
    EXPECT_THAT(refusals(body("event_count", "{gte: 2}", "1m", "[]")),
                HasSubstr("a correlation needs 'rules'"));
    EXPECT_THAT(refusals("  type: temporal\n  timespan: 1m\n  condition: {gte: 2}\n"),
                HasSubstr("a correlation needs 'rules'"));
}

TEST(CorrelationMistakes, TooManyRules) {
    std::string many = "[rule_a";
    for (int i = 1; i < 101; ++i) many += ", rule_a";
    many += "]";
    EXPECT_THAT(refusals(body("temporal_ordered", "{gte: 2}", "1m", many)),
                HasSubstr("rule2.yml:3:811: a temporal_ordered correlation lists at most 100 "
                          "rules"));
    EXPECT_EQ(refusals(body("event_count", "{gte: 2}", "1m", many)), "");
}

TEST(CorrelationMistakes, Timespan) {
    const auto with = [](const std::string& timespan) {
        return refusals(body("event_count", "{gte: 2}", timespan));
    };
    EXPECT_THAT(with("15H"),
                HasSubstr("rule2.yml:4:13: timespan '15H': unknown unit 'H'; did you mean 'h'? "
                          "(known: s seconds, m minutes, h hours, d days, w weeks, M months, y "
                          "years; upper and lower case differ)"));
    EXPECT_THAT(with("15min"), HasSubstr("timespan '15min': unknown unit 'min' (known: s seconds"));
    EXPECT_THAT(with("1.5h"), HasSubstr("unknown unit '.5h'"));
    EXPECT_THAT(with("15"), HasSubstr("timespan '15': the unit is missing, as in 15m"));
    EXPECT_THAT(with("soon"), HasSubstr("it must be a whole number and a unit, as 15m"));
    EXPECT_THAT(with("0m"), HasSubstr("it must be longer than nothing"));
    EXPECT_THAT(with("-5m"), HasSubstr("it must be longer than nothing"));
    EXPECT_THAT(with("101y"), HasSubstr("it is longer than 100 years"));
    EXPECT_THAT(with("99999999999999999999s"), HasSubstr("it is longer than 100 years"));
    EXPECT_EQ(with("100y"), "");
    EXPECT_THAT(with("[1m]"), HasSubstr("timespan must be a text, as 15m"));
    EXPECT_THAT(refusals("  type: temporal\n  rules: rule_a\n"),
                HasSubstr("a correlation needs a timespan, as 15m"));
}

TEST(CorrelationMistakes, Bounds) {
    const auto with = [](const std::string& condition) {
        return refusals(body("event_count", condition));
    };
    EXPECT_THAT(with("{gtr: 1}"),
                HasSubstr("rule2.yml:5:15: unknown condition 'gtr'; did you mean 'gt'?"));
    EXPECT_THAT(with("{more: 1}"),
                HasSubstr("known: gt, gte, lt, lte, eq, neq, field, percentile"));
    EXPECT_THAT(with("{gte: ten}"),
                HasSubstr("rule2.yml:5:20: 'gte' needs a whole number without quotes, as 'gte: "
                          "10'"));
    EXPECT_THAT(with("{gte: 1.5}"), HasSubstr("'gte' needs a whole number"));
    EXPECT_THAT(with("{gte: '10'}"), HasSubstr("without quotes"));
    EXPECT_THAT(with("{gte: [10]}"), HasSubstr("'gte' needs a whole number"));
    EXPECT_THAT(with("{gt: 1, gte: 2, lt: 9}"),
                HasSubstr("rule2.yml:5:30: the condition has more than 2 bounds"));
    EXPECT_THAT(with("{gt: 9, lte: 9}"), HasSubstr("rule2.yml:5:22: no number meets both bounds"));
    EXPECT_THAT(with("{gt: 8, lt: 9}"), HasSubstr("no number meets both bounds"));
    EXPECT_THAT(with("{eq: 3, neq: 3}"), HasSubstr("no number meets both bounds"));
    EXPECT_EQ(with("{gt: 8, lt: 10}"), "");
    EXPECT_EQ(with("{gte: 2, neq: 5}"), "");
    for (const char* never : {"{lt: 1}", "{lte: 0}", "{eq: 0}", "{eq: -1}"})
        EXPECT_THAT(with(never), HasSubstr("rule2.yml:5:15: a count below 1 is never reached"));
    EXPECT_THAT(with("{}"), HasSubstr("the condition needs a bound"));
    EXPECT_THAT(with("[1]"), HasSubstr("the condition must be a map, as {gte: 10}"));
    EXPECT_THAT(with("10"), HasSubstr("event_count needs a map, as {gte: 10}"));
    EXPECT_THAT(refusals("  type: event_count\n  rules: rule_a\n  timespan: 1m\n"),
                HasSubstr("event_count needs a condition, as {gte: 10}"));
}

TEST(CorrelationMistakes, NumbersOfRules) {
    EXPECT_THAT(refusals(body("temporal", "{gte: 3}")),
                HasSubstr("rule2.yml:5:15: the condition asks for more rules than the 2 that are "
                          "listed"));
    EXPECT_THAT(refusals(body("temporal", "{gt: 1}", "1m", "[rule_a, rule_a]")),
                HasSubstr("more rules than the 1 that"));
    EXPECT_EQ(refusals(body("temporal_ordered", "{gt: 1}", "1m", "[rule_a, rule_a]")), "");
}

TEST(CorrelationMistakes, FieldAndPercentile) {
    EXPECT_THAT(refusals(body("event_count", "{gte: 2, field: x}")),
                HasSubstr("rule2.yml:5:30: 'field' does not go with event_count; it belongs to "
                          "value_count, value_sum"));
    EXPECT_THAT(refusals(body("value_count", "{gte: 2}")),
                HasSubstr("value_count needs 'field' in its condition, as {field: user.name, gte: "
                          "10}"));
    EXPECT_THAT(refusals(body("value_sum", "{gte: 2, field: [x, y]}")),
                HasSubstr("rule2.yml:5:30: value_sum takes one field; only value_count takes "
                          "several"));
    EXPECT_THAT(refusals(body("value_avg", "{gte: ten, field: x}")),
                HasSubstr("'gte' needs a number without quotes"));
    EXPECT_THAT(refusals(body("value_avg", "{gte: 1, field: x, percentile: 95}")),
                HasSubstr("rule2.yml:5:33: 'percentile' belongs to the type value_percentile"));
    EXPECT_THAT(refusals(body("value_percentile", "{gte: 1, field: x, percentile: 101}")),
                HasSubstr("rule2.yml:5:45: percentile must be a whole number from 0 to 100, as "
                          "95"));
    EXPECT_THAT(refusals(body("value_percentile", "{gte: 1, field: x, percentile: 99.9}")),
                HasSubstr("percentile must be a whole number"));
    // as the specification's example has it
    EXPECT_THAT(refusals(body("value_percentile", "{field: image, lte: 1}", "24h")),
                HasSubstr("value_percentile needs 'percentile' in its condition (the "
                          "specification's form without it does not say of which percentile it "
                          "speaks), as {field: bytes, percentile: 95, gt: 1000000}"));
}

TEST(CorrelationMistakes, BooleanConditions) {
    const auto with = [](const std::string& condition) {
        return refusals(body("temporal", condition));
    };
    EXPECT_THAT(with("rule_a and rule_c"),
                HasSubstr("rule2.yml:5:25: the condition names 'rule_c', which is not among the "
                          "correlation's rules; did you mean 'rule_a'?"));
    EXPECT_THAT(with("rule_a"), HasSubstr("rule2.yml:3:19: the rule 'rule_b' is listed, but the "
                                          "condition does not name it"));
    EXPECT_THAT(with("rule_a and"), HasSubstr("rule2.yml:5:24: the condition ends too early"));
    EXPECT_THAT(with("rule_a amd rule_b"),
                HasSubstr("rule2.yml:5:21: expected 'and' or 'or' before 'amd'"));
    EXPECT_THAT(with("(rule_a and rule_b"),
                HasSubstr("rule2.yml:5:14: this opening parenthesis is not closed"));
    EXPECT_THAT(with("rule_a and rule_b)"),
                HasSubstr("rule2.yml:5:31: this closing parenthesis closes nothing"));
    EXPECT_THAT(with("rule_a and or rule_b"),
                HasSubstr("rule2.yml:5:25: expected a rule name before 'or'"));
    EXPECT_THAT(with("'rule_a and my-rule'"),
                HasSubstr("rule2.yml:5:28: unexpected character '-'"));
    EXPECT_THAT(with("rule_a and 0e95725d"), HasSubstr("rule2.yml:5:25: '0e95725d' is not a rule "
                                                       "name: it begins with a digit"));
    EXPECT_THAT(with("not rule_a and not rule_b"),
                HasSubstr("rule2.yml:5:14: the condition only says what must not be there"));
    EXPECT_THAT(with("2"), HasSubstr("rule2.yml:5:14: a number needs an operator, as {gte: 2}"));
    EXPECT_THAT(refusals(body("value_sum", "rule_a and rule_b")),
                HasSubstr("rule2.yml:5:14: a condition over rule names belongs to temporal and "
                          "temporal_ordered; value_sum needs a map, as {field: bytes, gt: "
                          "1000000}"));
    EXPECT_THAT(refusals("  type: temporal\n  timespan: 1m\n  condition: rule_a and rule_c\n"),
                HasSubstr("rule2.yml:4:25: it refers to the rule 'rule_c', which is not among the "
                          "loaded rules; did you mean 'rule_a'?"));
    std::string deep = "rule_a";
    for (int i = 0; i < 100; ++i) deep = "(" + deep + ")";
    EXPECT_THAT(with(deep), HasSubstr("nested deeper than 64 levels"));
}

TEST(CorrelationMistakes, Aliases) {
    const std::string right = body("event_count", "{gte: 2}") + "  group-by: who\n";
    EXPECT_THAT(refusals(right + "  aliases: who\n"),
                HasSubstr("rule2.yml:7:12: aliases must be a map: alias -> rule -> field"));
    EXPECT_THAT(refusals(right + "  aliases:\n    who: x\n"),
                HasSubstr("rule2.yml:8:10: alias 'who' must be a map: rule -> field"));
    EXPECT_THAT(refusals(right + "  aliases:\n    who:\n      rule_a: [x]\n"),
                HasSubstr("rule2.yml:9:15: alias field must be a text"));
    EXPECT_THAT(refusals(right + "  aliases:\n    who:\n      rule_a: x\n      rule_d: y\n"),
                HasSubstr("rule2.yml:10:7: alias 'who' names the rule 'rule_d', which is not among "
                          "the correlation's rules; did you mean 'rule_a'?"));
}

std::string named(const std::string& name, const std::string& rules) {
    return "title: " + name + "\nname: " + name +
           "\ncorrelation:\n  type: event_count\n  rules: " + rules +
           "\n  timespan: 1m\n  condition: {gte: 1}\n";
}

TEST(CorrelationMistakes, CirclesAreShown) {
    std::string all;
    const LoadResult loaded =
        load({named("one", "[two]"), named("two", "[three]"), named("three", "[one]"),
              named("outside", "[one]"), named("itself", "itself")});
    for (const RuleProblem& problem : loaded.refused) all += problem.to_string() + "\n";
    EXPECT_THAT(all, HasSubstr("rule0.yml:5:11: the correlation refers to itself in a circle: one "
                               "-> two -> three -> one"));
    EXPECT_THAT(all, HasSubstr("rule2.yml:5:11: the correlation refers to itself in a circle: "
                               "three -> one -> two -> three"));
    EXPECT_THAT(all, HasSubstr("rule4.yml:5:10: the correlation refers to itself in a circle: "
                               "itself -> itself"));
    EXPECT_THAT(all, HasSubstr("rule3.yml:5:11: it refers to the rule 'one', which was refused"));
    EXPECT_EQ(loaded.refused_count, 5U);
}

TEST(CorrelationMistakes, TooLongChains) {
    std::vector<std::string> rules = {
        "title: base\nname: level0\nlogsource: {product: test}\ndetection:\n  s: {a: 1}\n"
        "  condition: s\n"};
    for (int i = 1; i <= 18; ++i)
        rules.push_back(named("level" + std::to_string(i), "level" + std::to_string(i - 1)));
    const LoadResult loaded = load(rules);
    ASSERT_EQ(loaded.refused.size(), 2U);
    EXPECT_THAT(loaded.refused[0].to_string(),
                HasSubstr("rule17.yml:1:1: the correlation stands on a chain of more than 16 "
                          "correlations of correlations"));
    EXPECT_EQ(loaded.rules->correlations().size(), 16U);
}

TEST(CorrelationMistakes, OldAggregationsNameTheModernForm) {
    const auto advice = [](const std::string& condition, const std::string& timeframe = "") {
        const LoadResult loaded =
            load({"title: t\nname: old\nlogsource: {product: test}\ndetection:\n" + timeframe +
                  "  a: {a: 1}\n  b: {b: 1}\n  condition: " + condition + "\n"});
        std::string out;
        for (const RuleProblem& problem : loaded.refused) out += problem.to_string() + "\n";
        return out;
    };
    EXPECT_THAT(advice("a | count() by src_ip > 50", "  timeframe: 5m\n"),
                HasSubstr("rule0.yml:8:16: conditions with '|' were removed from Sigma 2: end the "
                          "condition before '|' and add a document beside the rule: correlation: "
                          "{type: event_count, rules: [old], group-by: [src_ip], timespan: 5m, "
                          "condition: {gt: 50}}"));
    EXPECT_THAT(advice("a | count(user) >= 3"),
                HasSubstr("{type: value_count, rules: [old], timespan: <as 15m>, condition: "
                          "{field: user, gte: 3}}"));
    EXPECT_THAT(advice("a and not b|sum(bytes) by src_ip > 300000", "  timeframe: 1h\n"),
                HasSubstr("{type: value_sum, rules: [old], group-by: [src_ip], timespan: 1h, "
                          "condition: {field: bytes, gt: 300000}}"));
    EXPECT_THAT(advice("a | avg(x) = 1.5"), HasSubstr("{type: value_avg"));
    EXPECT_THAT(advice("a | max(x) > 5"),
                HasSubstr("condition: {field: x, percentile: 100, gt: 5}"));
    EXPECT_THAT(advice("a | min(x) != 5"),
                HasSubstr("condition: {field: x, percentile: 0, neq: 5}"));
    EXPECT_THAT(advice("a | near b", "  timeframe: 30s\n"),
                HasSubstr("make each part that 'near' joins a rule with a name, and add a "
                          "document: correlation: {type: temporal, timespan: 30s, condition: 'a "
                          "and b'}"));
    EXPECT_THAT(advice("(a or b) | near b and not a"),
                HasSubstr("condition: '((a or b)) and b and not a'}"));
    for (const char* odd : {"a |", "a | count", "a | count(", "a | count() by", "a | count() > x",
                            "a | stdev(x) > 1", "a | count() by x <> 5", "a | sum() > 5"})
        EXPECT_THAT(advice(odd), HasSubstr("count(field) -> type: value_count")) << odd;
}

// What the advice says can be pasted.
TEST(CorrelationMistakes, TheAdviceLoads) {
    const LoadResult loaded =
        load({"title: t\nname: old\nlogsource: {product: test}\ndetection:\n  a: {a: 1}\n"
              "  condition: a\n---\ntitle: many\ncorrelation: {type: event_count, rules: [old], "
              "group-by: [src_ip], timespan: 5m, condition: {gt: 50}}\n"});
    EXPECT_TRUE(loaded.refused.empty());
    EXPECT_EQ(loaded.rules->correlations().size(), 1U);
}

}  // namespace
}  // namespace persandian::sigma::test
