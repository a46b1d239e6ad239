// SPDX-License-Identifier: Apache-2.0
#include "detectors/correlation/describe.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace persandian::correlation {
namespace {

constexpr std::size_t max_evidence = 5;

std::string_view word(CorrelationCondition::Operator op) {
    static constexpr std::array<std::string_view, 6> words = {"gt",  "gte", "lt",
                                                              "lte", "eq",  "neq"};
    return words[static_cast<std::size_t>(op)];
}

std::string joined(const std::vector<std::string>& parts, std::string_view separator) {
    std::string out;
    for (const std::string& part : parts) {
        if (!out.empty()) out += separator;
        out += part;
    }
    return out;
}

std::string bounds_text(const CorrelationRule& rule) {
    if (rule.condition.bounds.empty()) return "all of them";
    std::string out;
    for (const CorrelationCondition::Bound& bound : rule.condition.bounds) {
        if (!out.empty()) out += ", ";
        out += fmt::format("{} {}", word(bound.op), bound.value);
    }
    return out;
}

std::string reason(const Firing& firing) {
    const CorrelationRule& rule = firing.rule;
    std::string what;
    switch (rule.type) {
        case CorrelationType::event_count:
            what = "count of findings of " + joined(firing.titles, ", ");
            break;
        case CorrelationType::value_count:
            what = fmt::format("different values of {} in findings of {}",
                               joined(rule.condition.fields, ", "), joined(firing.titles, ", "));
            break;
        case CorrelationType::temporal:
            what = "different rules found among " + joined(firing.titles, ", ");
            break;
        case CorrelationType::temporal_ordered:
            what = "steps found in order: " + joined(firing.titles, ", then ");
            break;
    }
    std::string out = fmt::format("{} = {} ({}) within {}", what, firing.count, bounds_text(rule),
                                  timespan_text(rule.timespan));
    if (!rule.group_by.empty()) out += " by " + joined(rule.group_by, ", ");
    return out;
}

// The one event field behind a group-by name, when all rules agree on it; else the name as written.
std::string common_name(const CorrelationRule& rule, const std::string& name) {
    std::string_view common;
    for (const std::string& id : rule.rules) {
        const std::string_view field = field_for(rule, id, name);
        if (common.empty()) common = field;
        if (field != common) return name;
    }
    return std::string(common.empty() ? std::string_view(name) : common);
}

void add_field(Finding& out, std::string_view name, std::string_view value) {
    if (out.fields.size() >= Finding::max_fields) return;
    const auto same = [&](const FindingField& f) { return f.name == name && f.value == value; };
    if (std::any_of(out.fields.begin(), out.fields.end(), same)) return;
    out.fields.push_back(
        {std::string(name), std::string(value.substr(0, Finding::max_value_bytes))});
}

void add_group_fields(Finding& out, const Firing& firing) {
    for (std::size_t i = 0; i < firing.rule.group_by.size(); ++i)
        out.fields.push_back({common_name(firing.rule, firing.rule.group_by[i]),
                              firing.group_values[i].substr(0, Finding::max_value_bytes)});
    out.group_fields = out.fields.size();
}

void add_evidence(Finding& out, const std::vector<Finding>& samples) {
    for (const Finding& sample : samples)
        for (const Evidence& evidence : sample.evidence)
            if (out.evidence.size() < max_evidence) out.evidence.push_back(evidence);
}

}  // namespace

std::string_view field_for(const CorrelationRule& rule, const std::string& rule_id,
                           const std::string& name) {
    const std::string* field = &name;
    if (const auto alias = rule.aliases.find(name); alias != rule.aliases.end()) {
        const auto of_rule = alias->second.find(rule_id);
        if (of_rule == alias->second.end()) return {};
        field = &of_rule->second;
    }
    const auto names = rule.field_names.find(rule_id);
    if (names == rule.field_names.end()) return *field;
    const auto mapped = names->second.find(*field);
    return mapped == names->second.end() ? *field : mapped->second;
}

Finding make_finding(const Firing& firing) {
    const Group& group = firing.group;
    Finding out;
    out.rule = firing.rule.rule;
    out.alert = firing.rule.alert;
    out.time = firing.time;
    out.event_type = "correlation";
    add_group_fields(out, firing);
    // an outer correlation may name the group by our own words
    for (std::size_t i = 0; i < firing.rule.group_by.size(); ++i)
        add_field(out, firing.rule.group_by[i], firing.group_values[i]);
    add_field(out, "correlation.count", std::to_string(firing.count));
    if (!group.empty()) {
        add_field(out, "correlation.first_seen", format_rfc3339_ns(group.oldest()));
        add_field(out, "correlation.last_seen", format_rfc3339_ns(group.newest()));
    }
    out.conditions.push_back({"correlation", joined(firing.rule.group_by, ", "), reason(firing),
                              std::to_string(firing.count)});
    if (group.samples.empty()) return out;
    const Finding& last = group.samples.back();
    out.event_type = last.event_type;
    out.source = last.source;
    out.sequence = last.sequence;
    for (const MatchedCondition& condition : last.conditions)
        if (out.conditions.size() < Finding::max_conditions) out.conditions.push_back(condition);
    for (auto sample = group.samples.rbegin(); sample != group.samples.rend(); ++sample)
        for (const FindingField& field : sample->fields) add_field(out, field.name, field.value);
    add_evidence(out, group.samples);
    return out;
}

std::string timespan_text(Duration timespan) {
    const std::int64_t seconds = timespan.ns / 1'000'000'000;
    if (seconds * 1'000'000'000 != timespan.ns) return fmt::format("{}ms", timespan.ns / 1'000'000);
    if (seconds % 86'400 == 0 && seconds > 0) return fmt::format("{}d", seconds / 86'400);
    if (seconds % 3'600 == 0 && seconds > 0) return fmt::format("{}h", seconds / 3'600);
    if (seconds % 60 == 0 && seconds > 0) return fmt::format("{}m", seconds / 60);
    return fmt::format("{}s", seconds);
}

}  // namespace persandian::correlation
