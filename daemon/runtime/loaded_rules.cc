// SPDX-License-Identifier: Apache-2.0
#include "daemon/runtime/loaded_rules.h"

#include <utility>

#include "daemon/runtime/parallel.h"
#include "daemon/runtime/rule_cache.h"
#include "detectors/engine/quiet.h"

namespace persandian::runtime {
namespace {

constexpr const char* local_rules = "/etc/persandian/rules.d";

std::vector<sigma::SourceFile> to_sources(const std::vector<config::TextFile>& files) {
    std::vector<sigma::SourceFile> out;
    out.reserve(files.size());
    for (const config::TextFile& file : files) out.push_back({file.path, file.text});
    return out;
}

void add_suppressions(const config::Config& config, LoadedRules& loaded) {
    const std::filesystem::path folder = suppressions_folder(config);
    if (folder.empty()) return;
    std::vector<suppression::SourceFile> files;
    for (config::TextFile& file : config::read_suppression_files(folder))
        files.push_back({std::move(file.path), std::move(file.text)});
    const suppression::PlanResult result =
        engine::plan_suppressions(files, config.sensor.zone_offset_minutes, *loaded.rules);
    if (!result.problems.empty()) {
        std::string message;
        for (const suppression::Problem& problem : result.problems)
            message += problem.to_string() + '\n';
        throw RulesRefused(message + std::to_string(result.problems.size()) +
                           " mistakes in suppressions; mend them, or take the files out of " +
                           folder.string());
    }
    loaded.suppressions = result.plan;
    for (const suppression::Problem& warning : result.warnings)
        loaded.suppression_warnings.push_back(warning.to_string());
}

void append_messages(std::vector<RuleText>& out, bool is_logsource, const config::TextFile& file) {
    std::size_t at = 0;
    do {
        out.push_back(
            {is_logsource, at > 0, file.path, file.text.substr(at, RuleText::max_text_bytes)});
        at += RuleText::max_text_bytes;
    } while (at < file.text.size());
}

}  // namespace

std::vector<std::filesystem::path> rule_paths(const config::RulesConfig& config) {
    std::vector<std::filesystem::path> paths(config.paths.begin(), config.paths.end());
    if (paths.empty()) {
        paths.push_back(config::vendor_rules_dir());
        if (config::is_folder(local_rules)) paths.emplace_back(local_rules);
    }
    paths.insert(paths.end(), config.extra_paths.begin(), config.extra_paths.end());
    return paths;
}

LoadedRules compile_rules(config::RuleFiles files, const config::RulesConfig& config,
                          const CompileAids& aids) {
    sigma::LoadOptions options;
    options.placeholders = config.placeholders;
    options.parallel = aids.parallel;
    options.cache = aids.cache;
    sigma::LoadResult result =
        sigma::load_rules(to_sources(files.rules), to_sources(files.logsources), options);
    return {std::move(files), std::move(result.rules), std::move(result.refused), {}, nullptr, {}};
}

std::vector<RuleText> to_messages(const config::RuleFiles& files) {
    std::vector<RuleText> out;
    for (const config::TextFile& file : files.rules) append_messages(out, false, file);
    for (const config::TextFile& file : files.logsources) append_messages(out, true, file);
    return out;
}

void add_message(config::RuleFiles& files, RuleText message) {
    auto& list = message.is_logsource ? files.logsources : files.rules;
    if (message.continues && !list.empty()) {
        list.back().text += message.text;
    } else {
        list.push_back({std::move(message.path), std::move(message.text)});
    }
}

LoadedRules load_rules(const config::Config& config) {
    const std::unique_ptr<RuleCache> cache = rule_cache_of_environment();
    LoadedRules loaded = compile_rules(config::read_rule_files(rule_paths(config.rules)),
                                       config.rules, {run_parallel, cache.get()});
    if (cache) {
        loaded.cache_problem = cache->distrust();
        if (std::string why = cache->save(); !why.empty()) loaded.cache_problem = std::move(why);
    }
    if (!loaded.refused.empty() && !config.rules.skip_bad_rules) {
        std::string message;
        for (const sigma::RuleProblem& problem : loaded.refused)
            message += problem.to_string() + '\n';
        throw RulesRefused(
            message + std::to_string(loaded.refused.size()) +
            " rules were refused; mend them, or set rules.on-error: skip to start without them");
    }
    add_suppressions(config, loaded);
    return loaded;
}

std::filesystem::path suppressions_folder(const config::Config& config) {
    if (!config.suppressions.empty()) return config.suppressions;
    std::filesystem::path beside = config.path.parent_path() / "suppressions.d";
    return config::is_folder(beside) ? beside : std::filesystem::path();
}

}  // namespace persandian::runtime
