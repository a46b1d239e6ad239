// SPDX-License-Identifier: Apache-2.0
//
// value_sum, value_avg, value_percentile, value_median.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/detectors/correlation/support.h"

namespace persandian::correlation::test {
namespace {

using testing::ElementsAre;

CorrelationRule metric(CorrelationType type, std::vector<CorrelationCondition::Bound> bounds) {
    CorrelationRule out = rule(type, {"transfer"}, 3600, std::move(bounds));
    out.condition.fields = {"value"};
    return out;
}

/// What the metric is after these values, by the firing of a rule that always fires.
std::string value_of(CorrelationType type, const std::vector<std::string>& values,
                     unsigned percentile = 0) {
    CorrelationRule rule = metric(type, {{Operator::neq, 987'654'321}});
    rule.condition.percentile = percentile;
    Bench bench({rule});
    for (const std::string& value : values) bench.found("transfer", 1, value);
    bench.time(1'000'000);
    bench.time(2'000'000);
    if (bench.out.findings.size() != 1) return "none";
    return std::string(bench.out.findings[0].value_of("correlation.value"));
}

TEST(ValueSum, FiresWhenTheSumIsReached) {
    Bench bench({metric(CorrelationType::value_sum, {{Operator::gt, 1'000'000}})});
    bench.found("transfer", 1, "400000");
    bench.found("transfer", 2, "600000");
    EXPECT_TRUE(bench.fired().empty());
    bench.found("transfer", 3, "1");
    ASSERT_THAT(bench.fired(), ElementsAre(3));
    const Finding& fired = bench.out.findings[0];
    EXPECT_EQ(fired.value_of("correlation.value"), "1000001");
    EXPECT_EQ(fired.value_of("correlation.count"), "3");
    EXPECT_EQ(fired.conditions[0].test,
              "sum of value in findings of Title of transfer = 1000001 (gt 1000000) within 1h by "
              "src_ip");
}

TEST(ValueSum, WhatLeftTheWindowIsTakenOff) {
    Bench bench({metric(CorrelationType::value_sum, {{Operator::gte, 100}})});
    bench.found("transfer", 0, "60");
    bench.found("transfer", 3601, "60");
    EXPECT_TRUE(bench.fired().empty());
    bench.found("transfer", 3602, "40");
    EXPECT_THAT(bench.fired(), ElementsAre(3602));
}

TEST(ValueSum, IsExact) {
    EXPECT_EQ(value_of(CorrelationType::value_sum, std::vector<std::string>(10, "0.1")), "1");
    EXPECT_EQ(value_of(CorrelationType::value_sum, {"18446744073709551615", "1"}),
              "18446744073709551616");
    EXPECT_EQ(value_of(CorrelationType::value_sum, {"99999999999999999999", "0.000000001"}),
              "99999999999999999999.000000001");
    EXPECT_EQ(value_of(CorrelationType::value_sum, {"5", "-7.5"}), "-2.5");
}

// A huge number that comes and goes must not leave an error behind.
TEST(ValueSum, AHugeNumberLeavesNoTrace) {
    Bench bench({metric(CorrelationType::value_sum, {{Operator::gte, 10}})});
    bench.found("transfer", 0, "-1e20");
    for (int i = 0; i < 10; ++i) bench.found("transfer", 1 + i, "1");
    EXPECT_TRUE(bench.fired().empty());
    bench.found("transfer", 3600.5, "0");
    EXPECT_THAT(bench.fired(), ElementsAre(3600));
}

TEST(ValueAvg, IsComparedWithoutRounding) {
    EXPECT_EQ(value_of(CorrelationType::value_avg, {"1", "2"}), "1.5");
    EXPECT_EQ(value_of(CorrelationType::value_avg, {"10", "0", "0"}), "3.333333333");
    Bench bench({metric(CorrelationType::value_avg, {{Operator::eq, 2}})});
    for (const char* value : {"1", "2", "3"}) bench.found("transfer", 1, value);
    bench.time(10'000);
    bench.time(20'000);
    EXPECT_EQ(bench.fired().size(), 1U);
}

TEST(ValueMedian, IsBetweenTheTwoInTheMiddle) {
    EXPECT_EQ(value_of(CorrelationType::value_median, {"9"}), "9");
    EXPECT_EQ(value_of(CorrelationType::value_median, {"9", "1"}), "5");
    EXPECT_EQ(value_of(CorrelationType::value_median, {"9", "1", "2"}), "2");
    EXPECT_EQ(value_of(CorrelationType::value_median, {"9", "1", "2", "100"}), "5.5");
    EXPECT_EQ(value_of(CorrelationType::value_median, {"2", "2", "2", "1"}), "2");
}

TEST(ValuePercentile, IsTheNearestRank) {
    const std::vector<std::string> ten = {"10", "9", "8", "7", "6", "5", "4", "3", "2", "1"};
    const auto at = [&](unsigned percentile) {
        return value_of(CorrelationType::value_percentile, ten, percentile);
    };
    EXPECT_EQ(at(0), "1");
    EXPECT_EQ(at(10), "1");
    EXPECT_EQ(at(11), "2");
    EXPECT_EQ(at(50), "5");
    EXPECT_EQ(at(90), "9");
    EXPECT_EQ(at(95), "10");
    EXPECT_EQ(at(100), "10");
    EXPECT_EQ(value_of(CorrelationType::value_percentile, {"7"}, 95), "7");
}

TEST(Metrics, TextsThatAreNumbersCount) {
    EXPECT_EQ(value_of(CorrelationType::value_sum, {"1500", "1.5e3", "-0", "+1", "007"}), "3008");
}

TEST(Metrics, WhatIsNotANumberIsSkippedAndCounted) {
    Bench bench({metric(CorrelationType::value_avg, {{Operator::gte, 10}})});
    for (const char* value : {"n/a", "-", "1,000", "0x10", "NaN", "inf", "12 MB", "1e21"})
        bench.found("transfer", 1, value);
    EXPECT_EQ(bench.counters().findings_without_number, 8U);
    EXPECT_TRUE(bench.fired().empty());
    bench.found("transfer", 2);  // the field is absent
    EXPECT_EQ(bench.counters().findings_without_value_field, 1U);
    bench.found("transfer", 3, "10");
    EXPECT_EQ(bench.fired().size(), 1U) << "an average of one";
}

TEST(Metrics, WithoutAnyNumberThereIsNoWindowToDecide) {
    for (const Operator op : {Operator::lt, Operator::lte, Operator::eq, Operator::neq}) {
        Bench bench({metric(CorrelationType::value_sum, {{op, op == Operator::neq ? 1 : 0}})});
        bench.found("transfer", 1, "none");
        bench.time(10'000);
        bench.time(20'000);
        EXPECT_TRUE(bench.fired().empty());
    }
}

TEST(Metrics, AFractionAsBound) {
    CorrelationRule half = metric(CorrelationType::value_avg, {});
    half.condition.bounds = {{Operator::gt, *Decimal::parse("0.5")}};
    Bench bench({half});
    bench.found("transfer", 1, "0.5");
    EXPECT_TRUE(bench.fired().empty());
    bench.found("transfer", 2, "0.500000001");
    EXPECT_EQ(bench.fired().size(), 1U);
}

TEST(Metrics, AnAliasMayNameTheField) {
    CorrelationRule both = metric(CorrelationType::value_sum, {{Operator::gte, 30}});
    both.rules = {"transfer", "upload"};
    both.condition.fields = {"size"};
    both.aliases["size"] = {{"transfer", "value"}, {"upload", "length"}};
    Bench bench({both});
    bench.found("transfer", 1, "10");
    bench.correlator->on_finding(finding("upload", 2, {{"src_ip", "192.0.2.1"}, {"length", "20"}}));
    EXPECT_EQ(bench.fired().size(), 1U);
}

}  // namespace
}  // namespace persandian::correlation::test
