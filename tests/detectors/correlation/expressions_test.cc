// SPDX-License-Identifier: Apache-2.0
//
// Conditions of temporal correlations: boolean ones, and steps in order.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/detectors/correlation/support.h"

namespace persandian::correlation::test {
namespace {

using testing::ElementsAre;

using Kind = RuleExpression::Kind;

RuleExpression leaf(std::size_t rule) {
    return {Kind::rule, rule, {}};
}
RuleExpression both(RuleExpression a, RuleExpression b) {
    return {Kind::all_of, 0, {std::move(a), std::move(b)}};
}
RuleExpression either(RuleExpression a, RuleExpression b) {
    return {Kind::any_of, 0, {std::move(a), std::move(b)}};
}
RuleExpression absent(RuleExpression a) {
    return {Kind::negation, 0, {std::move(a)}};
}

/// Over the rules a, b, c within a minute.
CorrelationRule over(RuleExpression expression, CorrelationType type = CorrelationType::temporal) {
    CorrelationRule out = rule(type, {"a", "b", "c"}, 60, {});
    out.condition.expression = std::move(expression);
    return out;
}

TEST(Expressions, FireAsSoonAsTheyHold) {
    Bench bench({over(both(leaf(0), either(leaf(1), leaf(2))))});
    bench.found("c", 1);
    bench.found("c", 2);
    EXPECT_TRUE(bench.fired().empty());
    bench.found("a", 3);
    ASSERT_THAT(bench.fired(), ElementsAre(3));
    EXPECT_EQ(bench.out.findings[0].conditions[0].test,
              "different rules found among Title of a, b, Title of c = 2 ('Title of a' and ('b' or "
              "'Title of c')) within 1m by src_ip");
}

TEST(Expressions, WhatMustNotFollowIsAwaited) {
    Bench bench({over(both(leaf(0), absent(leaf(1))))});
    bench.found("a", 100);
    bench.time(160);
    EXPECT_TRUE(bench.fired().empty());
    bench.time(161);
    EXPECT_THAT(bench.fired(), ElementsAre(160));
}

TEST(Expressions, WhatFollowsInTimePreventsIt) {
    Bench bench({over(both(leaf(0), absent(leaf(1))))});
    bench.found("a", 100);
    bench.found("b", 160);
    bench.time(10'000);
    EXPECT_TRUE(bench.fired().empty());
}

TEST(Expressions, WhatFollowsTooLateDoesNot) {
    Bench bench({over(both(leaf(0), absent(leaf(1))))});
    bench.found("a", 100);
    bench.found("b", 161);
    EXPECT_THAT(bench.fired(), ElementsAre(160));
}

TEST(Expressions, WhatCameBeforeDoesNotPreventIt) {
    Bench bench({over(both(leaf(0), absent(leaf(1))))});
    bench.found("b", 90);
    bench.found("a", 100);
    bench.time(161);
    EXPECT_THAT(bench.fired(), ElementsAre(160));
}

// Each finding that must be there opens a window of its own: one that was answered does not cover
// for the next.
TEST(Expressions, EachFindingAwaitsItsOwnAnswer) {
    Bench bench({over(both(leaf(0), absent(leaf(1))))});
    bench.found("a", 100);
    bench.found("b", 130);
    bench.found("a", 150);
    bench.time(10'000);
    EXPECT_THAT(bench.fired(), ElementsAre(210));
}

TEST(Expressions, ALateAnswerCountsWhileTheWindowIsOpen) {
    Bench bench({over(both(leaf(0), absent(leaf(1))))});
    bench.found("a", 100);
    bench.found("c", 155);
    bench.found("b", 110);
    bench.time(10'000);
    EXPECT_TRUE(bench.fired().empty());
}

TEST(Expressions, WhatMustNotBeThereAloneOpensNoWindow) {
    Bench bench({over(both(leaf(0), absent(leaf(1))))});
    bench.found("b", 100);
    bench.time(10'000);
    EXPECT_TRUE(bench.fired().empty());
}

TEST(Expressions, OneFiringPerTimespan) {
    Bench bench({over(both(leaf(0), absent(leaf(1))))});
    for (int i = 0; i < 10; ++i) bench.found("a", 100 + 10 * i);
    bench.time(10'000);
    EXPECT_THAT(bench.fired(), ElementsAre(160, 230));
}

TEST(OrderedExpressions, PartsOfAndFollowEachOther) {
    const auto fired = [](const std::vector<std::string>& sequence) {
        Bench bench({over(both(both(leaf(0), either(leaf(1), leaf(2))), leaf(0)),
                          CorrelationType::temporal_ordered)});
        double second = 0;
        for (const std::string& id : sequence) bench.found(id, ++second);
        return bench.fired().size();
    };
    EXPECT_EQ(fired({"a", "b", "a"}), 1U);
    EXPECT_EQ(fired({"a", "c", "b", "a"}), 1U);
    EXPECT_EQ(fired({"a", "a", "b"}), 0U);
    EXPECT_EQ(fired({"b", "a", "a"}), 0U);
}

TEST(OrderedExpressions, NotMeansNowhereInTheWindow) {
    const auto fired = [](const std::vector<std::string>& sequence) {
        Bench bench({over(both(both(leaf(0), leaf(1)), absent(leaf(2))),
                          CorrelationType::temporal_ordered)});
        double second = 0;
        for (const std::string& id : sequence) bench.found(id, ++second);
        bench.time(10'000);
        return bench.fired().size();
    };
    EXPECT_EQ(fired({"a", "b"}), 1U);
    EXPECT_EQ(fired({"b", "a"}), 0U);
    EXPECT_EQ(fired({"a", "c", "b"}), 0U);
    EXPECT_EQ(fired({"a", "b", "c"}), 0U);
    EXPECT_EQ(fired({"c", "a", "b"}), 1U) << "before the window, which opens with a";
}

TEST(TemporalOrdered, ANumberAsksForThatManyStepsInOrder) {
    const auto fired = [](const std::vector<std::string>& sequence) {
        Bench bench(
            {rule(CorrelationType::temporal_ordered, {"a", "b", "c"}, 60, {{Operator::gte, 2}})});
        double second = 0;
        for (const std::string& id : sequence) bench.found(id, ++second);
        return bench.fired().size();
    };
    EXPECT_EQ(fired({"a", "b"}), 1U);
    EXPECT_EQ(fired({"a", "c"}), 1U) << "which one is left out does not matter";
    EXPECT_EQ(fired({"b", "c"}), 1U);
    EXPECT_EQ(fired({"c", "b", "a"}), 0U);
    EXPECT_EQ(fired({"c", "c", "c"}), 0U);
}

TEST(TemporalOrdered, EqualTimesAreOrderedBySourceThenSequence) {
    Bench bench({rule(CorrelationType::temporal_ordered, {"a", "b"}, 60, {})});
    Finding first = from("192.0.2.1", "a", 5);
    Finding second = from("192.0.2.1", "b", 5);
    first.sequence = 8;
    second.sequence = 7;
    bench.correlator->on_finding(second);
    bench.correlator->on_finding(first);
    EXPECT_TRUE(bench.fired().empty());
    second.sequence = 9;
    bench.correlator->on_finding(second);
    EXPECT_THAT(bench.fired(), ElementsAre(5));
}

}  // namespace
}  // namespace persandian::correlation::test
