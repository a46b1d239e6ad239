// SPDX-License-Identifier: Apache-2.0
#include "detectors/suppression/suppressor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/detectors/suppression/support.h"

namespace persandian::suppression::test {
namespace {

struct Bench {
    explicit Bench(const std::string& text) { suppressor.use(plan(text).plan); }

    /// As the stage does, without a correlator in between: whether it reaches the incidents.
    bool shown(Finding finding) {
        if (suppressor.hides_from_correlations(finding)) return false;
        const std::size_t before = out.all.size();
        suppressor.on_finding(std::move(finding));
        return out.all.size() > before;
    }
    [[nodiscard]] EntryCount count(std::size_t entry = 0) const {
        return suppressor.counts().at(entry);
    }

    Findings out;
    Suppressor suppressor{out};
};

std::string suppression(const std::string& keys) {
    return "suppressions:\n  - {" + keys + ", " + common + "\n";
}

std::string throttle(const std::string& keys) {
    return "throttles:\n  - {" + keys + ", " + common + "\n";
}

TEST(Suppressor, HidesAndCounts) {
    Bench bench(suppression("rule: upload, fields: {src_ip: 10.0.0.1}"));
    EXPECT_FALSE(bench.shown(finding("22-bb", {{"src_ip", "10.0.0.1"}}, tenth)));
    EXPECT_FALSE(
        bench.shown(finding("22-bb", {{"src_ip", "10.0.0.1"}}, tenth - Duration::hours(1))));
    EXPECT_TRUE(bench.shown(finding("22-bb", {{"src_ip", "10.0.0.2"}})));
    EXPECT_TRUE(bench.shown(finding("22-bb", {})));  // what is not there cannot fit
    EXPECT_TRUE(bench.shown(finding("11-aa", {{"src_ip", "10.0.0.1"}})));
    EXPECT_EQ(bench.count().hidden, 2U);
    EXPECT_EQ(bench.count().last_hidden, tenth);
    EXPECT_EQ(bench.suppressor.hidden(), 2U);
}

TEST(Suppressor, AllFieldsMustFit) {
    Bench bench(suppression("rule: upload, fields: {src_ip: 10.0.0.1, user.name: [a, b]}"));
    EXPECT_FALSE(bench.shown(finding("22-bb", {{"src_ip", "10.0.0.1"}, {"user.name", "B"}})));
    EXPECT_TRUE(bench.shown(finding("22-bb", {{"src_ip", "10.0.0.1"}, {"user.name", "c"}})));
}

TEST(Suppressor, EveryValueOfAFieldMustFit) {
    Bench bench(suppression("rule: upload, fields: {dest_ip|cidr: 10.0.0.0/8}"));
    EXPECT_FALSE(bench.shown(finding("22-bb", {{"dest_ip", "10.0.0.1"}, {"dest_ip", "10.9.0.1"}})));
    EXPECT_TRUE(
        bench.shown(finding("22-bb", {{"dest_ip", "10.0.0.1"}, {"dest_ip", "203.0.113.1"}})));
}

TEST(Suppressor, FieldsGoByTheRulesNames) {
    Bench bench(suppression("rule: upload, fields: {c-ip: 10.0.0.1}"));
    EXPECT_FALSE(bench.shown(finding("22-bb", {{"src_ip", "10.0.0.1"}})));
}

TEST(Suppressor, EventTimeDecidesWhetherItIsInForce) {
    Bench bench(suppression("rule: upload"));
    const Timestamp first = Timestamp::from_seconds(1'793'491'200);  // 2026-11-01
    const Timestamp past = first + Duration::hours(24 * 30);
    EXPECT_TRUE(bench.shown(finding("22-bb", {}, first - Duration{1})));
    EXPECT_FALSE(bench.shown(finding("22-bb", {}, first)));
    EXPECT_FALSE(bench.shown(finding("22-bb", {}, past - Duration{1})));
    EXPECT_TRUE(bench.shown(finding("22-bb", {}, past)));
    EXPECT_EQ(bench.count().hidden, 2U);
    EXPECT_EQ(bench.count().after_expiry, 1U);
}

TEST(Suppressor, CorrelationsCountWhatIsHiddenUnlessToldOtherwise) {
    Bench alerts_only(suppression("rule: login_failure"));
    EXPECT_FALSE(alerts_only.suppressor.hides_from_correlations(finding("11-aa", {})));
    EXPECT_EQ(alerts_only.count().hidden, 0U);
    Bench everything(suppression("rule: login_failure, also_correlations: true"));
    EXPECT_TRUE(everything.suppressor.hides_from_correlations(finding("11-aa", {})));
    EXPECT_EQ(everything.count().hidden, 1U);
}

TEST(Suppressor, WhatAnEarlierRunCountedIsHiddenAndNotCountedAgain) {
    Bench bench(suppression("rule: login_failure, also_correlations: true"));
    EXPECT_TRUE(bench.suppressor.has_hidden_from_correlations(finding("11-aa", {})));
    EXPECT_FALSE(bench.suppressor.has_hidden_from_correlations(finding("22-bb", {})));
    EXPECT_EQ(bench.count().hidden, 0U);
    Bench alerts_only(suppression("rule: login_failure"));
    EXPECT_FALSE(alerts_only.suppressor.has_hidden_from_correlations(finding("11-aa", {})));
}

TEST(Suppressor, ACorrelationIsJudgedByItsGroup) {
    Bench bench(suppression("rule: brute_force, fields: {src_ip: 10.0.0.1}"));
    Finding grouped = finding("33-cc", {{"src_ip", "10.0.0.1"}, {"client", "10.0.0.1"}});
    grouped.group_fields = 1;
    EXPECT_FALSE(bench.shown(grouped));
    Finding sampled = finding("33-cc", {{"src_ip", "10.0.0.2"}, {"src_ip", "10.0.0.1"}});
    sampled.group_fields = 1;
    EXPECT_TRUE(bench.shown(sampled));
}

TEST(Suppressor, FieldsOfACorrelationsSamplesHideNothing) {
    Bench bench(suppression("rule: '33*', fields: {user.name: backup}"));
    Finding found = finding("33-cc", {{"client", "10.0.0.1"}, {"user.name", "backup"}});
    found.group_fields = 1;
    EXPECT_TRUE(bench.shown(found));
}

TEST(Suppressor, AThrottleLetsTheFirstPassPerKeyAndRule) {
    Bench bench(throttle("rule: [upload, login_failure], key: src_ip, limit: 1, window: 1h"));
    EXPECT_TRUE(bench.shown(finding("22-bb", {{"src_ip", "10.0.0.1"}})));
    EXPECT_FALSE(bench.shown(finding("22-bb", {{"src_ip", "10.0.0.1"}})));
    EXPECT_TRUE(bench.shown(finding("22-bb", {{"src_ip", "10.0.0.2"}})));
    EXPECT_TRUE(bench.shown(finding("11-aa", {{"src_ip", "10.0.0.1"}})));
    EXPECT_TRUE(bench.shown(finding("22-bb", {})));  // no key: never throttled
    EXPECT_TRUE(bench.shown(finding("22-bb", {})));
    EXPECT_TRUE(
        bench.shown(finding("22-bb", {{"src_ip", "10.0.0.1"}}, tenth + Duration::hours(1))));
    EXPECT_EQ(bench.count().hidden, 1U);
}

TEST(Suppressor, AnotherTimeBeginsNewWindows) {
    Bench bench(throttle("rule: upload, key: src_ip, limit: 1, window: 1h"));
    EXPECT_TRUE(bench.shown(finding("22-bb", {{"src_ip", "10.0.0.1"}})));
    bench.suppressor.forget_windows();
    EXPECT_TRUE(bench.shown(finding("22-bb", {{"src_ip", "10.0.0.1"}})));
    EXPECT_FALSE(bench.shown(finding("22-bb", {{"src_ip", "10.0.0.1"}})));
    EXPECT_EQ(bench.count().hidden, 1U);
}

TEST(Suppressor, WhatIsHiddenDoesNotUseUpAThrottle) {
    Bench bench(throttle("rule: upload, key: src_ip, limit: 1, window: 1h") +
                suppression("rule: upload, fields: {user.name: backup}"));
    const std::vector<FindingField> backup = {{"src_ip", "10.0.0.1"}, {"user.name", "backup"}};
    EXPECT_FALSE(bench.shown(finding("22-bb", backup)));
    EXPECT_TRUE(bench.shown(finding("22-bb", {{"src_ip", "10.0.0.1"}})));
    EXPECT_FALSE(bench.shown(finding("22-bb", {{"src_ip", "10.0.0.1"}})));
    EXPECT_EQ(bench.count(0).hidden, 1U);  // suppressions of a file come first
    EXPECT_EQ(bench.count(1).hidden, 1U);
}

TEST(Suppressor, ForgottenKeysAreCounted) {
    Limits limits;
    limits.max_throttle_keys = 1;
    Findings out;
    Suppressor suppressor(out, limits);
    suppressor.use(plan(throttle("rule: upload, key: src_ip, limit: 1, window: 1h")).plan);
    for (const char* const address : {"10.0.0.1", "10.0.0.2", "10.0.0.1"})
        suppressor.on_finding(finding("22-bb", {{"src_ip", address}}));
    EXPECT_EQ(out.all.size(), 3U);
    EXPECT_EQ(suppressor.counts().at(0).evicted_keys, 2U);
}

TEST(Suppressor, WithoutAPlanEverythingPasses) {
    Bench bench(suppression("rule: upload"));
    EXPECT_FALSE(bench.shown(finding("22-bb", {})));
    bench.suppressor.use(nullptr);
    EXPECT_TRUE(bench.shown(finding("22-bb", {})));
    EXPECT_TRUE(bench.suppressor.counts().empty());
    EXPECT_EQ(bench.suppressor.hidden(), 0U);
}

}  // namespace
}  // namespace persandian::suppression::test
