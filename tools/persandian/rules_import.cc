// SPDX-License-Identifier: Apache-2.0
//
// `persandian rules import --suricata FILE…`: public signatures as our rules.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>

#include <fmt/format.h>

#include "detectors/base/encoding.h"
#include "detectors/base/ip_address.h"
#include "tools/persandian/cli.h"
#include "tools/signatures/import.h"
#include "tools/signatures/signature.h"

namespace persandian::cli {
namespace {

using signatures::Imported;
using signatures::Refused;

struct Settings {
    std::vector<std::string> files;
    std::string home;
    std::string folder = "-";
    bool json = false;
    bool every_reason = false;
};

std::vector<signatures::SignatureFile> read_files(const std::vector<std::string>& paths) {
    std::vector<signatures::SignatureFile> out;
    for (const std::string& path : paths) {
        std::ifstream in(path, std::ios::binary);
        if (!in) throw Failure(no_input, fmt::format("cannot read {}", escape_for_terminal(path)));
        out.push_back({path, {std::istreambuf_iterator<char>(in), {}}});
    }
    return out;
}

signatures::Networks home_networks(const Settings& settings) {
    if (settings.home.empty()) return signatures::usual_home_networks();
    signatures::Networks out;
    for (const std::string_view network : signatures::split(settings.home)) {
        if (!IpNetwork::parse(network))
            throw Failure(usage, fmt::format("--home-net: '{}' is no network as 10.0.0.0/8",
                                             escape_for_terminal(network)));
        out.emplace_back(network);
    }
    return out;
}

/// A whole file or none.
void write_file(const std::filesystem::path& path, const std::string& text) {
    std::filesystem::path unfinished = path;
    unfinished += ".new";
    std::ofstream out(unfinished, std::ios::binary);
    out << text;
    out.close();
    std::error_code error;
    if (out) std::filesystem::rename(unfinished, path, error);
    if (!out || error) throw Failure(io_error, fmt::format("cannot write {}", path.string()));
}

void write(const Settings& settings, const std::vector<signatures::SignatureFile>& files,
           const Imported& imported) {
    if (settings.folder != "-") {
        std::error_code error;
        std::filesystem::create_directories(settings.folder, error);
        if (error) throw Failure(io_error, fmt::format("cannot make {}", settings.folder));
    }
    for (std::size_t i = 0; i < files.size(); ++i) {
        const std::string& text = imported.documents[i];
        if (settings.folder == "-") {
            std::fwrite(text.data(), 1, text.size(), stdout);
        } else if (!text.empty()) {
            const std::filesystem::path stem = std::filesystem::path(files[i].path).stem();
            write_file(std::filesystem::path(settings.folder) / (stem.string() + ".yml"), text);
        }
    }
}

std::string as_json(const Imported& imported) {
    std::string out = fmt::format("{{\"active\":{},\"converted\":{},\"disabled\":{},\"refused\":[",
                                  imported.active, imported.converted, imported.disabled);
    for (const Refused& one : imported.refused) {
        out += out.ends_with('[') ? "{\"file\":" : ",{\"file\":";
        append_json_string(out, one.path);
        out += fmt::format(",\"line\":{},\"column\":{},\"sid\":", one.line, one.column);
        append_json_string(out, one.sid);
        out += ",\"reason\":";
        append_json_string(out, one.reason);
        out += '}';
    }
    return out + "]}\n";
}

void print_report(const Settings& settings, const Imported& imported) {
    std::map<std::string, std::size_t> reasons;
    bool unreadable = false;
    for (const Refused& one : imported.refused) {
        if (one.sid.empty() || settings.every_reason)
            fmt::print(stderr, "{}:{}:{}: {}{}\n", escape_for_terminal(one.path), one.line,
                       one.column, one.sid.empty() ? "" : fmt::format("sid {}: ", one.sid),
                       escape_for_terminal(one.reason));
        if (!one.sid.empty()) ++reasons[one.reason];
        unreadable = unreadable || one.sid.empty();
    }
    const double share = imported.active == 0 ? 0
                                              : 100.0 * static_cast<double>(imported.converted) /
                                                    static_cast<double>(imported.active);
    fmt::print(stderr, "converted {} of {} active signatures ({:.1f} %); {} are commented out\n",
               imported.converted, imported.active, share, imported.disabled);
    std::vector<std::pair<std::string, std::size_t>> sorted(reasons.begin(), reasons.end());
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    if (!sorted.empty()) fmt::print(stderr, "what Sigma cannot say:\n");
    for (const auto& [reason, count] : sorted)
        fmt::print(stderr, "{:>6}  {}\n", count, escape_for_terminal(reason));
    if (unreadable) throw Exit{bad_data};
}

void import(const Settings& settings) {
    const std::vector<signatures::SignatureFile> files = read_files(settings.files);
    const Imported imported = signatures::import_signatures(files, home_networks(settings));
    write(settings, files, imported);
    if (settings.json) {
        const std::string report = as_json(imported);
        std::fwrite(report.data(), 1, report.size(), stdout);
    }
    print_report(settings, imported);
}

}  // namespace

void add_rules_import(CLI::App& rules) {
    auto settings = std::make_shared<Settings>();
    CLI::App* const command = rules.add_subcommand(
        "import", "Turn signatures of Suricata into rules, as far as Sigma can say them");
    command->add_option("--suricata", settings->files, "Files of signatures")->required();
    command->add_option("--home-net", settings->home,
                        "Networks that $HOME_NET stands for (default: the private ones)");
    command->add_option(
        "-o,--output", settings->folder,
        "Folder for one file of rules per file of signatures (- for standard output)");
    command->add_flag("--json", settings->json, "Also a report as JSON (with -o)");
    command->add_flag("--reasons", settings->every_reason, "Say of each signature why not");
    command->callback([settings] { import(*settings); });
}

}  // namespace persandian::cli
