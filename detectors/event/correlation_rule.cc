// SPDX-License-Identifier: Apache-2.0
#include "detectors/event/correlation_rule.h"

#include <algorithm>
#include <array>

namespace persandian {
namespace {

void mark_wanted(const RuleExpression& expression, bool wanted, std::vector<bool>& out) {
    if (expression.kind == RuleExpression::Kind::rule) {
        if (wanted) out[expression.rule] = true;
        return;
    }
    const bool flips = expression.kind == RuleExpression::Kind::negation;
    for (const RuleExpression& child : expression.children)
        mark_wanted(child, wanted != flips, out);
}

}  // namespace

std::string_view to_string(CorrelationType type) {
    static constexpr std::array<std::string_view, 8> names = {
        "event_count", "value_count", "temporal",         "temporal_ordered",
        "value_sum",   "value_avg",   "value_percentile", "value_median"};
    return names[static_cast<std::size_t>(type)];
}

std::string_view to_string(CorrelationCondition::Operator op) {
    static constexpr std::array<std::string_view, 6> names = {"gt",  "gte", "lt",
                                                              "lte", "eq",  "neq"};
    return names[static_cast<std::size_t>(op)];
}

std::vector<bool> wanted_rules(const RuleExpression& expression, std::size_t rule_count) {
    std::vector<bool> out(rule_count, false);
    mark_wanted(expression, true, out);
    return out;
}

bool has_negation(const RuleExpression& expression) {
    return expression.kind == RuleExpression::Kind::negation ||
           std::any_of(expression.children.begin(), expression.children.end(), has_negation);
}

}  // namespace persandian
