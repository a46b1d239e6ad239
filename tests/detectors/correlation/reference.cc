// SPDX-License-Identifier: Apache-2.0
#include "tests/detectors/correlation/reference.h"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace persandian::correlation::test {
namespace {

using Operator = CorrelationCondition::Operator;
using Kind = RuleExpression::Kind;

bool says_not(const RuleExpression& expression) {
    if (expression.kind == Kind::negation) return true;
    for (const RuleExpression& child : expression.children)
        if (says_not(child)) return true;
    return false;
}

// Whether `rule` stands somewhere under an even number of negations.
bool stands_positive(const RuleExpression& expression, std::size_t rule, int negations) {
    if (expression.kind == Kind::rule) return expression.rule == rule && negations % 2 == 0;
    for (const RuleExpression& child : expression.children)
        if (stands_positive(child, rule, negations + (expression.kind == Kind::negation ? 1 : 0)))
            return true;
    return false;
}

bool compare(Operator op, std::int64_t left, std::int64_t right) {
    switch (op) {
        case Operator::gt:
            return left > right;
        case Operator::gte:
            return left >= right;
        case Operator::lt:
            return left < right;
        case Operator::lte:
            return left <= right;
        case Operator::eq:
            return left == right;
        case Operator::neq:
            return left != right;
    }
    return false;
}

std::optional<std::int64_t> hundredths_of(std::string_view text) {
    if (text.empty() || text.find_first_not_of("-.0123456789") != std::string_view::npos)
        return std::nullopt;
    return std::llround(std::stod(std::string(text)) * 100);
}

bool has(const Finding& finding, std::string_view name) {
    return std::any_of(finding.fields.begin(), finding.fields.end(),
                       [&](const FindingField& field) { return field.name == name; });
}

}  // namespace

bool Reference::reads(const std::string& rule_id) const {
    return std::find(rule_.rules.begin(), rule_.rules.end(), rule_id) != rule_.rules.end();
}

bool Reference::is_forward() const {
    return rule_.condition.expression && says_not(*rule_.condition.expression);
}

bool Reference::waits_for_close() const {
    if (rule_.condition.expression) return false;
    return std::any_of(
        rule_.condition.bounds.begin(), rule_.condition.bounds.end(),
        [](const auto& bound) { return bound.op != Operator::gt && bound.op != Operator::gte; });
}

bool Reference::opens(const std::string& rule_id) const {
    for (std::size_t i = 0; i < rule_.rules.size(); ++i)
        if (rule_.rules[i] == rule_id && stands_positive(*rule_.condition.expression, i, 0))
            return true;
    return false;
}

bool Reference::is_before(const Kept* a, const Kept* b) {
    return std::tie(a->finding.time, a->finding.source, a->finding.sequence, a->arrival) <
           std::tie(b->finding.time, b->finding.source, b->finding.sequence, b->arrival);
}

Reference::Window Reference::between(const GroupHistory& group, Timestamp from, Timestamp to) {
    Window out;
    for (const Kept& kept : group.all)
        if (from <= kept.finding.time && kept.finding.time <= to) out.push_back(&kept);
    std::sort(out.begin(), out.end(), is_before);
    return out;
}

// The finding whose window waits to be decided first; null pointer when none waits.
const Reference::Kept* Reference::first_open(const GroupHistory& group) const {
    const Kept* first = nullptr;
    for (const Kept& kept : group.all) {
        if (group.decided && kept.finding.time <= *group.decided) continue;
        if (is_forward() && !opens(kept.finding.rule.id)) continue;
        if (first == nullptr || is_before(&kept, first)) first = &kept;
    }
    return first;
}

bool Reference::bounds_hold(std::int64_t hundredths, std::int64_t divisor) const {
    for (const CorrelationCondition::Bound& bound : rule_.condition.bounds) {
        const auto limit = static_cast<std::int64_t>(bound.value.billionths / 10'000'000);
        if (!compare(bound.op, hundredths, limit * divisor)) return false;
    }
    return true;
}

Reference::Measured Reference::measure_numbers(const Window& window) const {
    std::vector<std::int64_t> numbers;
    for (const Kept* kept : window)
        numbers.push_back(*hundredths_of(kept->finding.value_of("value")));
    std::sort(numbers.begin(), numbers.end());
    std::int64_t top = 0;
    std::int64_t divisor = 1;
    const std::size_t n = numbers.size();
    if (rule_.type == CorrelationType::value_sum || rule_.type == CorrelationType::value_avg) {
        for (const std::int64_t number : numbers) top += number;
        if (rule_.type == CorrelationType::value_avg) divisor = static_cast<std::int64_t>(n);
    } else if (rule_.type == CorrelationType::value_median) {
        top = numbers[(n - 1) / 2] + numbers[n / 2];
        divisor = 2;
    } else {
        // the smallest number such that enough numbers are not larger
        for (const std::int64_t number : numbers) {
            const auto not_larger = static_cast<std::size_t>(
                std::count_if(numbers.begin(), numbers.end(),
                              [&](std::int64_t other) { return other <= number; }));
            top = number;
            if (not_larger * 100 >= n * rule_.condition.percentile) break;
        }
    }
    return {bounds_hold(top, divisor),
            static_cast<double>(top) / 100 / static_cast<double>(divisor)};
}

// Longest common subsequence of the steps and of what was found.
std::int64_t Reference::longest_in_order(const Window& window) const {
    std::vector<std::vector<std::int64_t>> longest(
        window.size() + 1, std::vector<std::int64_t>(rule_.rules.size() + 1, 0));
    for (std::size_t i = 1; i <= window.size(); ++i)
        for (std::size_t j = 1; j <= rule_.rules.size(); ++j)
            longest[i][j] = window[i - 1]->finding.rule.id == rule_.rules[j - 1]
                                ? longest[i - 1][j - 1] + 1
                                : std::max(longest[i - 1][j], longest[i][j - 1]);
    return longest[window.size()][rule_.rules.size()];
}

bool Reference::holds_in_any_order(const RuleExpression& expression,
                                   const std::set<std::string>& found) const {
    if (expression.kind == Kind::rule) return found.contains(rule_.rules[expression.rule]);
    if (expression.kind == Kind::negation)
        return !holds_in_any_order(expression.children[0], found);
    std::size_t held = 0;
    for (const RuleExpression& child : expression.children)
        if (holds_in_any_order(child, found)) ++held;
    return expression.kind == Kind::any_of ? held > 0 : held == expression.children.size();
}

// All places in the window at which the expression may be met, beginning after `after`.
std::set<int> Reference::ends(const RuleExpression& expression, const Window& window,
                              int after) const {
    std::set<int> out;
    if (expression.kind == Kind::rule) {
        for (int i = after + 1; i < static_cast<int>(window.size()); ++i)
            if (window[static_cast<std::size_t>(i)]->finding.rule.id ==
                rule_.rules[expression.rule])
                out.insert(i);
    } else if (expression.kind == Kind::negation) {
        if (ends(expression.children[0], window, -1).empty()) out.insert(after);
    } else if (expression.kind == Kind::any_of) {
        for (const RuleExpression& child : expression.children)
            out.merge(ends(child, window, after));
    } else {
        out.insert(after);
        for (const RuleExpression& child : expression.children) {
            std::set<int> next;
            for (const int place : out) next.merge(ends(child, window, place));
            out = std::move(next);
        }
    }
    return out;
}

Reference::Measured Reference::measure(const Window& window) const {
    if (window.empty()) return {};
    if (is_metric(rule_.type)) return measure_numbers(window);
    std::set<std::string> rules;
    std::set<std::string> values;
    for (const Kept* kept : window) {
        rules.insert(kept->finding.rule.id);
        values.insert(std::string(kept->finding.value_of("value")));
    }
    const auto found = static_cast<std::int64_t>(rules.size());
    if (rule_.condition.expression) {
        const RuleExpression& expression = *rule_.condition.expression;
        const bool holds = rule_.type == CorrelationType::temporal
                               ? holds_in_any_order(expression, rules)
                               : !ends(expression, window, -1).empty();
        return {holds, static_cast<double>(found)};
    }
    std::int64_t count = 0;
    if (rule_.type == CorrelationType::event_count)
        count = static_cast<std::int64_t>(window.size());
    if (rule_.type == CorrelationType::value_count)
        count = static_cast<std::int64_t>(values.size());
    if (rule_.type == CorrelationType::temporal) count = found;
    if (rule_.type == CorrelationType::temporal_ordered) count = longest_in_order(window);
    if (!rule_.condition.bounds.empty())
        return {bounds_hold(count * 100, 1), static_cast<double>(count)};
    const std::set<std::string> listed(rule_.rules.begin(), rule_.rules.end());
    const std::size_t all =
        rule_.type == CorrelationType::temporal ? listed.size() : rule_.rules.size();
    return {count == static_cast<std::int64_t>(all), static_cast<double>(count)};
}

void Reference::decide(const std::string& name, GroupHistory& group, std::vector<Outcome>& out) {
    const Timestamp from = first_open(group)->finding.time;
    const Timestamp to = from + rule_.timespan;
    const Measured measured = measure(between(group, from, to));
    group.decided = is_forward() && !measured.holds ? from : to;
    if (measured.holds) out.push_back({true, to, name, measured.value});
    if (const Kept* const next = first_open(group)) group.opened = next->arrived;
}

std::vector<Reference::Outcome> Reference::pass_time(Timestamp now) {
    now_ = now;
    std::vector<Outcome> out;
    for (auto at = groups_.begin(); at != groups_.end();) {
        GroupHistory& group = at->second;
        while ((waits_for_close() || is_forward()) && first_open(group) != nullptr &&
               group.opened < now_ - rule_.timespan)
            decide(at->first, group, out);
        const bool idle = group.touched < now_ - Duration{2 * rule_.timespan.ns};
        at = idle ? groups_.erase(at) : std::next(at);
    }
    return out;
}

std::vector<Reference::Outcome> Reference::on_time(Timestamp now) {
    has_clock_ = true;
    return now_ < now ? pass_time(now) : std::vector<Outcome>();
}

std::vector<Reference::Outcome> Reference::on_finding(const Finding& finding) {
    std::vector<Outcome> out;
    if (!has_clock_ && now_ < finding.time) out = pass_time(finding.time);
    if (!reads(finding.rule.id) || !has(finding, "src_ip")) return out;
    const bool counts_values = rule_.type == CorrelationType::value_count || is_metric(rule_.type);
    if (counts_values && !has(finding, "value")) return out;
    if (is_metric(rule_.type) && !hundredths_of(finding.value_of("value"))) return out;

    const std::string name(finding.value_of("src_ip"));
    GroupHistory& group = groups_[name];
    if (group.newest && finding.time < *group.newest - rule_.timespan) return out;
    if (waits_for_close() && group.decided && finding.time <= *group.decided) return out;
    const bool waits = waits_for_close() || is_forward();
    const Kept* const before = waits ? first_open(group) : nullptr;
    group.newest = group.newest ? std::max(*group.newest, finding.time) : finding.time;
    group.touched = now_;
    group.all.push_back({finding, ++arrivals_, now_});

    if (waits) {
        const Kept* const first = first_open(group);
        // a window begins to wait when its first finding comes; closing ones keep their beginning
        // when an earlier finding moves them
        if (first != nullptr && (before == nullptr || (is_forward() && first != before)))
            group.opened = first->arrived;
        while (first_open(group) != nullptr &&
               first_open(group)->finding.time + rule_.timespan < *group.newest)
            decide(name, group, out);
        return out;
    }
    const Measured measured =
        measure(between(group, *group.newest - rule_.timespan, *group.newest));
    if (!measured.holds) return out;
    const bool fires = !group.decided || *group.decided < *group.newest;
    if (fires) group.decided = *group.newest + rule_.timespan;
    out.push_back({fires, *group.newest, name, measured.value});
    return out;
}

}  // namespace persandian::correlation::test
