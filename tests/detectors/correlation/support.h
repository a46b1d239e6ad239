// SPDX-License-Identifier: Apache-2.0
//
// Small builders for correlation tests.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "detectors/correlation/correlator.h"

namespace persandian::correlation::test {

struct Collector final : FindingSink {
    void on_finding(Finding finding) override { findings.push_back(std::move(finding)); }
    /// Findings of one rule only.
    [[nodiscard]] std::vector<Finding> of(const std::string& rule_id) const {
        std::vector<Finding> out;
        for (const Finding& finding : findings)
            if (finding.rule.id == rule_id) out.push_back(finding);
        return out;
    }
    std::vector<Finding> findings;
};

inline Finding finding(const std::string& rule, double seconds, std::vector<FindingField> fields) {
    static_assert(sizeof(double) == 8);
    Finding out;
    out.rule.id = rule;
    out.rule.title = "Title of " + rule;
    out.alert = false;
    out.time = {static_cast<std::int64_t>(seconds * 1e9)};
    out.event_type = "log";
    out.fields = std::move(fields);
    return out;
}

inline CorrelationRule rule(CorrelationType type, std::vector<std::string> rules,
                            std::int64_t timespan_seconds,
                            std::vector<CorrelationCondition::Bound> bounds,
                            std::vector<std::string> group_by = {"src_ip"}) {
    CorrelationRule out;
    out.rule.id = "corr";
    out.rule.title = "Correlation";
    out.rule.level = Level::high;
    out.type = type;
    out.rules = std::move(rules);
    out.group_by = std::move(group_by);
    out.timespan = Duration::seconds(timespan_seconds);
    out.condition.bounds = std::move(bounds);
    return out;
}

using Operator = CorrelationCondition::Operator;

}  // namespace persandian::correlation::test
