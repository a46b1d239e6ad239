// SPDX-License-Identifier: Apache-2.0
//
// Small builders for correlation tests.
#pragma once

#include <memory>
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

/// A finding of rule `rule` from one source address, with a field "value" when it is not empty.
inline Finding from(const std::string& source, const std::string& rule, double seconds,
                    const std::string& value = "") {
    Finding out = finding(rule, seconds, {{"src_ip", source}});
    if (!value.empty()) out.fields.push_back({"value", value});
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

inline CorrelationRule brute_force() {
    return rule(CorrelationType::event_count, {"fail"}, 300, {{Operator::gte, 10}});
}

struct Bench {
    explicit Bench(std::vector<CorrelationRule> rules, const Limits& limits = {})
        : correlator(make_correlator(std::move(rules), out, limits)) {}
    void attempt(double seconds, const std::string& source, const std::string& user = "root") {
        correlator->on_finding(finding("fail", seconds, {{"src_ip", source}, {"user.name", user}}));
    }
    /// A finding of one and the same source.
    void found(const std::string& rule_id, double seconds, const std::string& value = "") {
        correlator->on_finding(from("192.0.2.1", rule_id, seconds, value));
    }
    void time(std::int64_t seconds) { correlator->on_time(Timestamp::from_seconds(seconds)); }
    /// Seconds of the findings of the rule "corr".
    [[nodiscard]] std::vector<std::int64_t> fired() const {
        std::vector<std::int64_t> times;
        for (const Finding& f : out.of("corr")) times.push_back(f.time.ns / 1'000'000'000);
        return times;
    }
    [[nodiscard]] const Counters& counters() const { return correlator->counters(); }
    Collector out;
    std::unique_ptr<Correlator> correlator;
};

}  // namespace persandian::correlation::test
