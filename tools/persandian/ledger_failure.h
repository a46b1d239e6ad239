// SPDX-License-Identifier: Apache-2.0
//
// How the ledger's errors end a subcommand: text and exit code.
#pragma once

#include <string>
#include <utility>

#include <fmt/format.h>

#include "daemon/ledger/errors.h"
#include "detectors/base/result.h"
#include "tools/persandian/cli.h"

namespace persandian::cli {

inline constexpr const char* default_ledger_folder = "/var/lib/persandian/ledger";

[[nodiscard]] inline ExitCode exit_code_of(ledger::LedgerFault fault) {
    using enum ledger::LedgerFault;
    switch (fault) {
        case not_a_ledger:
            return no_input;
        case damaged:
        case rollback:
        case key_mismatch:
            return bad_data;
        case permission:
            return no_permission;
        case locked:
            return unavailable;
        case bad_options:
            return bad_config;
        case no_space:
        case io:
            break;
    }
    return io_error;
}

/// Runs `action`, turning LedgerError into Failure.
template <typename Action>
auto guard_ledger(const Action& action) {
    try {
        return action();
    } catch (const ledger::LedgerError& error) {
        throw Failure(exit_code_of(error.fault), error.what());
    }
}

[[noreturn]] inline void fail_with(const Error& error, const char* what) {
    const ExitCode code = error.code == ErrorCode::malformed    ? bad_data
                          : error.code == ErrorCode::not_found  ? no_input
                          : error.code == ErrorCode::permission ? no_permission
                                                                : io_error;
    throw Failure(code, fmt::format("{}: {}", what, error.text));
}

template <typename T>
T need_data(Result<T> result, const char* what) {
    if (!result) fail_with(result.error(), what);
    return std::move(result).value();
}

inline void need_done(const Result<void>& result, const char* what) {
    if (!result) fail_with(result.error(), what);
}

}  // namespace persandian::cli
