// SPDX-License-Identifier: Apache-2.0
//
// PayloadTap: stands between the flow room and the observers of flows, and makes `payload` events
// of what passes, for rules about bytes. Costs nothing unless some rule reads them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "detectors/base/units.h"
#include "detectors/event/event.h"
#include "detectors/flow/flow.h"

namespace persandian::flow {

/// A datagram is an event of its own. Of a TCP stream one side's turn is: its bytes up to the
/// other's answer or the end, in windows of `window_bytes` when it is longer; each window begins
/// with the last `overlap_bytes` of the one before, so that what stands across its border is found.
///
/// Life-cycle: outlives its flow room; `inner` and `events` outlive it. Single-threaded.
class PayloadTap final : public FlowObserverFactory {
  public:
    static constexpr std::string_view event_type = "payload";
    static constexpr std::size_t window_bytes = 4_KiB;
    static constexpr std::size_t overlap_bytes = 512;
    /// Of each direction of a flow; what comes later is not looked at.
    static constexpr std::size_t depth_bytes = 64_KiB;
    /// What windows of all flows hold. Above it turns are not put together: each chunk is an event.
    static constexpr std::size_t max_held_bytes = 64_MiB;

    struct Counters {
        std::uint64_t events = 0;
        std::uint64_t bytes_beyond_depth = 0;  ///< not looked at
        std::uint64_t bytes_encrypted = 0;     ///< likewise: of TLS and SSH
        std::uint64_t chunks_alone = 0;        ///< because of max_held_bytes
        std::uint64_t held_bytes = 0;          ///< now
    };

    PayloadTap(FlowObserverFactory& inner, EventSink& events) noexcept
        : inner_(inner), events_(events) {}

    /// Whether flows that start from now on are tapped.
    void set_wanted(bool wanted) noexcept { wanted_ = wanted; }
    /// As ProtocolRoom::set_origin().
    void set_origin(const Origin& origin) noexcept { origin_ = origin; }
    [[nodiscard]] std::unique_ptr<FlowObserver> on_flow_start(
        const FlowInfo& flow) noexcept override;
    [[nodiscard]] const Counters& counters() const noexcept { return counters_; }

  private:
    class Tapped;

    FlowObserverFactory& inner_;
    EventSink& events_;
    bool wanted_ = false;
    Origin origin_;
    Counters counters_;
    Event event_;
};

}  // namespace persandian::flow
