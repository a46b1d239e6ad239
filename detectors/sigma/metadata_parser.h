// SPDX-License-Identifier: Apache-2.0
//
// What all documents share: title, id, level, tags, log source, and our own `persandian:` block.
#pragma once

#include <string>
#include <string_view>

#include "detectors/sigma/ast.h"
#include "detectors/sigma/problems.h"

namespace persandian::sigma {

/// Fills `info` (all but `fed`) and `name` from the top level of a document.
void parse_metadata(const yaml::Node& root, std::string_view text, RuleInfo& info,
                    std::string& name, Problems& problems);

/// `logsource:`; refuses a missing or malformed one. Keys beside category, product and service are
/// kept out of matching.
[[nodiscard]] LogSource parse_logsource(const yaml::Node& root, std::string& written,
                                        Problems& problems);

}  // namespace persandian::sigma
