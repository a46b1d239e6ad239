// SPDX-License-Identifier: Apache-2.0
//
// Recorder: the process that signs. One loop over the inspector's channel, the control socket,
// signals and time. Parses no byte from outside: only our own message format.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <signal.h>

#include "daemon/config/config.h"
#include "daemon/runtime/control_server.h"
#include "daemon/runtime/inspector_link.h"
#include "daemon/runtime/loaded_rules.h"
#include "daemon/runtime/record_keeper.h"

namespace persandian::runtime {

/// What the recorder starts with; made by main() while it still has all privileges.
struct RecorderSetup {
    config::Config config;
    std::vector<std::string> overrides;  ///< --set, kept for reloads
    LoadedRules rules;
    const incident::AssetInventory& assets;
    ledger::LedgerWriter& writer;
    RandomSource& random;
    std::uint64_t next_incident_number = 1;
    std::optional<Timestamp> last_record;  ///< time of the last record of the run before
    Cursors cursors;                       ///< of the log sources, from the run before
    StoreCursors store_cursors;
    /// Checks a record that somebody else composed against the ledger; the reply says why not.
    std::function<Reply(const incident::RecordDraft&)> check_draft;
};

class Recorder {
  public:
    /// Blocks the signals it handles; call before threads start.
    explicit Recorder(RecorderSetup setup);
    /// Runs until SIGTERM or SIGINT has drained everything. Returns the exit code.
    /// Throws LedgerFailed.
    int run();

  private:
    void poll_once();
    void on_signal();
    void read_inspector(Timestamp wall);
    void handle(Message message, Timestamp wall);
    void on_hello(const Hello& hello, Timestamp wall);
    void on_inspector_end(const std::string& why, Timestamp wall);
    void reload();
    void commit_if_due();
    Reply answer(const Request& request, uid_t peer_user);
    [[nodiscard]] std::string status_text() const;
    void say_status();

    RecorderSetup setup_;
    FileDescriptor signals_;
    RecordKeeper keeper_;
    ControlServer control_;
    InspectorLink link_;
    std::optional<LoadedRules> reloading_;  ///< sent, waiting for Hello
    std::optional<config::Config> reloading_config_;
    std::optional<Timestamp> blind_since_;  ///< no inspector is ready since
    std::string blind_reason_;
    Timestamp pending_since_;  ///< monotonic; of the oldest buffered record
    Timestamp next_status_;
    Timestamp drain_until_;
    bool was_ready_ = false;
    bool draining_ = false;
    bool drained_ = false;
};

}  // namespace persandian::runtime
