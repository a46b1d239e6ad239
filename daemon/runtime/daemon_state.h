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
#include "daemon/ledger/remembered_head.h"
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
    bool was_closed = true;  ///< it ended with a close record
    std::uint64_t next_incident_number = 1;
    /// Later generations could not be read, so numbers in them are not known.
    bool unreadable = false;
};
/// Reads the ledger before it is opened for writing. A ledger that does not exist yet gives an
/// empty answer; what is wrong with one, the writer says.
[[nodiscard]] PreviousRun read_previous_run(const config::Config& config);

/// The last acknowledged head, kept in <state>/head. Says in the program's log what goes wrong.
class HeadFile {
  public:
    explicit HeadFile(const config::Config& config);
    /// What was remembered; "" when there is nothing to be had.
    [[nodiscard]] std::string load();
    /// False when it could not be written; the one before then stays, which is only less to compare
    /// with.
    [[nodiscard]] bool store(const std::string& note);
    /// What was loaded is of no use: puts it aside.
    void set_aside();

  private:
    std::unique_ptr<ledger::Storage> storage_;
    ledger::RememberedHead head_;
    bool failing_ = false;
};

/// Opens the ledger for writing with the key of the configuration, the credential `signing-key`, or
/// the ledger's own. A ledger that contradicts the remembered head is not continued: another
/// generation begins, and the program's log says so. Throws ledger::LedgerError.
[[nodiscard]] ledger::OpenLedger open_ledger(const config::Config& config, ledger::Clock& clock,
                                             RandomSource& random, HeadFile& head);

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

/// Where the lines begin that windows of correlations held, kept in <state>/cursors/windows with
/// the rule set they were of. What cannot be read or written only leaves windows empty; the
/// program's log says so.
class WindowFile {
  public:
    explicit WindowFile(const config::Config& config);
    /// Nothing when it was another rule set.
    [[nodiscard]] Cursors load(const Digest& rule_set) const;
    void store(const Cursors& places, const Digest& rule_set);

  private:
    std::string path_;
    bool failing_ = false;
};

/// Whether a decision or officer's key that came through the control socket may enter the ledger;
/// the reply says why not.
[[nodiscard]] Reply check_draft(const config::Config& config, const incident::RecordDraft& draft);

}  // namespace persandian::runtime
