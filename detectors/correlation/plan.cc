// SPDX-License-Identifier: Apache-2.0
#include "detectors/correlation/plan.h"

#include <algorithm>
#include <set>

namespace persandian::correlation {
namespace {

using Operator = CorrelationCondition::Operator;

bool only_needs_enough(Operator op) {
    return op == Operator::gt || op == Operator::gte;
}

bool holds(const CorrelationCondition::Bound& bound, const Measure& measure) {
    const Int128 limit = bound.value.billionths * measure.divisor;
    switch (bound.op) {
        case Operator::gt:
            return measure.billionths > limit;
        case Operator::gte:
            return measure.billionths >= limit;
        case Operator::lt:
            return measure.billionths < limit;
        case Operator::lte:
            return measure.billionths <= limit;
        case Operator::eq:
            return measure.billionths == limit;
        case Operator::neq:
            return measure.billionths != limit;
    }
    return false;
}

Timing timing_of(const CorrelationCondition& condition) {
    if (condition.expression)
        return has_negation(*condition.expression) ? Timing::forward : Timing::at_once;
    const bool enough = std::all_of(condition.bounds.begin(), condition.bounds.end(),
                                    [](const auto& bound) { return only_needs_enough(bound.op); });
    return enough ? Timing::at_once : Timing::at_close;
}

}  // namespace

Plan::Plan(CorrelationRule definition) : rule(std::move(definition)) {
    timing = timing_of(rule.condition);
    const std::vector<std::string>& names = rule.rules;
    lanes.assign(names.size(), 0);
    const std::set<std::string> different(names.begin(), names.end());
    all_rules = rule.type == CorrelationType::temporal_ordered ? names.size() : different.size();
    if (!is_temporal(rule.type)) return;
    lane_count = names.size();
    for (std::size_t i = 0; i < names.size(); ++i)
        lanes[i] = static_cast<std::uint16_t>(std::find(names.begin(), names.end(), names[i]) -
                                              names.begin());
    if (timing != Timing::forward) return;
    opens.assign(lane_count, false);
    const std::vector<bool> wanted = wanted_rules(*rule.condition.expression, names.size());
    for (std::size_t i = 0; i < names.size(); ++i)
        if (wanted[i]) opens[lanes[i]] = true;
}

bool Plan::holds(const Measure& measure) const {
    const auto& bounds = rule.condition.bounds;
    if (bounds.empty())
        return measure.billionths >= Decimal(static_cast<std::int64_t>(all_rules)).billionths;
    return std::all_of(bounds.begin(), bounds.end(),
                       [&](const auto& bound) { return correlation::holds(bound, measure); });
}

}  // namespace persandian::correlation
