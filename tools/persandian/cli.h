// SPDX-License-Identifier: Apache-2.0
//
// What the subcommands of `persandian` share: how they are registered, how they fail, exit codes.
#pragma once

#include <stdexcept>
#include <string>

#include <CLI/CLI.hpp>

namespace persandian::cli {

/// BSD sysexits, as systemd names them.
enum ExitCode : int {
    ok = 0,
    failed = 1,
    usage = 64,
    bad_data = 65,
    no_input = 66,
    unavailable = 69,
    io_error = 74,
    no_permission = 77,
    bad_config = 78,
};

/// Ends the program: main() prints "persandian: <what>" to standard error and exits with `code`.
struct Failure : std::runtime_error {
    Failure(ExitCode exit_code, const std::string& message)
        : std::runtime_error(message), code(exit_code) {}
    ExitCode code;
};

/// Ends the program silently with `code`; everything was said already.
struct Exit {
    int code = 0;
};

// One function per file here: adds its subcommand (with callback) to the program.
// Declared here, called by add_commands() in the order of the help text.

void add_match(CLI::App& program);
void add_replay(CLI::App& program);
void add_rules(CLI::App& program);
void add_rules_import(CLI::App& rules);  ///< below `rules`
void add_suppressions(CLI::App& rules);  ///< below `rules`
void add_list(CLI::App& program);
void add_log(CLI::App& program);
void add_keys(CLI::App& program);
void add_officers(CLI::App& keys);  ///< below `keys`
void add_incidents(CLI::App& program);
void add_status(CLI::App& program);
void add_doctor(CLI::App& program);

inline void add_commands(CLI::App& program) {
    add_replay(program);
    add_match(program);
    add_rules(program);
    add_rules_import(*program.get_subcommand("rules"));
    add_suppressions(*program.get_subcommand("rules"));
    add_incidents(program);
    add_log(program);
    add_keys(program);
    add_list(program);
    add_officers(*program.get_subcommand("keys"));
    add_status(program);
    add_doctor(program);
}

}  // namespace persandian::cli
