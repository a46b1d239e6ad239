// SPDX-License-Identifier: Apache-2.0
#include "tools/persandian/ledger_access.h"

#include <cstdlib>

#include "daemon/ledger/ledger_dir.h"
#include "daemon/ledger/system_clock.h"
#include "daemon/runtime/control_server.h"

namespace persandian::cli {
namespace {

ExitCode exit_code_of(ledger::LedgerFault fault) {
    switch (fault) {
        case ledger::LedgerFault::not_a_ledger:
            return no_input;
        case ledger::LedgerFault::permission:
            return no_permission;
        case ledger::LedgerFault::damaged:
        case ledger::LedgerFault::rollback:
        case ledger::LedgerFault::key_mismatch:
            return bad_data;
        case ledger::LedgerFault::locked:
            return unavailable;
        default:
            return io_error;
    }
}

std::uint64_t append_through_daemon(const LedgerOptions& options,
                                    const incident::RecordDraft& draft) {
    const runtime::Reply reply = runtime::ask_recorder(options.socket, {"append", draft});
    if (reply.exit_code != 0) throw Failure(static_cast<ExitCode>(reply.exit_code), reply.text);
    return std::strtoull(reply.text.c_str(), nullptr, 10);
}

std::uint64_t append_directly(const LedgerOptions& options, const incident::RecordDraft& draft) {
    ledger::SystemClock clock;
    ledger::SystemRandom random;
    const ledger::OpenLedger opened = ledger::open_ledger_dir(options.folder, clock, random, {});
    const Result<ledger::IndexRange> range = opened.writer->append({&draft, 1});
    if (!range)
        throw Failure(io_error, std::string("the record was not written: ") + range.error().text);
    if (!opened.writer->close("record appended by hand"))
        throw Failure(io_error, "the record was written, but the ledger could not be closed");
    return range->first;
}

}  // namespace

void add_ledger_options(CLI::App& command, LedgerOptions& options) {
    command.add_option("-l,--ledger", options.folder, "ledger folder")->capture_default_str();
    command.add_option("--socket", options.socket, "control socket of the daemon")
        ->capture_default_str();
}

OpenedReview open_review(const LedgerOptions& options) {
    try {
        OpenedReview out{ledger::LedgerReader::open(options.folder), {}};
        Result<review::IncidentIndex> index = review::IncidentIndex::build(*out.reader);
        if (!index) throw Failure(bad_data, options.folder.string() + ": " + index.error().text);
        out.index = std::move(*index);
        return out;
    } catch (const ledger::LedgerError& error) {
        throw Failure(exit_code_of(error.fault), error.what());
    }
}

std::uint64_t append_record(const LedgerOptions& options, const incident::RecordDraft& draft) {
    try {
        return append_directly(options, draft);
    } catch (const ledger::LedgerError& error) {
        const bool daemon_may_do_it = error.fault == ledger::LedgerFault::locked ||
                                      error.fault == ledger::LedgerFault::permission;
        if (!daemon_may_do_it) throw Failure(exit_code_of(error.fault), error.what());
    }
    return append_through_daemon(options, draft);
}

std::filesystem::path default_officer_key() {
    if (const char* const given = std::getenv("PERSANDIAN_OFFICER_KEY")) return given;
    const char* const home = std::getenv("HOME");
    return std::filesystem::path(home == nullptr ? "/root" : home) /
           ".config/persandian/officer.key";
}

std::unique_ptr<ledger::Signer> load_officer_key(const std::filesystem::path& path) {
    try {
        return ledger::load_key_file(path);
    } catch (const ledger::LedgerError& error) {
        throw Failure(
            no_input,
            std::string(error.what()) +
                "; make one with 'persandian keys officer add NAME', or name it with --officer");
    }
}

}  // namespace persandian::cli
