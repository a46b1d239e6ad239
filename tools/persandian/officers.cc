// SPDX-License-Identifier: Apache-2.0
//
// persandian keys officer: who may decide about incidents.
#include <memory>

#include <fmt/format.h>

#include "daemon/ledger/ledger_dir.h"
#include "daemon/ledger/system_clock.h"
#include "daemon/review/decision.h"
#include "detectors/base/encoding.h"
#include "tools/persandian/ledger_access.h"

namespace persandian::cli {
namespace {

struct Arguments {
    LedgerOptions ledger;
    std::string name;
    std::string key_id;
    std::filesystem::path key_file = default_officer_key();
};

void add_officer(const Arguments& arguments) {
    ledger::SystemRandom random;
    std::unique_ptr<ledger::Signer> signer;
    try {
        if (std::filesystem::exists(arguments.key_file)) {
            signer = ledger::load_key_file(arguments.key_file);
        } else {
            if (arguments.key_file.has_parent_path())
                std::filesystem::create_directories(arguments.key_file.parent_path());
            signer = ledger::create_key_file(arguments.key_file, random);
            fmt::print(stderr, "new private key: {} (keep it; it signs in this officer's name)\n",
                       arguments.key_file.string());
        }
    } catch (const ledger::LedgerError& error) {
        throw Failure(io_error, error.what());
    }
    const std::uint64_t index =
        append_record(arguments.ledger,
                      review::officer_record("add", signer->public_key(), arguments.name, random));
    fmt::print("{}  {} (record {})\n", review::officer_key_id(signer->public_key()),
               escape_for_terminal(arguments.name), index);
}

void revoke_officer(const Arguments& arguments) {
    const OpenedReview opened = open_review(arguments.ledger);
    const auto found = opened.index.officers().find(arguments.key_id);
    if (found == opened.index.officers().end())
        throw Failure(no_input, "there is no officer key " + arguments.key_id);
    ledger::SystemRandom random;
    const std::uint64_t index = append_record(
        arguments.ledger, review::officer_record("revoke", found->second.key,
                                                 found->second.name.value_or(""), random));
    fmt::print("{} is revoked (record {})\n", arguments.key_id, index);
}

void list_officers(const Arguments& arguments) {
    const OpenedReview opened = open_review(arguments.ledger);
    for (const auto& [id, officer] : opened.index.officers())
        fmt::print("{}  {}{}\n", id, escape_for_terminal(officer.name.value_or("?")),
                   officer.revoked ? "  (revoked)" : "");
}

}  // namespace

void add_officers(CLI::App& keys) {
    CLI::App& officer = *keys.add_subcommand("officer", "Officers who may decide about incidents");
    officer.require_subcommand(1);
    const auto arguments = std::make_shared<Arguments>();
    const auto add = [&](const char* name, const char* summary,
                         void (*run)(const Arguments&)) -> CLI::App& {
        CLI::App& command = *officer.add_subcommand(name, summary);
        add_ledger_options(command, arguments->ledger);
        command.callback([arguments, run] { run(*arguments); });
        return command;
    };
    CLI::App& adding =
        add("add", "Make an officer known; makes a key file when there is none", &add_officer);
    adding.add_option("NAME", arguments->name, "name and function, as shown to reviewers")
        ->required();
    adding.add_option("--key", arguments->key_file, "the officer's private key file")
        ->capture_default_str();
    add("revoke", "Do not trust an officer's key from here on", &revoke_officer)
        .add_option("KEY_ID", arguments->key_id, "as 'list' shows it")
        ->required();
    add("list", "List officers", &list_officers);
}

}  // namespace persandian::cli
