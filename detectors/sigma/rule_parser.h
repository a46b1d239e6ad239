// SPDX-License-Identifier: Apache-2.0
//
// One YAML document to a detection rule, a correlation or a filter.
#pragma once

#include <string_view>
#include <variant>

#include "detectors/sigma/ast.h"
#include "detectors/sigma/problems.h"

namespace persandian::sigma {

/// std::monostate: not a rule at all; said in `problems`.
using ParsedDocument = std::variant<std::monostate, RuleAst, CorrelationAst, FilterAst>;

/// Reads one document. What is wrong is added to `problems`; the result is to be used only when
/// nothing was refused. `text`: the document's own part of the file.
[[nodiscard]] ParsedDocument parse_rule_document(const yaml::Node& root, std::string_view text,
                                                 const ModifierContext& context,
                                                 Problems& problems);

/// `correlation:` of a document whose metadata has been read already.
void parse_correlation(const yaml::Node& root, const yaml::Node& correlation, CorrelationAst& out,
                       Problems& problems);

}  // namespace persandian::sigma
