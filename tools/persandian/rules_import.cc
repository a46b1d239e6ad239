// SPDX-License-Identifier: Apache-2.0
//
// `persandian rules import --suricata FILE…`: public signatures as our rules.
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
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

/// The file itself, or the *.rules files below a folder, by name.
std::vector<std::string> files_below(const std::string& path) {
    namespace fs = std::filesystem;
    std::error_code error;
    if (!fs::is_directory(path, error)) return {path};
    std::vector<std::string> out;
    for (fs::recursive_directory_iterator at(path, error), end; !error && at != end;
         at.increment(error))
        if (at->path().extension() == ".rules") out.push_back(at->path().string());
    if (error)
        throw Failure(no_input, fmt::format("cannot read the folder {}: {}",
                                            escape_for_terminal(path), error.message()));
    if (out.empty())
        throw Failure(no_input, fmt::format("no file below {} is called *.rules; name the files",
                                            escape_for_terminal(path)));
    std::sort(out.begin(), out.end());
    return out;
}

std::vector<signatures::SignatureFile> read_files(const std::vector<std::string>& paths) {
    std::vector<signatures::SignatureFile> out;
    for (const std::string& named : paths) {
        for (const std::string& path : files_below(named)) {
            std::ifstream in(path, std::ios::binary);
            if (!in)
                throw Failure(no_input, fmt::format("cannot read {}: {}", escape_for_terminal(path),
                                                    std::strerror(errno)));
            out.push_back({path, {std::istreambuf_iterator<char>(in), {}}});
        }
    }
    return out;
}

signatures::Networks home_networks(const Settings& settings) {
    if (settings.home.empty()) return signatures::usual_home_networks();
    signatures::Networks out;
    for (const std::string_view network : signatures::split(settings.home)) {
        if (!IpNetwork::parse(network))
            throw Failure(usage, fmt::format("--home-net: '{}' is no network as 10.0.0.0/8 "
                                             "(no bits behind the prefix)",
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
    if (!out || error)
        throw Failure(io_error, fmt::format("cannot write {}", escape_for_terminal(path.string())));
}

/// One file of rules per file of signatures. Files of one name in several folders are numbered.
void write_files(const std::filesystem::path& folder,
                 const std::vector<signatures::SignatureFile>& files, const Imported& imported) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error || !std::filesystem::is_directory(folder))
        throw Failure(io_error, fmt::format("-o {}: cannot make this folder{}{}",
                                            escape_for_terminal(folder.string()),
                                            error ? ": " : "; there is a file of that name",
                                            error ? error.message() : ""));
    std::map<std::string, int> used;
    for (std::size_t i = 0; i < files.size(); ++i) {
        if (imported.documents[i].empty()) continue;
        const std::string stem = std::filesystem::path(files[i].path).stem().string();
        const int number = ++used[stem];
        const std::string name =
            number == 1 ? stem + ".yml" : fmt::format("{}-{}.yml", stem, number);
        write_file(folder / name, imported.documents[i]);
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
    if (settings.json && settings.folder == "-")
        throw Failure(usage,
                      "--json writes its report to standard output: give the rules a folder "
                      "with -o");
    const std::vector<signatures::SignatureFile> files = read_files(settings.files);
    const Imported imported = signatures::import_signatures(files, home_networks(settings));
    if (settings.folder == "-") {
        for (const std::string& text : imported.documents)
            std::fwrite(text.data(), 1, text.size(), stdout);
    } else {
        write_files(settings.folder, files, imported);
    }
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
    command->add_option("--suricata", settings->files, "Files of signatures, or folders of *.rules")
        ->required();
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
