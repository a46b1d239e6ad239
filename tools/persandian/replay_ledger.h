// SPDX-License-Identifier: Apache-2.0
//
// ReplayLedger: the ledger that a replay writes its records into.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>

#include "daemon/ledger/ledger_dir.h"
#include "daemon/ledger/system_clock.h"
#include "detectors/incident/record_draft.h"

namespace persandian::ledger {
class LedgerSink;
}

namespace persandian::cli {

class ReplayLedger {
  public:
    /// Opens the folder for writing; makes it when absent. Throws Failure.
    ReplayLedger(const std::filesystem::path& folder, RandomSource& random);
    ~ReplayLedger();
    ReplayLedger(const ReplayLedger&) = delete;
    ReplayLedger& operator=(const ReplayLedger&) = delete;
    ReplayLedger(ReplayLedger&&) = delete;
    ReplayLedger& operator=(ReplayLedger&&) = delete;

    [[nodiscard]] incident::RecordSink& sink();
    /// One more than the largest that was there.
    [[nodiscard]] std::uint64_t next_incident_number() const { return next_incident_number_; }
    [[nodiscard]] bool ok() const { return !open_.writer->failed().has_value(); }
    /// Throws Failure when something was refused or could not be written.
    void finish(std::string_view reason);

  private:
    ledger::SystemClock clock_;
    ledger::OpenLedger open_;
    std::unique_ptr<ledger::LedgerSink> sink_;
    std::uint64_t next_incident_number_ = 1;
};

}  // namespace persandian::cli
