// SPDX-License-Identifier: Apache-2.0
//
// persandian status: asks the running daemon, over its control socket, what it does.
#include <array>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "daemon/runtime/control_server.h"
#include "detectors/base/encoding.h"
#include "tools/persandian/cli.h"

namespace persandian::cli {
namespace {

struct StatusOptions {
    std::filesystem::path socket = "/run/persandian/control.sock";
    bool json = false;
};

/// Members of the answer and how a person reads them.
constexpr std::array<std::pair<const char*, const char*>, 26> rows = {{
    {"state", "state"},
    {"version", "version"},
    {"since", "since"},
    {"configuration", "configuration"},
    {"rules", "rules"},
    {"rules_refused", "rules refused"},
    {"interfaces", "interfaces"},
    {"packets", "packets"},
    {"packets_dropped", "packets dropped"},
    {"flows_shed", "flows cut short"},
    {"log_files", "log files"},
    {"lines", "log lines"},
    {"lines_unparsed", "not understood"},
    {"lines_lost", "times lines were lost"},
    {"events", "events"},
    {"findings", "findings"},
    {"findings_suppressed", "hidden on purpose"},
    {"suppressions", "suppressions in force"},
    {"suppressions_expired", "suppressions expired"},
    {"incident_records", "incident records"},
    {"shortfalls", "cut or not counted"},
    {"ledger", "ledger"},
    {"ledger_size", "ledger records"},
    {"remembered_size", "of them remembered"},
    {"ledger_not_continued", "LEDGER NOT CONTINUED"},
    {"records_missing", "RECORDS MISSING"},
}};

std::string text_of(const boost::json::value& value) {
    if (const boost::json::string* const text = value.if_string())
        return escape_for_terminal({text->data(), text->size()});
    if (const boost::json::object* const counts = value.if_object()) {
        std::string out;
        for (const auto& [name, count] : *counts)
            out += fmt::format("{}{} {}", out.empty() ? "" : ", ",
                               escape_for_terminal({name.data(), name.size()}), text_of(count));
        return out.empty() ? "nothing" : out;
    }
    return boost::json::serialize(value);
}

void run_status(const StatusOptions& options) {
    runtime::Reply reply;
    try {
        reply = runtime::ask_recorder(options.socket, {"status.json", {}});
    } catch (const std::runtime_error& error) {
        throw Failure(unavailable, escape_for_terminal(error.what()));
    }
    if (reply.exit_code != 0)
        throw Failure(static_cast<ExitCode>(reply.exit_code), escape_for_terminal(reply.text));
    boost::system::error_code failure;
    const boost::json::value answer = boost::json::parse(reply.text, failure);
    if (failure || !answer.is_object())
        throw Failure(bad_data, "the daemon's answer is no JSON object");
    if (options.json) {
        fmt::print("{}\n", boost::json::serialize(answer));
        return;
    }
    for (const auto& [member, name] : rows)
        if (const boost::json::value* const value = answer.as_object().if_contains(member))
            fmt::print("{:<22} {}\n", name, text_of(*value));
}

}  // namespace

void add_status(CLI::App& program) {
    const auto options = std::make_shared<StatusOptions>();
    CLI::App* const status = program.add_subcommand("status", "What the running daemon does");
    status->add_option("--socket", options->socket, "control socket of the daemon")
        ->capture_default_str();
    status->add_flag("--json", options->json, "machine output");
    status->callback([options] { run_status(*options); });
}

}  // namespace persandian::cli
