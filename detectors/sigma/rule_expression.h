// SPDX-License-Identifier: Apache-2.0
//
// "rule_a and (rule_b or rule_c) and not rule_d": a boolean condition of a temporal correlation.
// Precedence: or < and < not < parentheses. Names are letters, digits and _, so ids do not serve.
#pragma once

#include <optional>
#include <vector>

#include "detectors/sigma/ast.h"
#include "detectors/sigma/problems.h"

namespace persandian::sigma {

/// Reads the text of `node`. `named` gets each different name once, in the order of appearance; the
/// expression's leaves are indexes in it. nullopt when refused.
[[nodiscard]] std::optional<RuleExpression> parse_rule_expression(
    const yaml::Node& node, std::vector<CorrelationAst::Named>& named, Problems& problems);

}  // namespace persandian::sigma
