// SPDX-License-Identifier: Apache-2.0
//
// FindingStage: findings of all stages in, incident records out. Exactly one; holds what needs more
// than one event: correlation, suppression and incidents.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "detectors/base/random.h"
#include "detectors/correlation/correlator.h"
#include "detectors/engine/shortfall.h"
#include "detectors/event/finding.h"
#include "detectors/incident/incident_stage.h"
#include "detectors/sigma/rule_set.h"
#include "detectors/suppression/suppressor.h"

namespace persandian::engine {

struct FindingStageOptions {
    std::string sensor = "sensor-1";
    /// Time moves with the findings (replay): an incident is discovered when it happens. Without it
    /// only on_time() moves the clock.
    bool file_time = false;
    std::uint64_t next_incident_number = 1;        ///< continues the ledger's numbering
    std::function<incident::Coverage()> coverage;  ///< at this moment, of all sources
    correlation::Limits correlation_limits;
    incident::Limits incident_limits;
};

/// Life-cycle: on_finding (ordered by time, source, sequence, as near as can be) and on_time in any
/// number, close() once at the end. Single-threaded.
class FindingStage final : public FindingSink {
  public:
    /// `inventory`, `random` and `out` must outlive the stage.
    FindingStage(std::shared_ptr<const sigma::RuleSet> rules, FindingStageOptions options,
                 const incident::AssetInventory& inventory, RandomSource& random,
                 incident::RecordSink& out);
    FindingStage(const FindingStage&) = delete;
    FindingStage& operator=(const FindingStage&) = delete;

    void on_finding(Finding finding) override;
    /// A finding that an earlier run has dealt with: it fills windows, and nothing comes of it.
    void on_finding_again(Finding finding);
    /// Wall clock in the daemon, file time in replay.
    void on_time(Timestamp now);
    /// What follows is of another time (replay of an older capture): correlations start anew, open
    /// incidents are closed.
    void begin_run();
    /// Writes the final records of all open incidents.
    void close();
    /// As IncidentStage: whether findings are counted in memory only, and how they get out of it.
    [[nodiscard]] std::size_t unwritten() const noexcept { return incidents_->unwritten(); }
    void write_counts() { incidents_->write_counts(); }
    /// From the next finding on. Open incidents go on, and so do the windows of correlations whose
    /// text, and that of every rule they refer to, is what it was; the others start anew.
    void swap_rules(std::shared_ptr<const sigma::RuleSet> rules);

    /// From the next finding on; counts of the plan before are gone. Null: nothing is suppressed.
    void use_suppressions(std::shared_ptr<const suppression::Plan> plan) {
        quiet_.use(std::move(plan));
    }
    [[nodiscard]] const suppression::Suppressor& suppressor() const noexcept { return quiet_; }

    /// Those that have happened, in a fixed order.
    [[nodiscard]] std::vector<Shortfall> shortfalls() const;
    [[nodiscard]] const incident::Counters& incident_counters() const noexcept {
        return incidents_->counters();
    }
    [[nodiscard]] std::uint64_t next_incident_number() const noexcept {
        return incidents_->next_incident_number();
    }

  private:
    // What correlations write to: the suppressor, unless what they say is known.
    class Gate final : public FindingSink {
      public:
        explicit Gate(FindingStage& stage) : stage_(&stage) {}
        void on_finding(Finding finding) override {
            if (is_open) stage_->quiet_.on_finding(std::move(finding));
        }
        bool is_open = true;

      private:
        FindingStage* stage_;
    };

    [[nodiscard]] incident::StageContext context() const;

    // The incidents as the suppressor sees them.
    class IncidentSink final : public FindingSink {
      public:
        explicit IncidentSink(FindingStage& stage) : stage_(&stage) {}
        void on_finding(Finding finding) override {
            stage_->incidents_->on_finding(std::move(finding));
        }

      private:
        FindingStage* stage_;
    };

    std::shared_ptr<const sigma::RuleSet> rules_;
    FindingStageOptions options_;
    std::unique_ptr<incident::IncidentStage> incidents_;
    IncidentSink incident_sink_{*this};
    suppression::Suppressor quiet_{incident_sink_};
    Gate gate_{*this};
    std::unique_ptr<correlation::Correlator> correlator_;
    correlation::Counters before_swaps_;  ///< of correlators that a reload replaced
};

/// Whether a word is one of ours: the name of a field, a protocol, a log format.
/// Built from the catalogs on first use.
[[nodiscard]] bool is_our_word(std::string_view word);

}  // namespace persandian::engine
