// SPDX-License-Identifier: Apache-2.0
#include "daemon/runtime/command_line.h"

#include <string_view>

#include <CLI/CLI.hpp>

#include "daemon/runtime/child_process.h"

namespace persandian::runtime {
namespace {
constexpr int exit_usage = 64;
}

CommandLine parse_command_line(int argc, char** argv) {
    CommandLine out;
    if (argc == 2 && std::string_view(argv[1]) == inspector_argument) {
        out.is_inspector = true;
        return out;
    }
    CLI::App program("Watches traffic and logs, applies Sigma rules, writes signed incidents.",
                     "persandiand");
    program.set_version_flag("-V,--version", "persandiand " PERSANDIAN_VERSION);
    program.add_option("-c,--config", out.config_file, "configuration file")->capture_default_str();
    std::vector<std::string> interfaces;
    std::vector<std::string> rules_only;
    std::vector<std::string> extra_rules;
    std::string ledger;
    program.add_option("-i,--interface", interfaces, "watch this interface, too (repeat)");
    program.add_option("-S,--rules-only", rules_only, "load only these rule folders or files");
    program.add_option("-s,--rules", extra_rules, "load these rule folders or files, too");
    program.add_option("-l,--ledger", ledger, "ledger folder");
    std::vector<std::string> settings;
    program.add_option("--set", settings,
                       "override a setting: ledger.heartbeat=30s, capture+=eth0");
    program.add_flag("-T,--test-config", out.test_only,
                     "check configuration and rules, then exit (78 when they are bad)");
    try {
        program.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        out.exit_code = program.exit(error) == 0 ? 0 : exit_usage;
        return out;
    }
    for (const std::string& name : interfaces) out.overrides.push_back("capture+=" + name);
    for (std::size_t i = 0; i < rules_only.size(); ++i)
        out.overrides.push_back((i == 0 ? "rules.paths=" : "rules.paths+=") + rules_only[i]);
    for (const std::string& path : extra_rules)
        out.overrides.push_back("rules.extra-paths+=" + path);
    if (!ledger.empty())
        out.overrides.push_back("ledger.directory=" + std::filesystem::absolute(ledger).string());
    out.overrides.insert(out.overrides.end(), settings.begin(), settings.end());
    return out;
}

}  // namespace persandian::runtime
