// SPDX-License-Identifier: Apache-2.0
//
// Engine: one EventStage and the FindingStage in line, for tests, fuzzers and single-threaded use.
// Time is file time: it moves with the packets and events.
#pragma once

#include <memory>

#include "detectors/engine/event_stage.h"
#include "detectors/engine/finding_stage.h"

namespace persandian::engine {

/// Life-cycle: packets and lines in the order of time, then finish() once.
class Engine {
  public:
    /// `inventory`, `random` and `out` must outlive the engine. options.coverage and
    /// options.file_time are set here.
    Engine(const std::shared_ptr<const sigma::RuleSet>& rules, FindingStageOptions finding_options,
           const EventStageOptions& event_options, const incident::AssetInventory& inventory,
           RandomSource& random, incident::RecordSink& out);

    void on_packet(const RawPacket& packet);
    void on_line(const LogLine& line);
    /// Ends all flows and closes all incidents.
    void finish();
    void swap_rules(const std::shared_ptr<const sigma::RuleSet>& rules);

    [[nodiscard]] EventStage& events() noexcept { return events_; }
    [[nodiscard]] FindingStage& findings() noexcept { return findings_; }

  private:
    void move_time();

    FindingStage findings_;
    EventStage events_;
    Timestamp told_;  ///< time that the finding stage knows
};

}  // namespace persandian::engine
