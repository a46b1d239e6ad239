// SPDX-License-Identifier: Apache-2.0
#include "detectors/suppression/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/detectors/suppression/support.h"

namespace persandian::suppression::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> warnings_of(const std::string& entry) {
    std::vector<std::string> out;
    for (const Problem& warning : plan("suppressions:\n  - {" + entry + common + "\n").warnings)
        out.push_back(warning.to_string());
    return out;
}

std::vector<std::string> rules_of(const std::string& rule) {
    return plan("suppressions:\n  - {rule: " + rule + ", " + common + "\n").plan->rule_ids.at(0);
}

TEST(SuppressionPlan, RulesAreFoundByIdNameAndPattern) {
    EXPECT_THAT(rules_of("11-aa"), ElementsAre("11-aa"));
    EXPECT_THAT(rules_of("LOGIN_FAILURE"), ElementsAre("11-aa"));
    EXPECT_THAT(rules_of("[upload, 11-AA]"), ElementsAre("11-aa", "22-bb"));
    EXPECT_THAT(rules_of("'*-cc'"), ElementsAre("33-cc"));
    EXPECT_THAT(rules_of("'?\?-*'"), ElementsAre("11-aa", "22-bb", "33-cc"));
    EXPECT_THAT(rules_of("[upload, '22*']"), ElementsAre("22-bb"));
}

TEST(SuppressionPlan, UnknownRulesAreWarnedOf) {
    EXPECT_THAT(warnings_of("rule: uplaod, "),
                ElementsAre("q.yml:2:12: no rule has the id or name 'uplaod': this hides nothing; "
                            "did you mean 'upload'?"));
    EXPECT_THAT(warnings_of("rule: [upload, zzzzzz], "),
                ElementsAre("q.yml:2:21: no rule has the id or name 'zzzzzz': this hides nothing"));
    EXPECT_THAT(warnings_of("rule: 'dns_*', "),
                ElementsAre("q.yml:2:12: no rule's id or name fits 'dns_*': this hides nothing"));
    EXPECT_THAT(warnings_of("rule: 'up*', "), IsEmpty());
}

TEST(SuppressionPlan, FieldsNearToOursAreWarnedOf) {
    EXPECT_THAT(warnings_of("rule: upload, fields: {src_pi: 1}, "),
                ElementsAre("q.yml:2:29: no field of ours is called 'src_pi'; did you mean "
                            "'src_ip'?"));
    EXPECT_THAT(warnings_of("rule: upload, fields: {c-ip: 1, user.name: b, EventID: 4}, "),
                IsEmpty());
}

TEST(SuppressionPlan, WhatCannotHideACorrelationIsWarnedOf) {
    EXPECT_THAT(warnings_of("rule: brute_force, fields: {user.name: b}, "),
                ElementsAre("q.yml:2:34: the correlation 'brute_force' does not group by "
                            "'user.name', so this does not hide it; its group-by: client"));
    EXPECT_THAT(warnings_of("rule: brute_force, fields: {client: b}, "), IsEmpty());
    EXPECT_THAT(warnings_of("rule: brute_force, fields: {src_ip: b}, "), IsEmpty());
    EXPECT_THAT(warnings_of("rule: brute_force, also_correlations: yes, "),
                ElementsAre("q.yml:2:12: 'brute_force' is a correlation: 'also_correlations' has "
                            "an effect on the rules it counts, not on itself"));
}

TEST(SuppressionPlan, TooManyPairsAreRefused) {
    Limits limits;
    limits.max_pairs = 2;
    const PlanResult result =
        plan(std::string("suppressions:\n  - {rule: '?\?-*', ") + common + "\n", limits);
    EXPECT_EQ(result.plan, nullptr);
    ASSERT_EQ(result.problems.size(), 1U);
    EXPECT_EQ(result.problems[0].to_string(),
              "q.yml:2:5: up to here the entries speak of rules more than 2 times (max_pairs); "
              "write narrower patterns");
}

}  // namespace
}  // namespace persandian::suppression::test
