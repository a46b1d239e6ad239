// SPDX-License-Identifier: Apache-2.0
//
// Memory is bounded; what is evicted is counted.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/detectors/correlation/support.h"

namespace persandian::correlation::test {
namespace {

TEST(CorrelationLimits, GroupsBeyondTheLimitEvictTheLeastRecentlyFed) {
    Limits limits;
    limits.max_groups_per_rule = 2;
    Bench bench({rule(CorrelationType::event_count, {"fail"}, 60, {{Operator::gte, 2}})}, limits);
    bench.attempt(1, "192.0.2.1");
    bench.attempt(2, "192.0.2.2");
    bench.attempt(3, "192.0.2.3");
    EXPECT_EQ(bench.correlator->counters().evicted_groups, 1U);
    bench.attempt(4, "192.0.2.2");
    EXPECT_EQ(bench.out.findings.size(), 1U);
    bench.attempt(5, "192.0.2.1");
    EXPECT_EQ(bench.out.findings.size(), 1U);
}

TEST(CorrelationLimits, EntriesBeyondTheLimitEvictTheOldest) {
    Limits limits;
    limits.max_entries_per_group = 4;
    CorrelationRule spray = rule(CorrelationType::value_count, {"fail"}, 60, {{Operator::gte, 3}});
    spray.condition.fields = {"user.name"};
    Bench bench({spray}, limits);
    bench.attempt(1, "192.0.2.1", "a");
    bench.attempt(2, "192.0.2.1", "b");
    for (int i = 3; i < 6; ++i) bench.attempt(i, "192.0.2.1", "b");
    bench.attempt(6, "192.0.2.1", "c");
    EXPECT_TRUE(bench.out.findings.empty());
    EXPECT_EQ(bench.correlator->counters().evicted_entries, 2U);
}

TEST(CorrelationLimits, SamplesLoseTheirEvidenceFirst) {
    Limits limits;
    limits.max_evidence_bytes = 1;
    Bench bench({rule(CorrelationType::event_count, {"fail"}, 60, {{Operator::gte, 1}})}, limits);
    Finding heavy = finding("fail", 1, {{"src_ip", "192.0.2.1"}});
    heavy.evidence.emplace_back();
    bench.correlator->on_finding(heavy);
    ASSERT_EQ(bench.out.findings.size(), 1U);
    EXPECT_TRUE(bench.out.findings[0].evidence.empty());
    EXPECT_EQ(bench.correlator->counters().samples_without_evidence, 1U);
}

TEST(CorrelationLimits, BytesOfOneRuleEvictItsLeastRecentlyFedGroup) {
    Limits limits;
    limits.max_bytes_per_rule = 20'000;
    Bench bench({rule(CorrelationType::event_count, {"fail"}, 60, {{Operator::gte, 3}})}, limits);
    for (int i = 0; i < 100; ++i) bench.attempt(i / 10.0, std::to_string(i), std::string(500, 'x'));
    EXPECT_GT(bench.counters().evicted_groups, 50U);
    EXPECT_LE(bench.correlator->bytes(), limits.max_bytes_per_rule);
    EXPECT_GT(bench.correlator->bytes(), 0U);
}

TEST(CorrelationLimits, BytesOfAllRulesEvictTheLeastRecentlyFedGroupOfAny) {
    Limits limits;
    limits.max_bytes = 30'000;
    CorrelationRule other = rule(CorrelationType::event_count, {"other"}, 60, {{Operator::gte, 3}});
    other.rule.id = "other_corr";
    Bench bench({rule(CorrelationType::event_count, {"fail"}, 60, {{Operator::gte, 3}}), other},
                limits);
    bench.found("other", 1);
    bench.found("other", 1);
    for (int i = 0; i < 100; ++i) bench.attempt(2 + i / 10.0, std::to_string(i));
    EXPECT_LE(bench.correlator->bytes(), limits.max_bytes);
    EXPECT_GT(bench.counters().evicted_groups, 1U);
    bench.found("other", 15);  // its group, the least recently fed of all, was evicted
    EXPECT_TRUE(bench.out.of("other_corr").empty());
}

TEST(CorrelationLimits, LongDistinctValuesDoNotTakeTheirLength) {
    CorrelationRule spray =
        rule(CorrelationType::value_count, {"fail"}, 60, {{Operator::gte, 999}});
    spray.condition.fields = {"user.name"};
    Bench bench({spray});
    for (int i = 0; i < 900; ++i)
        bench.attempt(i / 100.0, "192.0.2.1", std::string(1000, 'x') + std::to_string(i));
    EXPECT_LT(bench.correlator->bytes(), 900 * 400U);
    for (int i = 0; i < 99; ++i) bench.attempt(9, "192.0.2.1", "y" + std::to_string(i));
    EXPECT_EQ(bench.out.findings.size(), 1U) << "long values must still differ";
}

TEST(CorrelationLimits, AFloodOfOneRuleDoesNotPushOutTheOthers) {
    Limits limits;
    limits.max_entries_per_group = 10;
    for (const CorrelationType type :
         {CorrelationType::temporal, CorrelationType::temporal_ordered}) {
        Bench bench({rule(type, {"a", "b", "c"}, 600, {})}, limits);
        bench.found("a", 1);
        for (int i = 0; i < 100; ++i) bench.found("b", 2 + i);
        EXPECT_GT(bench.counters().evicted_entries, 0U);
        bench.found("c", 200);
        EXPECT_EQ(bench.out.findings.size(), 1U) << to_string(type);
    }
}

TEST(CorrelationLimits, AHighThresholdRaisesTheEntriesOfAGroup) {
    Limits limits;
    limits.max_entries_per_group = 4;
    Bench bench({rule(CorrelationType::event_count, {"fail"}, 600, {{Operator::gte, 20}})}, limits);
    for (int i = 0; i < 20; ++i) bench.attempt(i, "192.0.2.1");
    EXPECT_EQ(bench.out.findings.size(), 1U);
    EXPECT_EQ(bench.counters().evicted_entries, 0U);
}

TEST(CorrelationLimits, EntriesOfARuleEvictIdleGroupsThenItsOwnOldest) {
    Limits limits;
    limits.max_entries_per_rule = 5;
    Bench bench({rule(CorrelationType::event_count, {"fail"}, 600, {{Operator::gte, 5}})}, limits);
    for (int i = 0; i < 3; ++i) bench.attempt(i, "192.0.2.1");
    for (int i = 0; i < 4; ++i) bench.attempt(10 + i, "192.0.2.2");
    EXPECT_EQ(bench.counters().evicted_groups, 1U);
    for (int i = 0; i < 4; ++i) bench.attempt(20 + i, "192.0.2.2");
    EXPECT_EQ(bench.counters().evicted_entries, 3U);
    EXPECT_EQ(bench.out.findings.size(), 1U);
}

TEST(CorrelationLimits, ForgettingFreesEverything) {
    Bench bench({brute_force()});
    for (int i = 0; i < 50; ++i) bench.attempt(i, std::to_string(i));
    EXPECT_GT(bench.correlator->bytes(), 0U);
    bench.correlator->forget();
    EXPECT_EQ(bench.correlator->bytes(), 0U);
    for (int i = 0; i < 50; ++i) bench.attempt(1000 + i, std::to_string(i));
    bench.time(1000 + 50 + 601);
    EXPECT_EQ(bench.correlator->bytes(), 0U) << "groups that were idle for two timespans";
}

}  // namespace
}  // namespace persandian::correlation::test
