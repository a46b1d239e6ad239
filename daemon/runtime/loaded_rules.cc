// SPDX-License-Identifier: Apache-2.0
#include "daemon/runtime/loaded_rules.h"

#include <utility>

#include "daemon/runtime/parallel.h"

namespace persandian::runtime {
namespace {

constexpr const char* local_rules = "/etc/persandian/rules.d";

std::vector<sigma::SourceFile> to_sources(const std::vector<config::TextFile>& files) {
    std::vector<sigma::SourceFile> out;
    out.reserve(files.size());
    for (const config::TextFile& file : files) out.push_back({file.path, file.text});
    return out;
}

}  // namespace

std::vector<std::filesystem::path> rule_paths(const config::RulesConfig& config) {
    std::vector<std::filesystem::path> paths(config.paths.begin(), config.paths.end());
    if (paths.empty()) {
        paths.push_back(config::vendor_rules_dir());
        if (std::filesystem::is_directory(local_rules)) paths.emplace_back(local_rules);
    }
    paths.insert(paths.end(), config.extra_paths.begin(), config.extra_paths.end());
    return paths;
}

LoadedRules compile_rules(config::RuleFiles files, const config::RulesConfig& config,
                          const sigma::ParallelFor& parallel) {
    sigma::LoadOptions options;
    options.placeholders = config.placeholders;
    options.parallel = parallel;
    sigma::LoadResult result =
        sigma::load_rules(to_sources(files.rules), to_sources(files.logsources), options);
    return {std::move(files), std::move(result.rules), std::move(result.refused)};
}

LoadedRules load_rules(const config::RulesConfig& config) {
    LoadedRules loaded =
        compile_rules(config::read_rule_files(rule_paths(config)), config, run_parallel);
    if (loaded.refused.empty() || config.skip_bad_rules) return loaded;
    std::string message;
    for (const sigma::RuleProblem& problem : loaded.refused) message += problem.to_string() + '\n';
    throw RulesRefused(
        message + std::to_string(loaded.refused.size()) +
        " rules were refused; mend them, or set rules.on-error: skip to start without them");
}

}  // namespace persandian::runtime
