// SPDX-License-Identifier: Apache-2.0
#include "tools/persandian/rule_loading.h"

#include <cstdio>
#include <memory>

#include "daemon/config/rule_files.h"
#include "daemon/runtime/parallel.h"
#include "daemon/runtime/rule_cache.h"
#include "detectors/base/encoding.h"
#include "tools/persandian/cli.h"

namespace persandian::cli {
namespace {

std::vector<sigma::SourceFile> to_sources(std::vector<config::TextFile> files) {
    std::vector<sigma::SourceFile> out;
    for (config::TextFile& file : files)
        out.push_back({std::move(file.path), std::move(file.text)});
    return out;
}

std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> parts;
    std::size_t at = 0;
    while (true) {
        const std::size_t end = text.find(separator, at);
        parts.push_back(text.substr(at, end - at));
        if (end == std::string::npos) return parts;
        at = end + 1;
    }
}

/// A cache that cannot be used costs time only, so it is said and no more.
void report(runtime::RuleCache& cache) {
    if (!cache.distrust().empty())
        std::fprintf(stderr, "persandian: the rule cache was not used: %s\n",
                     cache.distrust().c_str());
    if (const std::string why = cache.save(); !why.empty())
        std::fprintf(stderr, "persandian: the rule cache was not kept: %s\n", why.c_str());
}

}  // namespace

sigma::LoadResult load_rules_below(const std::vector<std::string>& paths,
                                   const sigma::LoadOptions& options) {
    std::vector<std::filesystem::path> places(paths.begin(), paths.end());
    if (places.empty()) places.push_back(config::vendor_rules_dir());
    config::RuleFiles files;
    try {
        files = config::read_rule_files(places);
    } catch (const config::UnreadableFile& error) {
        throw Failure(no_input, error.what());
    }
    sigma::LoadOptions on_all_cores = options;
    on_all_cores.parallel = runtime::run_parallel;
    const std::unique_ptr<runtime::RuleCache> cache = runtime::rule_cache_of_environment();
    on_all_cores.cache = cache.get();
    sigma::LoadResult loaded = sigma::load_rules(
        to_sources(std::move(files.rules)), to_sources(std::move(files.logsources)), on_all_cores);
    if (cache) report(*cache);
    return loaded;
}

sigma::LoadOptions read_placeholders(const std::vector<std::string>& arguments) {
    sigma::LoadOptions options;
    for (const std::string& argument : arguments) {
        const std::size_t equals = argument.find('=');
        if (equals == std::string::npos || equals == 0)
            throw Failure(usage, "--placeholder needs name=value,value: " + argument);
        options.placeholders.emplace_back(argument.substr(0, equals),
                                          split(argument.substr(equals + 1), ','));
    }
    return options;
}

sigma::LogSource read_logsource(const std::string& argument) {
    sigma::LogSource out;
    for (const std::string& part : split(argument, ',')) {
        const std::size_t equals = std::min(part.find('='), part.size());
        const std::string key = part.substr(0, equals);
        const std::string value = equals < part.size() ? part.substr(equals + 1) : std::string();
        if (key == "product") {
            out.product = value;
        } else if (key == "category") {
            out.category = value;
        } else if (key == "service") {
            out.service = value;
        } else {
            throw Failure(usage, "--logsource needs product=…,category=…,service=…, not " + part);
        }
    }
    return out;
}

std::string format_problems(const std::vector<sigma::RuleProblem>& problems,
                            std::size_t max_lines) {
    std::string out;
    for (std::size_t i = 0; i < problems.size(); ++i) {
        if (i == max_lines)
            return out + "  and " + std::to_string(problems.size() - i) +
                   " more; see persandian rules check\n";
        const bool same_rule = i > 0 && problems[i].path == problems[i - 1].path &&
                               problems[i].rule_line == problems[i - 1].rule_line;
        if (same_rule) out += "  also ";
        out += escape_for_terminal(problems[i].to_string());
        out += '\n';
    }
    return out;
}

}  // namespace persandian::cli
