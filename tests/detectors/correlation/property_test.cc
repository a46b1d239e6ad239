// SPDX-License-Identifier: Apache-2.0
//
// The correlator against a literal reference (reference.h): random streams, all types and
// conditions, in order and late, with and without a clock.
#include <algorithm>
#include <cmath>
#include <ostream>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/detectors/correlation/reference.h"
#include "tests/detectors/correlation/support.h"

namespace persandian::correlation::test {
namespace {

using Bounds = std::vector<CorrelationCondition::Bound>;

struct Shape {
    std::string name;
    CorrelationRule rule;
};

Shape shape(const std::string& name, CorrelationType type, std::int64_t timespan, Bounds bounds,
            std::vector<std::string> rules = {"a", "b", "c"}) {
    Shape out{name, rule(type, std::move(rules), timespan, std::move(bounds))};
    if (type == CorrelationType::value_count || is_metric(type))
        out.rule.condition.fields = {"value"};
    return out;
}

Shape percentile(unsigned percent, Bounds bounds) {
    Shape out = shape("percentile" + std::to_string(percent), CorrelationType::value_percentile, 20,
                      std::move(bounds));
    out.rule.condition.percentile = percent;
    return out;
}

RuleExpression operator&(RuleExpression a, RuleExpression b) {
    return {RuleExpression::Kind::all_of, 0, {std::move(a), std::move(b)}};
}
RuleExpression operator|(RuleExpression a, RuleExpression b) {
    return {RuleExpression::Kind::any_of, 0, {std::move(a), std::move(b)}};
}
RuleExpression operator!(RuleExpression a) {
    return {RuleExpression::Kind::negation, 0, {std::move(a)}};
}
RuleExpression leaf(std::size_t index) {
    return {RuleExpression::Kind::rule, index, {}};
}

Shape expression(const std::string& name, CorrelationType type, std::int64_t timespan,
                 RuleExpression condition) {
    Shape out = shape(name, type, timespan, {});
    out.rule.condition.expression = std::move(condition);
    return out;
}

std::vector<Shape> all_shapes() {
    using enum CorrelationType;
    using Op = Operator;
    const RuleExpression a = leaf(0);
    const RuleExpression b = leaf(1);
    const RuleExpression c = leaf(2);
    std::vector<Shape> out = {
        shape("count_gte", event_count, 30, {{Op::gte, 5}}),
        shape("count_gt_short", event_count, 3, {{Op::gt, 1}}),
        shape("count_lt", event_count, 20, {{Op::lt, 4}}),
        shape("count_lte", event_count, 10, {{Op::lte, 2}}),
        shape("count_eq", event_count, 20, {{Op::eq, 3}}),
        shape("count_neq", event_count, 20, {{Op::neq, 1}}),
        shape("count_range", event_count, 25, {{Op::gt, 2}, {Op::lte, 5}}),
        shape("values_gte", value_count, 40, {{Op::gte, 5}}),
        shape("values_short", value_count, 10, {{Op::gte, 3}}),
        shape("values_eq", value_count, 25, {{Op::eq, 2}}),
        shape("all_rules", temporal, 25, {}),
        shape("two_rules", temporal, 8, {{Op::gte, 2}}),
        shape("not_two_rules", temporal, 12, {{Op::neq, 2}}),
        shape("in_order", temporal_ordered, 40, {}, {"a", "b", "c", "a"}),
        shape("same_twice", temporal_ordered, 10, {}, {"a", "a"}),
        shape("two_in_order", temporal_ordered, 10, {{Op::gte, 2}}),
        shape("one_in_order", temporal_ordered, 10, {{Op::lt, 2}}),
        shape("sum", value_sum, 25, {{Op::gt, 20}}),
        shape("sum_lt", value_sum, 15, {{Op::lt, 5}}),
        shape("sum_range", value_sum, 20, {{Op::gte, 5}, {Op::lt, 20}}),
        shape("average", value_avg, 20, {{Op::gte, 4}}),
        shape("average_lte", value_avg, 20, {{Op::lte, 2}}),
        shape("median", value_median, 25, {{Op::gt, 3}}),
        shape("median_lt", value_median, 15, {{Op::lt, 2}}),
        percentile(0, {{Op::gte, 3}}),
        percentile(50, {{Op::gte, 5}}),
        percentile(95, {{Op::gt, 8}}),
        percentile(90, {{Op::lte, 6}}),
        percentile(100, {{Op::lt, 7}}),
        expression("a_and_b_or_c", temporal, 15, a & (b | c)),
        expression("a_not_b", temporal, 15, a & !b),
        expression("a_or_c_not_b", temporal, 8, (a | c) & !b),
        expression("not_both", temporal, 8, c & !(a & b)),
        expression("ordered_expression", temporal_ordered, 15, a & (b | c) & a),
        expression("ordered_nested", temporal_ordered, 20, (a & b) | (b & (c & a))),
        expression("ordered_not", temporal_ordered, 12, a & b & !c),
        expression("ordered_not_order", temporal_ordered, 12, (a | b) & !(a & c)),
    };
    return out;
}

void PrintTo(const Shape& shape, std::ostream* out) {
    *out << shape.name;
}

/// How findings come.
struct Stream {
    bool late = false;
    bool clock = false;  ///< time also passes by itself
};

class AgainstReference : public testing::TestWithParam<Shape> {};

std::string random_value(std::mt19937& random) {
    switch (random() % 12) {
        case 0:
            return "n/a";
        case 1:
            return "-" + std::to_string(random() % 3);
        case 2:
            return std::to_string(random() % 8) + ".25";
        default:
            return std::to_string(random() % 10);
    }
}

Finding random_finding(std::mt19937& random, std::int64_t time, std::uint64_t sequence) {
    Finding out = finding(std::string(1, static_cast<char>('a' + random() % 3)),
                          static_cast<double>(time), {});
    if (random() % 20 != 0) out.fields.push_back({"src_ip", std::to_string(random() % 3)});
    if (random() % 20 != 0) out.fields.push_back({"value", random_value(random)});
    out.source = static_cast<std::uint16_t>(random() % 2);
    out.sequence = sequence;
    return out;
}

std::vector<std::string> texts(const std::vector<Reference::Outcome>& outcomes) {
    std::vector<std::string> out;
    for (const Reference::Outcome& outcome : outcomes)
        if (outcome.fires)
            out.push_back(outcome.group + " at " + std::to_string(outcome.time.ns) + " = " +
                          std::to_string(std::llround(outcome.value * 10'000)));
    std::sort(out.begin(), out.end());
    return out;
}

std::vector<std::string> texts(const std::vector<Finding>& findings) {
    std::vector<std::string> out;
    for (const Finding& fired : findings)
        out.push_back(fired.fields[0].value + " at " + std::to_string(fired.time.ns) + " = " +
                      std::to_string(std::llround(std::stod(fired.conditions[0].value) * 10'000)));
    std::sort(out.begin(), out.end());
    return out;
}

/// How often the rule fired; fails the test where the correlator and the reference differ.
std::size_t compare(const CorrelationRule& rule, const Stream& stream, unsigned seed) {
    std::mt19937 random(seed);
    Reference reference(rule);
    Collector out;
    const auto correlator = make_correlator({rule}, out);
    std::size_t fired = 0;
    std::int64_t time = 1000;
    for (unsigned i = 0; i < 250; ++i) {
        time += static_cast<std::int64_t>(random() % 6);
        if (random() % 60 == 0) time += 150;
        const bool is_late = stream.late && random() % 4 == 0;
        const Finding next = random_finding(
            random, time - (is_late ? static_cast<std::int64_t>(random() % 45) : 0), i);
        std::vector<Reference::Outcome> expected;
        out.findings.clear();
        if (stream.clock) {
            const auto now =
                Timestamp::from_seconds(time + 3 + static_cast<std::int64_t>(random() % 2));
            expected = reference.on_time(now);
            correlator->on_time(now);
        }
        for (const auto& outcome : reference.on_finding(next)) expected.push_back(outcome);
        correlator->on_finding(next);
        EXPECT_EQ(texts(out.findings), texts(expected))
            << "seed " << seed << " step " << i << " late " << stream.late << " clock "
            << stream.clock;
        if (testing::Test::HasFailure()) break;
        fired += out.findings.size();
    }
    return fired;
}

TEST_P(AgainstReference, SameFindings) {
    std::size_t fired = 0;
    for (const Stream stream :
         {Stream{false, false}, Stream{true, false}, Stream{false, true}, Stream{true, true}}) {
        for (unsigned seed = 0; seed < 12; ++seed) {
            fired += compare(GetParam().rule, stream, seed);
            ASSERT_FALSE(HasFailure());
        }
    }
    EXPECT_GT(fired, 40U) << "the streams must exercise the rule";
}

INSTANTIATE_TEST_SUITE_P(Shapes, AgainstReference, testing::ValuesIn(all_shapes()),
                         [](const auto& info) { return info.param.name; });

// An outer correlation that asks whether the inner one was there, in order.
TEST(ChainAgainstReference, SameFindings) {
    CorrelationRule inner = rule(CorrelationType::event_count, {"a"}, 30, {{Operator::gte, 3}});
    inner.rule.id = "inner";
    inner.alert = false;
    CorrelationRule outer = rule(CorrelationType::temporal_ordered, {"inner", "b"}, 20, {});
    outer.rule.id = "outer";
    std::size_t fired = 0;
    for (unsigned seed = 0; seed < 60; ++seed) {
        std::mt19937 random(seed);
        Reference inner_reference(inner);
        Reference outer_reference(outer);
        Collector out;
        const auto correlator = make_correlator({outer, inner}, out);
        std::int64_t time = 1000;
        for (unsigned i = 0; i < 250; ++i) {
            time += static_cast<std::int64_t>(random() % 6);
            const Finding next = random_finding(random, time, i);
            std::vector<Reference::Outcome> expected = outer_reference.on_finding(next);
            for (const Reference::Outcome& outcome : inner_reference.on_finding(next)) {
                Finding told = finding("inner", 0, {{"src_ip", outcome.group}});
                told.time = outcome.time;
                told.source = next.source;
                told.sequence = next.sequence;
                for (const auto& more : outer_reference.on_finding(told)) expected.push_back(more);
            }
            out.findings.clear();
            correlator->on_finding(next);
            ASSERT_EQ(texts(out.of("outer")), texts(expected)) << "seed " << seed << " step " << i;
            fired += out.findings.size();
        }
    }
    EXPECT_GT(fired, 50U);
}

TEST(Determinism, TheSameStreamGivesTheSameFindings) {
    const auto run = [] {
        Collector out;
        CorrelationRule waits =
            rule(CorrelationType::event_count, {"a", "b"}, 20, {{Operator::lte, 4}});
        CorrelationRule counts =
            rule(CorrelationType::event_count, {"a"}, 20, {{Operator::gte, 4}});
        counts.rule.id = "counts";
        const auto correlator = make_correlator({waits, counts}, out);
        std::mt19937 random(7);
        for (unsigned i = 0; i < 2000; ++i) {
            correlator->on_finding(finding(random() % 2 == 0 ? "a" : "b", i,
                                           {{"src_ip", std::to_string(random() % 9)}}));
            if (i % 10 == 0) correlator->on_time(Timestamp::from_seconds(i));
        }
        std::string text;
        for (const Finding& f : out.findings)
            text += f.rule.id + " " + std::to_string(f.time.ns) + " " + f.fields[0].value + "\n";
        return text;
    };
    const std::string first = run();
    EXPECT_GT(first.size(), 1000U);
    EXPECT_EQ(first, run());
}

}  // namespace
}  // namespace persandian::correlation::test
