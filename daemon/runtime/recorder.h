// SPDX-License-Identifier: Apache-2.0
//
// Recorder: the process that signs. One loop over the inspector's channel, the control socket,
// signals and time. Parses no byte from outside: only our own message format.
#pragma once

#include <functional>
#include <future>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <signal.h>

#include "daemon/config/config.h"
#include "daemon/runtime/control_server.h"
#include "daemon/runtime/inspector_link.h"
#include "daemon/runtime/loaded_rules.h"
#include "daemon/runtime/record_keeper.h"
#include "daemon/runtime/service_manager.h"
#include "daemon/runtime/window_places.h"

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
    bool was_closed = true;                ///< the run before ended in order
    Cursors cursors;  ///< of the log sources: how far the run before, then the inspector, has read
    StoreCursors store_cursors;
    Cursors windows;  ///< where windows of correlations began, from the run before
    /// Stores where windows of correlations begin, and of which rule set.
    std::function<void(const Cursors& places, const Digest& rule_set)> store_windows;
    /// Remembers the ledger's head outside of the ledger. False: it could not be written.
    std::function<bool(const std::string& note)> remember_head;
    /// Checks a record that somebody else composed against the ledger; the reply says why not.
    std::function<Reply(const incident::RecordDraft&)> check_draft;
};

/// Makes the signals that Recorder handles wait for it. Call before anything takes long: a SIGHUP
/// that comes earlier would end the process.
void hold_signals();

class Recorder {
  public:
    /// Call before threads start.
    explicit Recorder(RecorderSetup setup);
    /// Runs until SIGTERM or SIGINT has drained everything. Returns the exit code.
    /// Throws LedgerFailed.
    int run();

  private:
    /// What a reload puts in the place of what is in force.
    struct Reload {
        config::Config config;
        LoadedRules rules;
    };

    void start_inspector();
    void poll_once();
    void wait();
    void on_signal();
    void begin_drain();
    void read_inspector(Timestamp wall);
    void handle(Message message, Timestamp wall);
    void on_hello(const Hello& hello, Timestamp wall);
    void on_bye(Timestamp wall);
    void on_inspector_end(const std::string& why, Timestamp wall);
    void mind_the_time(Timestamp wall);
    void begin_reload();
    void on_loaded();
    void pass_on(Reload reload);
    void adopt(Timestamp wall);
    void refuse_reload(const std::string& why);
    void end_reload(std::string_view status);
    void commit_if_due();
    void remember_head();
    void on_cursor(const Cursor& cursor, Timestamp wall);
    void store_cursors(const Cursors& cursors);
    void store_windows();
    Reply answer(const Request& request, uid_t peer_user);
    [[nodiscard]] const char* state() const;
    [[nodiscard]] std::string status_text() const;
    [[nodiscard]] std::string status_json() const;
    /// Says what is doubtful about the suppressions that have just come into force.
    void introduce_suppressions();
    /// Says of each suppression that has expired that it has.
    void mind_expiries(Timestamp wall);
    [[nodiscard]] std::string suppressions_json() const;
    void say_status(Timestamp now);
    void pet_watchdog(Timestamp now);

    RecorderSetup setup_;
    FileDescriptor signals_;
    RecordKeeper keeper_;
    ControlServer control_;
    InspectorLink link_;
    std::future<Reload> loading_;      ///< being read and compiled, beside the work
    std::optional<Reload> reloading_;  ///< passed on, waiting for Hello
    bool reload_again_ = false;        ///< SIGHUP came while a reload was under way
    bool told_new_ = false;            ///< the inspector that runs was started with reloading_
    /// Log files of the inspector that runs, by the index that its cursors name.
    std::vector<std::string> inspected_logs_;
    /// Sources whose lines the inspector reads again, and the source number of its first log.
    std::set<std::size_t> reread_;
    std::size_t first_log_source_ = 0;
    WindowPlaces windows_;
    Timestamp next_windows_;
    std::uint64_t inspectors_ = 0;          ///< started so far
    std::uint64_t greeted_ = 0;             ///< the latest of them that said Hello
    bool replacing_ = false;                ///< it drains to make room for one with other sources
    Timestamp heard_at_;                    ///< wall clock; from the inspector
    std::optional<Timestamp> blind_since_;  ///< no inspector is ready since
    std::string blind_reason_;
    Timestamp started_at_;     ///< wall clock
    Timestamp pending_since_;  ///< monotonic; of the oldest buffered record
    Timestamp next_status_;
    Timestamp next_watchdog_;
    Timestamp next_remember_;
    std::string remembered_note_;  ///< what setup_.remember_head was given last
    std::uint64_t remembered_size_ = 0;
    Duration watchdog_every_ = watchdog_interval();
    Timestamp drain_until_;
    Timestamp told_expiries_{INT64_MIN};  ///< of suppressions, up to this time
    bool was_ready_ = false;
    bool draining_ = false;
    bool drained_ = false;
};

}  // namespace persandian::runtime
