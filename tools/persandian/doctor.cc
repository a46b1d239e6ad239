// SPDX-License-Identifier: Apache-2.0
//
// persandian doctor: looks at the whole installation and says what is wrong and what to do.
#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <memory>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "daemon/runtime/read_config.h"
#include "detectors/base/encoding.h"
#include "tools/persandian/cli.h"
#include "tools/persandian/doctor_checks.h"

namespace persandian::cli {
namespace {

using Verdict = Diagnosis::Verdict;

struct DoctorOptions {
    std::filesystem::path config = "/etc/persandian/persandian.yaml";
    std::vector<std::string> settings;
    bool json = false;
};

std::vector<Diagnosis> examine(const DoctorOptions& options) {
    std::vector<Diagnosis> out;
    config::Config config;
    try {
        config = runtime::read_config(options.config, options.settings);
        out.push_back({Verdict::good, "configuration", options.config.string(), ""});
    } catch (const std::exception& error) {
        out.push_back({Verdict::bad, "configuration", error.what(),
                       "correct it; persandiand -T -c " + options.config.string() + " checks it"});
        check_clock(out);
        return out;  // the rest would be about the defaults
    }
    check_rules(config, out);
    check_log_files(config, out);
    check_interfaces(config, out);
    if (config.logs.empty() && config.captures.empty())
        out.push_back({Verdict::bad, "sources", "neither interfaces nor log files are named",
                       "set capture or logs in " + options.config.string()});
    check_ledger(config, out);
    check_key(config, out);
    check_disk(config, out);
    check_clock(out);
    check_daemon(config, out);
    return out;
}

constexpr std::array<const char*, 3> verdicts = {"ok", "warning", "bad"};

const char* name_of(Verdict verdict) {
    return verdicts[static_cast<std::size_t>(verdict)];
}

void print_json(const std::vector<Diagnosis>& found) {
    boost::json::array out;
    for (const Diagnosis& one : found) {
        boost::json::object item;
        item["check"] = one.about;
        item["verdict"] = name_of(one.verdict);
        item["text"] = one.text;
        item["remedy"] = one.remedy;
        out.push_back(std::move(item));
    }
    fmt::print("{}\n", boost::json::serialize(out));
}

void print_table(const std::vector<Diagnosis>& found) {
    for (const Diagnosis& one : found) {
        fmt::print("{:<8} {:<14} {}\n", name_of(one.verdict), one.about,
                   escape_for_terminal(one.text));
        if (!one.remedy.empty()) fmt::print("{:<23} → {}\n", "", escape_for_terminal(one.remedy));
    }
}

}  // namespace

void add_doctor(CLI::App& program) {
    const auto options = std::make_shared<DoctorOptions>();
    CLI::App* const doctor =
        program.add_subcommand("doctor", "Checks the installation; exit status 1 when it is bad");
    doctor->add_option("-c,--config", options->config, "configuration file")->capture_default_str();
    doctor->add_option("--set", options->settings, "override a setting, as for persandiand");
    doctor->add_flag("--json", options->json, "machine output");
    doctor->callback([options] {
        const std::vector<Diagnosis> found = examine(*options);
        options->json ? print_json(found) : print_table(found);
        if (std::any_of(found.begin(), found.end(),
                        [](const Diagnosis& one) { return one.verdict == Verdict::bad; }))
            throw Exit{failed};
    });
}

}  // namespace persandian::cli
