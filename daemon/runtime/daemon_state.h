// SPDX-License-Identifier: Apache-2.0
//
// What the daemon finds on disk when it starts: its folders, its ledger, what the run before left.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "daemon/config/config.h"
#include "daemon/ledger/ledger_dir.h"
#include "daemon/review/decision.h"
#include "daemon/runtime/record_keeper.h"
#include "daemon/runtime/wire.h"

namespace persandian::runtime {

/// Makes the state, ledger, cursor and runtime folders and, as root, gives them to the user that
/// the daemon becomes. Throws std::runtime_error.
void prepare_folders(const config::Config& config);

/// What the ledger says of the run before.
struct PreviousRun {
    std::optional<Timestamp> last_record;
    std::uint64_t next_incident_number = 1;
};
/// Reads the ledger before it is opened for writing. A ledger that does not exist yet, or cannot be
/// read, gives an empty answer: the writer says what is wrong with it.
[[nodiscard]] PreviousRun read_previous_run(const config::Config& config);

/// Opens the ledger for writing with the key of the configuration, the credential `signing-key`, or
/// the ledger's own. Throws ledger::LedgerError.
[[nodiscard]] ledger::OpenLedger open_ledger(const config::Config& config, ledger::Clock& clock,
                                             RandomSource& random);

/// How far each log file was read, kept in <state>/cursors/logs.
class CursorFile {
  public:
    /// Throws sources::SourceError when the file is damaged.
    explicit CursorFile(const config::Config& config);
    /// Those of the configuration's log files.
    [[nodiscard]] Cursors load() const;
    /// A failure is logged: lines would be read twice, never lost.
    void store(const Cursors& places);

  private:
    const config::Config& config_;
    sources::CursorStore store_;
};

/// Whether a decision or officer's key that came through the control socket may enter the ledger;
/// the reply says why not.
[[nodiscard]] Reply check_draft(const config::Config& config, const incident::RecordDraft& draft);

}  // namespace persandian::runtime
