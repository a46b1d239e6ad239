// SPDX-License-Identifier: Apache-2.0
//
// ReplayRun: reads captures and log files to their end and drives the production engine with them,
// in file time. Knows no command line and prints nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/sources/source_error.h"
#include "detectors/engine/event_stage.h"
#include "detectors/engine/finding_merger.h"
#include "detectors/engine/finding_stage.h"
#include "detectors/incident/records.h"

namespace persandian::cli {

struct ReplayInput {
    struct Log {
        std::string format;  ///< name of a format, or "auto"
        std::string path;
    };
    std::vector<std::string> captures;  ///< files; each is a run of flows of its own
    std::string filter;                 ///< BPF; empty: every packet
    std::vector<Log> logs;
    int zone_offset_minutes = 480;  ///< of log times that do not name one
    flow::Limits flow_limits;
};

/// A source that could not be opened; the others are read all the same.
struct ReplayProblem {
    sources::SourceError::Kind kind;
    std::string text;
};

struct ReplayTotals {
    incident::Coverage coverage;
    std::map<std::string, std::uint64_t> events_by_type;
    std::uint64_t captures = 0;  ///< read to their end
    std::uint64_t log_files = 0;
    std::uint64_t bytes = 0;  ///< captured octets and log bytes
    std::uint64_t flows = 0;
    std::uint64_t lines_truncated = 0;
    std::uint64_t gaps = 0;  ///< gap records written
    incident::Counters incidents;
    std::vector<engine::Shortfall> shortfalls;
};

/// What a ReplayRun works with; all must outlive it.
struct ReplayEnvironment {
    std::shared_ptr<const sigma::RuleSet> rules;
    const incident::AssetInventory& inventory;
    RandomSource& random;
    incident::RecordSink& records;
    std::shared_ptr<const suppression::Plan> suppressions;  ///< null: none
    EventSink* events = nullptr;                            ///< sees every event; may be null
    std::uint64_t next_incident_number = 1;                 ///< of the ledger
};

/// Life-cycle: construct, run() once, ask. Captures are read one after the other, log files beside
/// them; findings are brought into the order of time before they are counted. The same input with
/// the same random source gives the same records.
class ReplayRun {
  public:
    static constexpr std::size_t max_warnings = 100;

    ReplayRun(ReplayInput input, const ReplayEnvironment& environment);
    ~ReplayRun();
    ReplayRun(const ReplayRun&) = delete;
    ReplayRun& operator=(const ReplayRun&) = delete;

    /// Reads everything. `progress` is called now and then; when it returns false the run stops
    /// early, incidents are closed all the same.
    void run(const std::function<bool()>& progress);
    /// Of what was read so far.
    [[nodiscard]] ReplayTotals totals() const;
    [[nodiscard]] incident::Coverage coverage() const;
    [[nodiscard]] const suppression::Suppressor& suppressor() const noexcept {
        return findings_->suppressor();
    }
    [[nodiscard]] const std::vector<ReplayProblem>& problems() const noexcept { return problems_; }
    /// What was lost inside sources that could be opened, a line each; at most max_warnings.
    [[nodiscard]] const std::vector<std::string>& warnings() const noexcept { return warnings_; }
    /// What is being read just now; for progress lines.
    [[nodiscard]] std::string_view current_source() const noexcept { return current_source_; }

  private:
    class Cursor;
    class CaptureCursor;
    class LogCursor;

    void add_cursors();
    void step(std::size_t index);
    void move_time();
    void begin_run();
    void write_gap(incident::Gap gap);

    ReplayInput input_;
    ReplayEnvironment environment_;
    std::unique_ptr<engine::FindingStage> findings_;
    std::unique_ptr<engine::FindingMerger> merger_;
    std::vector<std::unique_ptr<Cursor>> cursors_;
    std::vector<ReplayProblem> problems_;
    std::vector<std::string> warnings_;
    std::string current_source_;
    Timestamp told_;
    std::uint64_t gaps_ = 0;
};

}  // namespace persandian::cli
