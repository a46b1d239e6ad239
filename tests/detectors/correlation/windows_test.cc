// SPDX-License-Identifier: Apache-2.0
//
// Windows over event time, and conditions that are decided when they are over.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/detectors/correlation/support.h"

namespace persandian::correlation::test {
namespace {

using testing::ElementsAre;

TEST(EventCount, LateFindingsAreSortedInWithinTheWindow) {
    Bench bench({rule(CorrelationType::event_count, {"fail"}, 300, {{Operator::gte, 3}})});
    bench.attempt(100, "192.0.2.1");
    bench.attempt(400, "192.0.2.1");
    bench.attempt(99, "192.0.2.1");  // before the window of 400
    EXPECT_TRUE(bench.out.findings.empty());
    EXPECT_EQ(bench.correlator->counters().too_late_findings, 1U);
    bench.attempt(250, "192.0.2.1");
    EXPECT_EQ(bench.correlator->counters().late_findings, 1U);
    ASSERT_EQ(bench.out.findings.size(), 1U);
    EXPECT_EQ(bench.out.findings[0].time, Timestamp::from_seconds(400));
}

TEST(EventCount, ADelayedLogIsCountedBesideLiveFindings) {
    Bench bench({rule(CorrelationType::event_count, {"fail"}, 60, {{Operator::gte, 3}})});
    for (int i = 0; i < 3; ++i) {
        bench.attempt(10'000 + i, "192.0.2." + std::to_string(i));
        bench.attempt(i, "198.51.100.7");
    }
    ASSERT_EQ(bench.out.findings.size(), 1U);
    EXPECT_EQ(bench.out.findings[0].fields[0].value, "198.51.100.7");
}

TEST(ConditionsDecidedAtTheEnd, LtFiresOnlyWhenTheWindowHasClosed) {
    Bench bench({rule(CorrelationType::event_count, {"fail"}, 60, {{Operator::lt, 3}})});
    bench.attempt(100, "192.0.2.1");
    bench.attempt(110, "192.0.2.1");
    bench.correlator->on_time(Timestamp::from_seconds(160));
    EXPECT_TRUE(bench.out.findings.empty());
    bench.correlator->on_time(Timestamp::from_seconds(161));
    ASSERT_EQ(bench.out.findings.size(), 1U);
    EXPECT_EQ(bench.out.findings[0].time, Timestamp::from_seconds(160));
    EXPECT_EQ(bench.out.findings[0].value_of("correlation.count"), "2");
}

TEST(ConditionsDecidedAtTheEnd, LtStaysSilentWhenThereWereEnough) {
    Bench bench({rule(CorrelationType::event_count, {"fail"}, 60, {{Operator::lt, 3}})});
    for (int i = 0; i < 3; ++i) bench.attempt(100 + i, "192.0.2.1");
    bench.correlator->on_time(Timestamp::from_seconds(1000));
    EXPECT_TRUE(bench.out.findings.empty());
}

TEST(ConditionsDecidedAtTheEnd, EqCountsTheWholeWindow) {
    Bench bench({rule(CorrelationType::event_count, {"fail"}, 60, {{Operator::eq, 2}})});
    for (int i = 0; i < 3; ++i) bench.attempt(100 + i, "192.0.2.1");
    for (int i = 0; i < 2; ++i) bench.attempt(200 + i, "192.0.2.1");
    bench.correlator->on_time(Timestamp::from_seconds(1000));
    ASSERT_EQ(bench.out.findings.size(), 1U);
    EXPECT_EQ(bench.out.findings[0].time, Timestamp::from_seconds(260));
}

TEST(ConditionsDecidedAtTheEnd, TwoBoundsMustBothHold) {
    const auto fired_with = [](int attempts) {
        Bench bench({rule(CorrelationType::event_count, {"fail"}, 60,
                          {{Operator::gt, 2}, {Operator::lte, 4}})});
        for (int i = 0; i < attempts; ++i) bench.attempt(100 + i, "192.0.2.1");
        bench.correlator->on_time(Timestamp::from_seconds(1000));
        return bench.out.findings.size();
    };
    EXPECT_EQ(fired_with(2), 0U);
    EXPECT_EQ(fired_with(3), 1U);
    EXPECT_EQ(fired_with(4), 1U);
    EXPECT_EQ(fired_with(5), 0U);
}

TEST(ConditionsDecidedAtTheEnd, NeqFires) {
    Bench bench({rule(CorrelationType::event_count, {"fail"}, 60, {{Operator::neq, 1}})});
    bench.attempt(100, "192.0.2.1");
    bench.attempt(100, "192.0.2.2");
    bench.attempt(101, "192.0.2.2");
    bench.correlator->on_time(Timestamp::from_seconds(1000));
    ASSERT_EQ(bench.out.findings.size(), 1U);
    EXPECT_EQ(bench.out.findings[0].fields[0].value, "192.0.2.2");
}

TEST(Windows, SlideAndHaveNoBoundaries) {
    Bench bench({rule(CorrelationType::event_count, {"fail"}, 3600, {{Operator::gte, 3}})});
    bench.attempt(3500, "192.0.2.1");  // on both sides of a full hour
    bench.attempt(3599, "192.0.2.1");
    bench.attempt(3700, "192.0.2.1");
    EXPECT_THAT(bench.fired(), ElementsAre(3700));
}

TEST(Windows, BothEndsBelongToThem) {
    Bench bench({rule(CorrelationType::event_count, {"fail"}, 60, {{Operator::gte, 2}})});
    bench.attempt(100, "192.0.2.1");
    bench.attempt(160, "192.0.2.1");
    EXPECT_THAT(bench.fired(), ElementsAre(160));
    bench.attempt(100, "192.0.2.2");
    bench.attempt(160.001, "192.0.2.2");
    EXPECT_EQ(bench.fired().size(), 1U);
}

TEST(Windows, EventTimeDecidesNotTheClockOfArrival) {
    Bench bench({rule(CorrelationType::event_count, {"fail"}, 60, {{Operator::gte, 3}})});
    for (int i = 0; i < 3; ++i) {
        bench.time(100'000 + 40 * i);  // a log that comes slowly, a day late
        bench.attempt(100 + i, "192.0.2.1");
    }
    EXPECT_THAT(bench.fired(), ElementsAre(102));
}

TEST(ConditionsDecidedAtTheEnd, TheWindowBeginsWithTheGroupsFirstFinding) {
    Bench bench({rule(CorrelationType::event_count, {"fail"}, 60, {{Operator::lt, 3}})});
    bench.attempt(110, "192.0.2.1");
    bench.attempt(130, "192.0.2.1");
    bench.attempt(171, "192.0.2.1");  // beyond 110 + 60: decides, and begins the next window
    EXPECT_THAT(bench.fired(), ElementsAre(170));
}

TEST(ConditionsDecidedAtTheEnd, ALateFindingMovesTheBeginningOfAnOpenWindow) {
    Bench bench({rule(CorrelationType::event_count, {"fail"}, 60, {{Operator::eq, 3}})});
    bench.attempt(100, "192.0.2.1");
    bench.attempt(155, "192.0.2.1");
    bench.attempt(96, "192.0.2.1");
    EXPECT_EQ(bench.counters().late_findings, 1U);
    bench.attempt(157, "192.0.2.1");  // beyond 96 + 60
    EXPECT_THAT(bench.fired(), ElementsAre(156));
}

TEST(ConditionsDecidedAtTheEnd, AFindingForADecidedWindowIsTooLate) {
    Bench bench({rule(CorrelationType::event_count, {"fail"}, 60, {{Operator::lt, 3}})});
    bench.attempt(100, "192.0.2.1");
    bench.time(161);
    EXPECT_THAT(bench.fired(), ElementsAre(160));
    bench.attempt(160, "192.0.2.1");
    EXPECT_EQ(bench.counters().too_late_findings, 1U);
    bench.attempt(161, "192.0.2.1");
    EXPECT_EQ(bench.counters().too_late_findings, 1U);
}

TEST(ConditionsDecidedAtTheEnd, NumbersOfDifferentRulesToo) {
    Bench bench({rule(CorrelationType::temporal, {"a", "b"}, 60, {{Operator::lt, 2}})});
    bench.found("a", 100);
    bench.found("a", 120);
    bench.time(161);
    EXPECT_THAT(bench.fired(), ElementsAre(160));
    bench.found("a", 200);
    bench.found("b", 260);
    bench.time(1000);
    EXPECT_THAT(bench.fired(), ElementsAre(160));
}

}  // namespace
}  // namespace persandian::correlation::test
