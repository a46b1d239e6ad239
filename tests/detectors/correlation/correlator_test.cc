// SPDX-License-Identifier: Apache-2.0
#include "detectors/correlation/correlator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/detectors/correlation/support.h"

namespace persandian::correlation::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(EventCount, FiresWhenTheThresholdIsReached) {
    Bench bench({brute_force()});
    for (int i = 0; i < 9; ++i) bench.attempt(i, "192.0.2.1");
    EXPECT_TRUE(bench.out.findings.empty());
    bench.attempt(9, "192.0.2.1");
    ASSERT_EQ(bench.out.findings.size(), 1U);
    const Finding& fired = bench.out.findings[0];
    EXPECT_EQ(fired.rule.level, Level::high);
    EXPECT_EQ(fired.group_fields, 1U);
    EXPECT_EQ(fired.fields[0].name, "src_ip");
    EXPECT_EQ(fired.fields[0].value, "192.0.2.1");
    EXPECT_EQ(fired.value_of("correlation.count"), "10");
    EXPECT_EQ(fired.value_of("user.name"), "root");
    EXPECT_EQ(fired.time, Timestamp::from_seconds(9));
    ASSERT_FALSE(fired.conditions.empty());
    EXPECT_EQ(fired.conditions[0].test,
              "count of findings of Title of fail = 10 (gte 10) within 5m by src_ip");
    EXPECT_EQ(fired.conditions[0].value, "10");
}

TEST(EventCount, OneBruteForceGivesOneFindingPerTimespan) {
    Bench bench({brute_force()});
    for (int i = 0; i < 1200; ++i) bench.attempt(i, "192.0.2.1");
    // first at 9 s, then for the first finding beyond 309, 610, 911 s
    std::vector<std::int64_t> times;
    for (const Finding& f : bench.out.findings) times.push_back(f.time.ns / 1'000'000'000);
    EXPECT_THAT(times, ElementsAre(9, 310, 611, 912));
}

TEST(EventCount, GroupsAreCountedApart) {
    Bench bench({brute_force()});
    for (int i = 0; i < 9; ++i) {
        bench.attempt(i, "192.0.2.1");
        bench.attempt(i, "192.0.2.2");
    }
    EXPECT_TRUE(bench.out.findings.empty());
}

TEST(EventCount, FindingsOutsideTheWindowDoNotCount) {
    Bench bench({brute_force()});
    for (int i = 0; i < 40; ++i) bench.attempt(i * 40.0, "192.0.2.1");  // 8 within 300 s
    EXPECT_TRUE(bench.out.findings.empty());
}

TEST(EventCount, GroupValuesAreNotConfusedByTheirBorders) {
    Bench bench({rule(CorrelationType::event_count, {"fail"}, 300, {{Operator::gte, 2}},
                      {"src_ip", "user.name"})});
    bench.attempt(1, "1", "1:1");
    bench.attempt(2, "11:", "1");
    EXPECT_TRUE(bench.out.findings.empty());
}

TEST(EventCount, AFindingWithoutTheGroupFieldIsNotCounted) {
    Bench bench({rule(CorrelationType::event_count, {"fail"}, 300, {{Operator::gte, 2}})});
    bench.correlator->on_finding(finding("fail", 1, {}));
    bench.correlator->on_finding(finding("fail", 2, {}));
    EXPECT_TRUE(bench.out.findings.empty());
    EXPECT_EQ(bench.correlator->counters().findings_without_group_field, 2U);
}

TEST(EventCount, WithoutGroupByAllFindingsAreOneGroup) {
    Bench bench({rule(CorrelationType::event_count, {"fail"}, 300, {{Operator::gte, 2}}, {})});
    bench.attempt(1, "192.0.2.1");
    bench.attempt(2, "192.0.2.2");
    EXPECT_EQ(bench.out.findings.size(), 1U);
}

TEST(ValueCount, CountsDifferentValuesNotFindings) {
    CorrelationRule spray = rule(CorrelationType::value_count, {"fail"}, 300, {{Operator::gte, 3}});
    spray.condition.fields = {"user.name"};
    Bench bench({spray});
    for (int i = 0; i < 50; ++i) bench.attempt(i, "192.0.2.1", i % 2 == 0 ? "a" : "b");
    EXPECT_TRUE(bench.out.findings.empty());
    bench.attempt(50, "192.0.2.1", "c");
    ASSERT_EQ(bench.out.findings.size(), 1U);
    EXPECT_THAT(
        bench.out.findings[0].conditions[0].test,
        HasSubstr("different values of user.name in findings of Title of fail = 3 (gte 3)"));
}

TEST(ValueCount, AValueThatLeftTheWindowIsForgotten) {
    CorrelationRule spray = rule(CorrelationType::value_count, {"fail"}, 100, {{Operator::gte, 3}});
    spray.condition.fields = {"user.name"};
    Bench bench({spray});
    bench.attempt(0, "192.0.2.1", "a");
    bench.attempt(90, "192.0.2.1", "b");
    bench.attempt(101, "192.0.2.1", "c");
    EXPECT_TRUE(bench.out.findings.empty());
    bench.attempt(102, "192.0.2.1", "a");
    EXPECT_EQ(bench.out.findings.size(), 1U);
}

TEST(ValueCount, SeveralFieldsAreATuple) {
    CorrelationRule scan = rule(CorrelationType::value_count, {"conn"}, 100, {{Operator::gte, 4}});
    scan.condition.fields = {"dest_ip", "dest_port"};
    Bench bench({scan});
    int second = 0;
    for (const char* ip : {"192.0.2.1", "192.0.2.2"})
        for (const char* port : {"22", "23"})
            bench.correlator->on_finding(
                finding("conn", ++second,
                        {{"src_ip", "203.0.113.9"}, {"dest_ip", ip}, {"dest_port", port}}));
    EXPECT_EQ(bench.out.findings.size(), 1U);
}

TEST(ValueCount, AFindingWithoutTheValueIsCountedApart) {
    CorrelationRule spray = rule(CorrelationType::value_count, {"fail"}, 300, {{Operator::gte, 1}});
    spray.condition.fields = {"absent"};
    Bench bench({spray});
    bench.attempt(1, "192.0.2.1");
    EXPECT_TRUE(bench.out.findings.empty());
    EXPECT_EQ(bench.correlator->counters().findings_without_value_field, 1U);
}

TEST(Temporal, AllListedRulesInAnyOrder) {
    Bench bench({rule(CorrelationType::temporal, {"a", "b", "c"}, 60, {})});
    const std::vector<FindingField> who = {{"src_ip", "192.0.2.1"}};
    bench.correlator->on_finding(finding("c", 1, who));
    bench.correlator->on_finding(finding("a", 2, who));
    bench.correlator->on_finding(finding("a", 3, who));
    EXPECT_TRUE(bench.out.findings.empty());
    bench.correlator->on_finding(finding("b", 4, who));
    ASSERT_EQ(bench.out.findings.size(), 1U);
    EXPECT_THAT(bench.out.findings[0].conditions[0].test, HasSubstr("= 3 (all of them)"));
}

TEST(Temporal, ANumberAsksForThatManyDifferentRules) {
    Bench bench({rule(CorrelationType::temporal, {"a", "b", "c"}, 60, {{Operator::gte, 2}})});
    const std::vector<FindingField> who = {{"src_ip", "192.0.2.1"}};
    bench.correlator->on_finding(finding("c", 1, who));
    bench.correlator->on_finding(finding("c", 2, who));
    EXPECT_TRUE(bench.out.findings.empty());
    bench.correlator->on_finding(finding("a", 3, who));
    EXPECT_EQ(bench.out.findings.size(), 1U);
}

TEST(Temporal, RulesOfDifferentGroupsDoNotJoin) {
    Bench bench({rule(CorrelationType::temporal, {"a", "b"}, 60, {})});
    bench.correlator->on_finding(finding("a", 1, {{"src_ip", "192.0.2.1"}}));
    bench.correlator->on_finding(finding("b", 2, {{"src_ip", "192.0.2.2"}}));
    EXPECT_TRUE(bench.out.findings.empty());
}

TEST(TemporalOrdered, OnlyInTheOrderGiven) {
    const std::vector<FindingField> who = {{"src_ip", "192.0.2.1"}};
    const auto fired = [&](const std::vector<std::string>& sequence) {
        Bench bench({rule(CorrelationType::temporal_ordered, {"a", "b", "c"}, 60, {})});
        double second = 0;
        for (const std::string& id : sequence)
            bench.correlator->on_finding(finding(id, ++second, who));
        return bench.out.findings.size();
    };
    EXPECT_EQ(fired({"a", "b", "c"}), 1U);
    EXPECT_EQ(fired({"a", "x", "b", "a", "c"}), 1U);
    EXPECT_EQ(fired({"c", "b", "a"}), 0U);
    EXPECT_EQ(fired({"b", "a", "c", "b"}), 0U);
}

TEST(TemporalOrdered, ALateFirstStepCompletesTheOrder) {
    const std::vector<FindingField> who = {{"src_ip", "192.0.2.1"}};
    Bench bench({rule(CorrelationType::temporal_ordered, {"a", "b"}, 60, {})});
    bench.correlator->on_finding(finding("b", 10, who));
    bench.correlator->on_finding(finding("a", 11, who));
    EXPECT_TRUE(bench.out.findings.empty());
    bench.correlator->on_finding(finding("a", 9, who));
    EXPECT_EQ(bench.out.findings.size(), 1U);
}

TEST(TemporalOrdered, OneFindingServesOneStep) {
    const std::vector<FindingField> who = {{"src_ip", "192.0.2.1"}};
    Bench bench({rule(CorrelationType::temporal_ordered, {"a", "a"}, 60, {})});
    bench.correlator->on_finding(finding("a", 1, who));
    EXPECT_TRUE(bench.out.findings.empty());
    bench.correlator->on_finding(finding("a", 2, who));
    EXPECT_EQ(bench.out.findings.size(), 1U);
}

TEST(Aliases, JoinFieldsOfDifferentNames) {
    CorrelationRule both = rule(CorrelationType::temporal, {"a", "b"}, 60, {}, {"who"});
    both.aliases["who"] = {{"a", "SourceIp"}, {"b", "dest_ip"}};
    both.field_names["a"] = {{"SourceIp", "src_ip"}};
    Bench bench({both});
    bench.correlator->on_finding(finding("a", 1, {{"src_ip", "192.0.2.1"}}));
    bench.correlator->on_finding(finding("b", 2, {{"dest_ip", "192.0.2.1"}}));
    ASSERT_EQ(bench.out.findings.size(), 1U);
    EXPECT_EQ(bench.out.findings[0].fields[0].name, "who");
    EXPECT_EQ(bench.out.findings[0].fields[0].value, "192.0.2.1");
}

TEST(FieldNames, GroupByIsReportedByTheEventsName) {
    CorrelationRule mapped =
        rule(CorrelationType::event_count, {"a"}, 60, {{Operator::gte, 1}}, {"SourceIp"});
    mapped.field_names["a"] = {{"SourceIp", "src_ip"}};
    Bench bench({mapped});
    bench.correlator->on_finding(finding("a", 1, {{"src_ip", "192.0.2.1"}}));
    ASSERT_EQ(bench.out.findings.size(), 1U);
    EXPECT_EQ(bench.out.findings[0].fields[0].name, "src_ip");
    EXPECT_EQ(bench.out.findings[0].value_of("SourceIp"), "192.0.2.1");
}

TEST(PassThrough, FindingsThatAlertComeBeforeWhatTheyComplete) {
    Bench bench({rule(CorrelationType::event_count, {"fail"}, 60, {{Operator::gte, 1}})});
    Finding alerting = finding("fail", 1, {{"src_ip", "192.0.2.1"}});
    alerting.alert = true;
    bench.correlator->on_finding(alerting);
    bench.correlator->on_finding(finding("other", 2, {}));
    ASSERT_EQ(bench.out.findings.size(), 2U);
    EXPECT_EQ(bench.out.findings[0].rule.id, "fail");
    EXPECT_EQ(bench.out.findings[1].rule.id, "corr");
}

TEST(Evidence, ComesFromTheLatestFindings) {
    Bench bench({rule(CorrelationType::event_count, {"fail"}, 600, {{Operator::gte, 10}})});
    for (int i = 0; i < 10; ++i) {
        Finding attempt = finding("fail", i, {{"src_ip", "192.0.2.1"}});
        Evidence line;
        line.bytes = "line " + std::to_string(i);
        attempt.evidence.push_back(line);
        bench.correlator->on_finding(attempt);
    }
    ASSERT_EQ(bench.out.findings.size(), 1U);
    std::vector<std::string> lines;
    for (const Evidence& evidence : bench.out.findings[0].evidence) lines.push_back(evidence.bytes);
    EXPECT_THAT(lines, ElementsAre("line 5", "line 6", "line 7", "line 8", "line 9"));
}

/// Two rules that are kept and one that is not, over the same findings.
std::vector<CorrelationRule> three_rules() {
    CorrelationRule count = brute_force();
    count.rule.id = "count";
    CorrelationRule spray = rule(CorrelationType::value_count, {"fail"}, 300, {{Operator::gte, 3}});
    spray.rule.id = "spray";
    spray.condition.fields = {"user.name"};
    CorrelationRule few = rule(CorrelationType::event_count, {"fail"}, 60, {{Operator::lt, 3}});
    few.rule.id = "few";
    return {count, spray, few};
}

TEST(Successor, UnchangedRulesGoOnWithTheirWindows) {
    Bench bench(three_rules());
    for (int i = 0; i < 8; ++i) bench.attempt(i, "192.0.2.1", i < 4 ? "root" : "budi");
    bench.attempt(10, "192.0.2.2");
    bench.correlator = bench.correlator->successor(three_rules(), {"spray", "few"});
    bench.attempt(8, "192.0.2.1", "siti");
    bench.attempt(9, "192.0.2.1", "siti");
    bench.correlator->on_time(Timestamp::from_seconds(71));
    EXPECT_TRUE(bench.out.of("count").empty()) << "not named, so it began anew";
    ASSERT_EQ(bench.out.of("spray").size(), 1U);
    EXPECT_EQ(bench.out.of("spray")[0].time, Timestamp::from_seconds(8));
    ASSERT_EQ(bench.out.of("few").size(), 1U);
    EXPECT_EQ(bench.out.of("few")[0].fields[0].value, "192.0.2.2");
}

TEST(Successor, RulesThatAreGoneStayGoneAndNewOnesWork) {
    Bench bench(three_rules());
    for (int i = 0; i < 2; ++i) bench.attempt(i, "192.0.2.1", std::to_string(i));
    std::vector<CorrelationRule> fewer = {three_rules()[0]};
    CorrelationRule fresh = rule(CorrelationType::event_count, {"fail"}, 60, {{Operator::gte, 2}});
    fresh.rule.id = "fresh";
    fewer.push_back(fresh);
    bench.correlator = bench.correlator->successor(fewer, {"count", "spray", "few"});
    for (int i = 2; i < 10; ++i) bench.attempt(i, "192.0.2.1", std::to_string(i));
    bench.correlator->on_time(Timestamp::from_seconds(1000));
    EXPECT_EQ(bench.out.of("count").size(), 1U);
    EXPECT_EQ(bench.out.of("fresh").size(), 1U);
    EXPECT_EQ(bench.out.of("spray").size() + bench.out.of("few").size(), 0U);
}

TEST(Successor, ARuleThatHasFiredStaysQuiet) {
    Bench bench({brute_force()});
    for (int i = 0; i < 10; ++i) bench.attempt(i, "192.0.2.1");
    bench.correlator = bench.correlator->successor({brute_force()}, {"corr"});
    for (int i = 10; i < 30; ++i) bench.attempt(i, "192.0.2.1");
    EXPECT_EQ(bench.out.of("corr").size(), 1U);
}

TEST(Times, AbsurdOnesDoNoHarm) {
    Bench bench(
        {rule(CorrelationType::event_count, {"fail"}, 60, {{Operator::lt, 3}}), brute_force()});
    for (const std::int64_t ns : {INT64_MIN, INT64_MAX, std::int64_t{0}, INT64_MIN, INT64_MAX}) {
        Finding odd = finding("fail", 0, {{"src_ip", "192.0.2.1"}});
        odd.time.ns = ns;
        bench.correlator->on_finding(odd);
        bench.correlator->on_time({ns});
    }
    bench.correlator->forget();
    bench.attempt(1, "192.0.2.1");
}

}  // namespace
}  // namespace persandian::correlation::test
