// SPDX-License-Identifier: Apache-2.0
//
// How the documents of a rule set refer to each other: correlations to rules and correlations.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "detectors/sigma/ast.h"
#include "detectors/sigma/rule_set.h"

namespace persandian::sigma {

/// All documents that were read without a fault.
struct Documents {
    std::vector<RuleAst> rules;
    std::vector<CorrelationAst> correlations;
    std::vector<FilterAst> filters;
    std::set<std::string, std::less<>> refused_names;  ///< ids and names of those that were not
};

/// Replaces names in correlations by ids; removes (and reports) correlations that refer to nothing,
/// to a refused rule, or to themselves; sets who alerts alone (`generate`).
void resolve_references(Documents& documents, LoadResult& result);

/// Rule id -> the fields that correlations read of its findings.
[[nodiscard]] std::map<std::string, std::vector<std::string>> exported_fields(
    const Documents& documents);

}  // namespace persandian::sigma
