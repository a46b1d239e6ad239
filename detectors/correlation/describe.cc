// SPDX-License-Identifier: Apache-2.0
#include "detectors/correlation/describe.h"

#include <algorithm>

#include <fmt/format.h>

namespace persandian::correlation {
namespace {

constexpr std::size_t max_evidence = 5;

std::string joined(const std::vector<std::string>& parts, std::string_view separator) {
    std::string out;
    for (const std::string& part : parts) {
        if (!out.empty()) out += separator;
        out += part;
    }
    return out;
}

// "A and (B or C) and not D", with the rules' titles.
std::string expression_text(const RuleExpression& expression,
                            const std::vector<std::string>& titles, bool inside = false) {
    using Kind = RuleExpression::Kind;
    if (expression.kind == Kind::rule) return fmt::format("'{}'", titles[expression.rule]);
    if (expression.kind == Kind::negation)
        return "not " + expression_text(expression.children.front(), titles, true);
    std::vector<std::string> parts;
    for (const RuleExpression& child : expression.children)
        parts.push_back(expression_text(child, titles, true));
    const std::string text = joined(parts, expression.kind == Kind::all_of ? " and " : " or ");
    return inside ? "(" + text + ")" : text;
}

std::string condition_text(const Firing& firing) {
    const CorrelationCondition& condition = firing.rule.condition;
    if (condition.expression) return expression_text(*condition.expression, firing.titles);
    if (condition.bounds.empty()) return "all of them";
    std::vector<std::string> parts;
    for (const CorrelationCondition::Bound& bound : condition.bounds)
        parts.push_back(
            fmt::format("{} {}", to_string(bound.op), decimal_text(bound.value.billionths)));
    return joined(parts, ", ");
}

std::string measured_text(const Firing& firing) {
    const CorrelationRule& rule = firing.rule;
    const std::string titles = joined(firing.titles, ", ");
    const std::string fields = joined(rule.condition.fields, ", ");
    switch (rule.type) {
        case CorrelationType::event_count:
            return "count of findings of " + titles;
        case CorrelationType::value_count:
            return fmt::format("different values of {} in findings of {}", fields, titles);
        case CorrelationType::temporal:
            return "different rules found among " + titles;
        case CorrelationType::temporal_ordered:
            if (rule.condition.expression) return "different rules found among " + titles;
            return "steps found in order: " + joined(firing.titles, ", then ");
        case CorrelationType::value_sum:
            return fmt::format("sum of {} in findings of {}", fields, titles);
        case CorrelationType::value_avg:
            return fmt::format("average of {} in findings of {}", fields, titles);
        case CorrelationType::value_percentile:
            return fmt::format("percentile {} of {} in findings of {}", rule.condition.percentile,
                               fields, titles);
        case CorrelationType::value_median:
            break;
    }
    return fmt::format("median of {} in findings of {}", fields, titles);
}

std::string value_text(const Measure& measure) {
    return decimal_text(measure.billionths, measure.divisor);
}

std::string reason(const Firing& firing) {
    const CorrelationRule& rule = firing.rule;
    std::string out = fmt::format("{} = {} ({}) within {}", measured_text(firing),
                                  value_text(firing.verdict.measure), condition_text(firing),
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

// The kept findings of the window, latest first.
std::vector<const Finding*> samples_in(const Firing& firing) {
    std::vector<const Finding*> out;
    const auto& samples = firing.group.samples;
    for (auto sample = samples.rbegin(); sample != samples.rend(); ++sample)
        if (const Finding& kept = *sample->finding;
            firing.verdict.from <= kept.time && kept.time <= firing.verdict.to)
            out.push_back(&kept);
    return out;
}

void add_measure(Finding& out, const Firing& firing) {
    const Measure& measure = firing.verdict.measure;
    if (is_metric(firing.rule.type)) {
        add_field(out, "correlation.count", std::to_string(measure.findings));
        add_field(out, "correlation.value", value_text(measure));
    } else {
        add_field(out, "correlation.count", value_text(measure));
    }
    add_field(out, "correlation.first_seen", format_rfc3339_ns(measure.first));
    add_field(out, "correlation.last_seen", format_rfc3339_ns(measure.last));
    out.conditions.push_back(
        {"correlation", joined(firing.rule.group_by, ", "), reason(firing), value_text(measure)});
}

}  // namespace

std::string_view field_for(const CorrelationRule& rule, const std::string& rule_id,
                           const std::string& name) {
    const std::string* field = &name;
    if (const auto alias = rule.aliases.find(name); alias != rule.aliases.end()) {
        const auto of_rule = alias->second.find(rule_id);
        if (of_rule != alias->second.end()) field = &of_rule->second;
    }
    const auto names = rule.field_names.find(rule_id);
    if (names == rule.field_names.end()) return *field;
    const auto mapped = names->second.find(*field);
    return mapped == names->second.end() ? *field : mapped->second;
}

Finding make_finding(const Firing& firing) {
    Finding out;
    out.rule = firing.rule.rule;
    out.alert = firing.rule.alert;
    out.time = firing.verdict.to;
    out.event_type = "correlation";
    add_group_fields(out, firing);
    // an outer correlation may name the group by our own words
    for (std::size_t i = 0; i < firing.rule.group_by.size(); ++i)
        add_field(out, firing.rule.group_by[i], firing.group_values[i]);
    add_measure(out, firing);
    std::vector<const Finding*> samples = samples_in(firing);
    if (samples.empty()) return out;
    if (firing.brief) samples.resize(1);
    const Finding& last = *samples.front();
    out.event_type = last.event_type;
    out.source = last.source;
    out.sequence = last.sequence;
    for (const MatchedCondition& condition : last.conditions)
        if (out.conditions.size() < Finding::max_conditions) out.conditions.push_back(condition);
    for (const Finding* sample : samples)
        for (const FindingField& field : sample->fields) add_field(out, field.name, field.value);
    for (auto sample = samples.rbegin(); sample != samples.rend(); ++sample)
        for (const Evidence& evidence : (*sample)->evidence)
            if (out.evidence.size() < max_evidence) out.evidence.push_back(evidence);
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
