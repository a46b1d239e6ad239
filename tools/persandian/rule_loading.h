// SPDX-License-Identifier: Apache-2.0
//
// What the subcommands that need rules share: reading and compiling them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "detectors/sigma/rule_set.h"

namespace persandian::cli {

/// Rules below `paths` (the vendor's when empty) with the log sources they need. Throws Failure
/// when something cannot be read. Refused rules are in the result; who calls says so.
[[nodiscard]] sigma::LoadResult load_rules_below(const std::vector<std::string>& paths,
                                                 const sigma::LoadOptions& options = {});

/// "name=value,value" pairs of --placeholder. Throws Failure.
[[nodiscard]] sigma::LoadOptions read_placeholders(const std::vector<std::string>& arguments);

/// "product=windows,category=process_creation". Throws Failure.
[[nodiscard]] sigma::LogSource read_logsource(const std::string& argument);

/// Problems as lines: one per refused rule, further ones of the same rule indented below it;
/// after `max_lines` only how many more.
[[nodiscard]] std::string format_problems(const std::vector<sigma::RuleProblem>& problems,
                                          std::size_t max_lines = SIZE_MAX);

}  // namespace persandian::cli
