// SPDX-License-Identifier: Apache-2.0
//
// Conditions of temporal correlations over kept findings: expressions, and steps in order. Two
// steps are never met by one finding: each must come strictly after the one before.
#pragma once

#include <functional>
#include <vector>

#include "detectors/correlation/contents.h"

namespace persandian::correlation {

/// Whether the expression holds, given which rules were found.
[[nodiscard]] bool holds(const RuleExpression& expression,
                         const std::function<bool(std::size_t rule)>& found);

/// `lanes`: one per step. How many steps are met in order, from the first step on.
[[nodiscard]] std::size_t steps_from_the_first(const std::vector<const Contents::Lane*>& lanes);

/// The most steps that are met in order, whichever are left out.
[[nodiscard]] std::size_t most_steps(const std::vector<const Contents::Lane*>& lanes);

/// `lanes`: one per rule. Whether the expression holds between `from` and `to`, where the parts of
/// an "and" must come one after the other as they are written, and what stands under "not" must
/// not be found at all.
[[nodiscard]] bool holds_in_order(const RuleExpression& expression,
                                  const std::vector<const Contents::Lane*>& lanes, Timestamp from,
                                  Timestamp to);

}  // namespace persandian::correlation
