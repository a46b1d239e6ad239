// SPDX-License-Identifier: Apache-2.0
//
// Rules as the daemon has them in force: the files they came from and what became of them.
#pragma once

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "daemon/config/config.h"
#include "daemon/config/rule_files.h"
#include "daemon/runtime/wire.h"
#include "detectors/sigma/rule_set.h"
#include "detectors/suppression/plan.h"

namespace persandian::runtime {

struct LoadedRules {
    config::RuleFiles files;
    std::shared_ptr<const sigma::RuleSet> rules;
    std::vector<sigma::RuleProblem> refused;
    std::string cache_problem;  ///< why the rule cache could not be used or kept; usually empty
    std::shared_ptr<const suppression::Plan> suppressions;  ///< null: none
    std::vector<std::string> suppression_warnings;          ///< "file:line:col: reason"
};

/// Rules were refused and the configuration does not say to go on without them. what() has one
/// "file:line:col: reason" a line.
struct RulesRefused : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// The folders in force: those of the configuration, else the vendor's and /etc/persandian/rules.d.
[[nodiscard]] std::vector<std::filesystem::path> rule_paths(const config::RulesConfig& config);

/// Where and how to compile; by default on the calling thread, without a cache.
struct CompileAids {
    sigma::ParallelFor parallel;
    DerivedCache* cache = nullptr;
};

/// Compiles rule files under the configuration's placeholders.
[[nodiscard]] LoadedRules compile_rules(config::RuleFiles files, const config::RulesConfig& config,
                                        const CompileAids& aids = {});

/// The messages that carry the files to the inspector: each file in one or more pieces.
[[nodiscard]] std::vector<RuleText> to_messages(const config::RuleFiles& files);
/// Adds what a message carries to the files that came before it.
void add_message(config::RuleFiles& files, RuleText message);

/// Reads and compiles the rules of the configuration, on all cores and with the cache that
/// rule_cache_of_environment() gives, and the suppressions that speak of them. Throws
/// config::UnreadableFile, RulesRefused (for suppressions, too: they are never skipped).
[[nodiscard]] LoadedRules load_rules(const config::Config& config);

/// The folder of suppressions in force: that of the configuration, else suppressions.d beside the
/// configuration file when it is there, else none (an empty path).
[[nodiscard]] std::filesystem::path suppressions_folder(const config::Config& config);

}  // namespace persandian::runtime
