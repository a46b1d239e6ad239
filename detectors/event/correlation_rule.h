// SPDX-License-Identifier: Apache-2.0
//
// CorrelationRule: the definition of a Sigma correlation, a noun that the rule loader makes and the
// correlation room runs. Source: Sigma correlation rules specification 2.1.0.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "detectors/base/timestamp.h"
#include "detectors/event/finding.h"

namespace persandian {

enum class CorrelationType : std::uint8_t { event_count, value_count, temporal, temporal_ordered };

/// `gte: 10`, or two bounds together (`gt: 10, lte: 20`); every given bound must hold.
struct CorrelationCondition {
    enum class Operator : std::uint8_t { gt, gte, lt, lte, eq, neq };
    struct Bound {
        Operator op = Operator::gte;
        std::int64_t value = 1;
    };
    std::vector<Bound> bounds;        ///< empty: all rules of a temporal correlation
    std::vector<std::string> fields;  ///< value_count: whose distinct tuples are counted
};

struct CorrelationRule {
    RuleReference rule;
    CorrelationType type = CorrelationType::event_count;
    std::vector<std::string> rules;  ///< ids of the rules (or correlations) it refers to, resolved
    std::vector<std::string> group_by;  ///< field names or aliases
    /// alias → (rule id → field name)
    std::map<std::string, std::map<std::string, std::string>> aliases;
    Duration timespan;
    CorrelationCondition condition;
    bool alert = true;  ///< false when it only feeds another correlation
    /// Field names of rules' vocabulary → names in our events, per referred rule id; a name that is
    /// not listed stands for itself.
    std::map<std::string, std::map<std::string, std::string>> field_names;
};

}  // namespace persandian
