// SPDX-License-Identifier: Apache-2.0
//
// How the subcommands that review reach a ledger: reading it, and appending a record to it, either
// through the running daemon, which holds the lock, or directly when none runs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "daemon/ledger/reader.h"
#include "daemon/ledger/signer.h"
#include "daemon/review/incident_index.h"
#include "detectors/incident/record_draft.h"
#include "tools/persandian/cli.h"

namespace persandian::cli {

/// Options that every reviewing subcommand has.
struct LedgerOptions {
    std::filesystem::path folder = "/var/lib/persandian/ledger";
    std::filesystem::path socket = "/run/persandian/control.sock";
    std::filesystem::path head;  ///< <state-directory>/head; empty: beside the folder
};

/// Adds -l, --socket and --head.
void add_ledger_options(CLI::App& command, LedgerOptions& options);

/// A ledger with the projection that reviewers see. Throws Failure.
struct OpenedReview {
    std::unique_ptr<ledger::LedgerReader> reader;
    review::IncidentIndex index;
};
[[nodiscard]] OpenedReview open_review(const LedgerOptions& options);

/// Appends a record and returns its index. Throws Failure.
std::uint64_t append_record(const LedgerOptions& options, const incident::RecordDraft& draft);

/// $PERSANDIAN_OFFICER_KEY, else ~/.config/persandian/officer.key.
[[nodiscard]] std::filesystem::path default_officer_key();
/// Reads an officer's private key. Throws Failure.
[[nodiscard]] std::unique_ptr<ledger::Signer> load_officer_key(const std::filesystem::path& path);

}  // namespace persandian::cli
