// SPDX-License-Identifier: Apache-2.0
//
// RecordKeeper: what the recorder writes and when. Findings, progress and losses of the inspector
// become incidents, heartbeats and gaps; they are committed in groups, and only then are the log
// cursors stored that stand behind them.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "daemon/config/config.h"
#include "daemon/ledger/writer.h"
#include "daemon/runtime/loaded_rules.h"
#include "daemon/runtime/window_places.h"
#include "daemon/runtime/wire.h"
#include "detectors/engine/finding_stage.h"
#include "detectors/incident/records.h"

namespace persandian::runtime {

/// Stores how far each log was read. Called after the commit that the cursors stand behind.
using StoreCursors = std::function<void(const Cursors&)>;

/// The ledger cannot be written any more; the process must end.
struct LedgerFailed : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Single-threaded. Times are wall clock.
class RecordKeeper {
  public:
    /// All references must outlive the keeper.
    RecordKeeper(const config::Config& config, const LoadedRules& rules,
                 const incident::AssetInventory& assets, ledger::LedgerWriter& writer,
                 RandomSource& random, std::uint64_t next_incident_number,
                 StoreCursors store_cursors);

    /// Writes that nobody looked from `from` (the last record of the run before) until now.
    /// `was_closed`: that run ended in order; else what it had read last is read again.
    void on_start(std::optional<Timestamp> from, bool was_closed, Timestamp now);
    void on_finding(Finding finding);
    /// One that an earlier run has recorded: only windows of correlations want it.
    void on_finding_again(Finding finding);
    /// Counters of the inspector that runs now; drops since the last call become a gap record.
    void on_progress(const Progress& progress, Timestamp now);
    void on_loss(const Loss& loss);
    void on_cursor(const std::string& log, const sources::LogCursor& place);
    /// Where a log begins of which no place was known: no line is before it, so it waits for
    /// nothing but the next commit.
    void on_first_cursor(const std::string& log, const sources::LogCursor& place);
    /// No inspector worked from `from` to `to`.
    void on_inspector_gap(Timestamp from, Timestamp to, const std::string& reason);
    /// Another inspector has begun: its counters start again at 0.
    void on_inspector_start();
    /// New rules are in force in the inspector.
    void on_rules(const LoadedRules& rules, const config::Config& config);
    /// A record that somebody else composed (a decision).
    [[nodiscard]] Result<std::uint64_t> append_now(incident::RecordDraft draft);
    /// Heartbeats, closing of windows, commits that are due.
    void on_time(Timestamp now);
    /// Commits what is buffered, then stores cursors, unless an open incident has counted lines
    /// before them that no record tells of yet: a crash must not lose even a count. Such counts are
    /// written within counts_within. Throws LedgerFailed.
    void commit();
    [[nodiscard]] bool has_pending() const;

    /// How long cursors wait for counts, at least; a crash repeats so much of the logs.
    static constexpr Duration counts_within = Duration::seconds(60);
    /// Longer when more incidents than this times that have counts to be written.
    static constexpr std::size_t most_count_records_per_second = 20;
    /// Ends all incidents, writes a last heartbeat (all that was read is told) and the close
    /// record.
    void close(std::string_view reason);

    /// Since the daemon's start, all inspectors together.
    [[nodiscard]] incident::Coverage coverage() const;
    [[nodiscard]] std::uint64_t incident_records() const { return incident_records_; }
    [[nodiscard]] const suppression::Suppressor& suppressor() const { return stage_->suppressor(); }
    /// Since the daemon's start.
    [[nodiscard]] std::vector<engine::Shortfall> shortfalls() const { return stage_->shortfalls(); }

    /// What suppressions have hidden is written, per entry, at most this often, and at each reload
    /// and at the end.
    static constexpr Duration hidden_report_interval = Duration::hours(1);

  private:
    /// Counts incident records on their way to the ledger.
    class CountingSink : public incident::RecordSink {
      public:
        CountingSink(ledger::LedgerSink& next, std::uint64_t& count) : next_(next), count_(count) {}
        void on_record(incident::RecordDraft draft) override {
            if (draft.kind == "incident") ++count_;
            next_.on_record(std::move(draft));
        }

      private:
        ledger::LedgerSink& next_;
        std::uint64_t& count_;
    };

    void write_config(const LoadedRules& rules, const config::Config& config);
    void write_facts();
    /// Says again what is in force when suppressions have hidden more than the last record tells.
    void write_hidden();
    void write_heartbeat();
    void write_counts_if_due(Timestamp now);
    [[nodiscard]] bool may_store_cursors() const;

    RandomSource& random_;
    ledger::LedgerWriter& writer_;
    ledger::LedgerSink sink_;
    std::uint64_t incident_records_ = 0;
    CountingSink counting_sink_;
    StoreCursors store_cursors_;
    Cursors pending_cursors_;
    Cursors first_cursors_;
    std::optional<Timestamp> held_since_;  ///< cursors wait for counts
    incident::Coverage before_;            ///< of inspectors that are gone
    incident::Coverage current_;           ///< of the one that runs
    std::uint64_t reported_shed_ = 0;
    std::uint64_t reported_drops_ = 0;
    std::uint64_t reported_lost_lines_ = 0;
    Timestamp drops_since_;
    Timestamp last_heartbeat_;
    Duration heartbeat_;
    incident::ConfigFacts facts_;        ///< in force, without suppressions
    std::uint64_t hidden_before_ = 0;    ///< by suppressions that a reload replaced
    std::uint64_t reported_hidden_ = 0;  ///< by those in force, as the last config record says
    Timestamp last_hidden_report_;
    std::unique_ptr<engine::FindingStage> stage_;
};

/// Field by field.
[[nodiscard]] incident::Coverage operator+(const incident::Coverage& a,
                                           const incident::Coverage& b);

}  // namespace persandian::runtime
