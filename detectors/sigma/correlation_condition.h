// SPDX-License-Identifier: Apache-2.0
//
// `condition:` of a correlation: bounds over a count or a calculated number, or a boolean
// expression over rule names (Sigma enhancement proposal 198).
#pragma once

#include "detectors/sigma/ast.h"
#include "detectors/sigma/problems.h"

namespace persandian::sigma {

/// Reads the condition of `correlation` (the map) into `out`, whose type and rules have been read.
/// An expression's leaves refer to out.named; without a list of rules its names become the rules.
/// Refuses what is missing, unknown, or can never hold.
void parse_correlation_condition(const yaml::Node& correlation, CorrelationAst& out,
                                 Problems& problems);

}  // namespace persandian::sigma
