// SPDX-License-Identifier: Apache-2.0
//
// `condition:` of a rule to a tree. Precedence: or < and < not < "N of" < parentheses.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "detectors/sigma/ast.h"
#include "detectors/sigma/old_aggregation.h"
#include "detectors/sigma/problems.h"

namespace persandian::sigma {

/// Nesting of parentheses and "not" in one condition.
inline constexpr std::size_t max_condition_depth = 64;

/// Reads a condition (a text, or a list of texts that are joined by or). `used` gets one flag per
/// detection. `rule`: for the advice when the condition is of Sigma 1. nullopt when refused.
[[nodiscard]] std::optional<ConditionNode> parse_condition(const yaml::Node& node,
                                                           const std::vector<Detection>& detections,
                                                           std::vector<bool>& used,
                                                           Problems& problems,
                                                           const OldRule& rule = {});

/// Whether `name` fits `pattern`, in which `*` stands for any characters.
[[nodiscard]] bool fits_name(std::string_view pattern, std::string_view name);

}  // namespace persandian::sigma
