// SPDX-License-Identifier: Apache-2.0
//
// Plan: suppressions brought together with the rules that are loaded: which entry speaks of which
// rule, and what its fields are called in that rule's findings. Names that nobody knows become
// warnings.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "detectors/suppression/suppression.h"

namespace persandian::suppression {

/// Names in findings that stand for a field as rules know it: the first group of which a name is
/// present gives the values, those of all its names.
using FieldNames = std::vector<std::vector<std::string>>;

/// What this room must know of a rule.
struct KnownRule {
    std::string id;    ///< as findings carry it
    std::string name;  ///< may be empty
    bool is_correlation = false;
    /// Correlations: one per group-by, each with all names it goes by, as written first.
    std::vector<std::vector<std::string>> group_by;
};

struct RuleCatalog {
    std::vector<KnownRule> rules;
    /// For detection rules.
    std::function<FieldNames(const std::string& rule_id, const std::string& field)> field_names;
    /// Fields that events have, for finding typing mistakes. Others may exist (JSON logs).
    std::vector<std::string_view> known_fields;
};

/// Where the values of a field stand in the findings of one rule.
struct PlannedField {
    FieldNames names;                  ///< detection rules
    std::optional<std::size_t> group;  ///< correlations: its place in the group-by; none: nowhere
};

/// An entry as it applies to one rule.
struct PlannedEntry {
    std::size_t entry = 0;  ///< index in Plan::entries
    bool is_correlation = false;
    std::vector<PlannedField> fields;  ///< one per field test
    std::vector<PlannedField> key;     ///< one per key of the throttle
};

/// Immutable.
struct Plan {
    std::vector<ReadFile> files;
    std::vector<Entry> entries;
    std::vector<std::vector<std::string>> rule_ids;  ///< per entry: the rules it speaks of, sorted
    /// By rule id: suppressions, then throttles, each in order; what is hidden anyway must not use
    /// up a throttle's limit.
    std::unordered_map<std::string, std::vector<PlannedEntry>> by_rule;
};

struct PlanResult {
    std::shared_ptr<const Plan> plan;  ///< null when there are problems
    std::vector<Problem> problems;     ///< a limit is exceeded
    std::vector<Problem> warnings;     ///< names that no rule, no field has; entries without effect
};

[[nodiscard]] PlanResult make_plan(Suppressions suppressions, const RuleCatalog& catalog,
                                   const Limits& limits = {});

}  // namespace persandian::suppression
