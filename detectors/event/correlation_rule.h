// SPDX-License-Identifier: Apache-2.0
//
// CorrelationRule: the definition of a Sigma correlation, a noun that the rule loader makes and the
// correlation room runs. Source: Sigma correlation rules specification 2.1.0; value_median, the
// percentile key and boolean conditions as pySigma has them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "detectors/base/timestamp.h"
#include "detectors/event/decimal.h"
#include "detectors/event/finding.h"

namespace persandian {

/// Correlations of correlations: longer chains are refused.
inline constexpr std::size_t max_correlation_depth = 16;

enum class CorrelationType : std::uint8_t {
    event_count,
    value_count,
    temporal,
    temporal_ordered,
    value_sum,
    value_avg,
    value_percentile,
    value_median
};

/// "event_count" … Static storage.
[[nodiscard]] std::string_view to_string(CorrelationType type);
[[nodiscard]] constexpr bool is_temporal(CorrelationType type) {
    return type == CorrelationType::temporal || type == CorrelationType::temporal_ordered;
}
/// Whether the type calculates with the numbers in a field.
[[nodiscard]] constexpr bool is_metric(CorrelationType type) {
    return type >= CorrelationType::value_sum;
}

/// A boolean condition over the rules of a temporal correlation: "a and (b or c) and not d".
struct RuleExpression {
    enum class Kind : std::uint8_t { rule, all_of, any_of, negation };
    Kind kind = Kind::rule;
    std::size_t rule = 0;  ///< index in CorrelationRule::rules
    std::vector<RuleExpression> children;
};

/// By index in CorrelationRule::rules: whether the rule stands in the expression under an even
/// number of negations, so that it must (or may) be there.
[[nodiscard]] std::vector<bool> wanted_rules(const RuleExpression& expression,
                                             std::size_t rule_count);
[[nodiscard]] bool has_negation(const RuleExpression& expression);

/// `gte: 10`, or two bounds together (`gt: 10, lte: 20`), every one of which must hold; or, for
/// temporal correlations, an expression.
struct CorrelationCondition {
    enum class Operator : std::uint8_t { gt, gte, lt, lte, eq, neq };
    struct Bound {
        Operator op = Operator::gte;
        Decimal value = 1;
    };
    std::vector<Bound> bounds;        ///< empty: all rules of a temporal correlation, or expression
    std::vector<std::string> fields;  ///< value_count: whose distinct tuples are counted;
                                      ///< metrics: the one field whose numbers are taken
    unsigned percentile = 0;          ///< value_percentile only: 0 … 100
    std::optional<RuleExpression> expression;
};

/// "gt" … "neq". Static storage.
[[nodiscard]] std::string_view to_string(CorrelationCondition::Operator op);

struct CorrelationRule {
    RuleReference rule;
    CorrelationType type = CorrelationType::event_count;
    std::vector<std::string> rules;  ///< ids of the rules (or correlations) it refers to, resolved
    std::vector<std::string> group_by;  ///< field names or aliases
    /// alias → (rule id → field name); a rule that an alias leaves out has the field under the
    /// alias's own name
    std::map<std::string, std::map<std::string, std::string>> aliases;
    Duration timespan;
    CorrelationCondition condition;
    bool alert = true;  ///< false when it only feeds another correlation
    /// Field names of rules' vocabulary → names in our events, per referred rule id; a name that is
    /// not listed stands for itself.
    std::map<std::string, std::map<std::string, std::string>> field_names;
};

}  // namespace persandian
