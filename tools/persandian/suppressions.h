// SPDX-License-Identifier: Apache-2.0
//
// Suppression files for the subcommands that use them.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "detectors/engine/quiet.h"

namespace persandian::cli {

/// Reads a folder (or one file) and brings it together with the rules. Mistakes are in the result;
/// who calls says so. Throws Failure when something cannot be read.
[[nodiscard]] suppression::PlanResult plan_suppressions_in(const std::filesystem::path& folder,
                                                           int zone_offset_minutes,
                                                           const sigma::RuleSet& rules);

/// The same for a command that needs them: warnings go to standard error. An empty path gives null.
/// Throws Failure when there are mistakes, too.
[[nodiscard]] std::shared_ptr<const suppression::Plan> load_suppressions(
    const std::string& folder, int zone_offset_minutes, const sigma::RuleSet& rules);

/// The mistakes, one "file:line:col: reason" a line.
[[nodiscard]] std::string format_mistakes(const suppression::PlanResult& result);

}  // namespace persandian::cli
