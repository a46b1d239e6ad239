// SPDX-License-Identifier: Apache-2.0
//
// CaptureShare: the interfaces that one shard reads, and what it does when it cannot keep up.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "daemon/sources/pcap_live.h"
#include "detectors/base/timestamp.h"
#include "detectors/base/units.h"
#include "detectors/engine/event_stage.h"
#include "detectors/incident/incident_stage.h"

namespace persandian::runtime {

using Captures = std::vector<std::unique_ptr<sources::PcapLive>>;

/// Reads packets into a stage, some of each interface in turn. When it has not come to rest for
/// busy_before_shedding, or the kernel drops packets, only the beginnings of flows are read until
/// calm_before_normal has passed without either: shed on purpose and counted, rather than lost
/// anywhere. One thread at a time.
class CaptureShare {
  public:
    static constexpr Duration busy_before_shedding = Duration::seconds(3);
    static constexpr Duration calm_before_normal = Duration::seconds(10);
    static constexpr std::uint64_t depth_when_busy_bytes = 1_MiB;  ///< per direction of a flow
    static constexpr std::uint64_t depth_when_dropping_bytes = 64_KiB;

    /// `stage` must outlive the share. The captures are open.
    CaptureShare(Captures captures, engine::EventStage& stage);

    /// Reads what is there, a bounded number of packets; false when nothing was. `now`: monotonic.
    bool read(Timestamp now);
    /// Adds what the kernel and the devices dropped.
    void add_drops(incident::Coverage& coverage);
    /// Time of the newest packet read; far past before the first.
    [[nodiscard]] Timestamp reached() const noexcept { return reached_; }
    [[nodiscard]] std::span<const std::unique_ptr<sources::PcapLive>> captures() const noexcept {
        return captures_;
    }

  private:
    void shed_if_needed(Timestamp now, bool at_rest);

    Captures captures_;
    engine::EventStage& stage_;
    Timestamp reached_{INT64_MIN};
    Timestamp rested_{INT64_MIN};   ///< monotonic; last time that nothing was left to read
    Timestamp trouble_{INT64_MIN};  ///< monotonic; last time that there was too much
    Timestamp looked_{INT64_MIN};   ///< monotonic; when drops were asked for last
    std::uint64_t known_drops_ = 0;
    std::uint64_t depth_bytes_ = 0;
};

}  // namespace persandian::runtime
