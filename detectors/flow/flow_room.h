// SPDX-License-Identifier: Apache-2.0
//
// FlowRoom: packets in, flows and their reassembled bytes out.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "detectors/event/event.h"
#include "detectors/event/raw_packet.h"
#include "detectors/flow/counters.h"
#include "detectors/flow/flow.h"
#include "detectors/flow/limits.h"

namespace persandian::flow {

/// Decodes packets, reassembles IP fragments and TCP streams, and tells one observer per flow.
/// Writes `flow` events (at the end of each flow) and `anomaly` events (decode, stream) to
/// `events`.
///
/// Place: one per shard, between a source and the protocols room. Life-cycle: on_packet and on_time
/// in any number, then finish() once. Single-threaded. Deterministic: the same calls give the same
/// events; `hash_seed` changes nothing but the table's inner order. `factory` and `events` outlive
/// it. Limits: limits.h; what they cost: counters().
class FlowRoom {
  public:
    FlowRoom(const Limits& limits, std::uint64_t hash_seed, FlowObserverFactory& factory,
             EventSink& events);
    ~FlowRoom();
    FlowRoom(const FlowRoom&) = delete;
    FlowRoom& operator=(const FlowRoom&) = delete;

    /// Takes one frame; its time also moves the room's clock. The frame may go when it returns.
    void on_packet(const RawPacket& packet) noexcept;
    /// Moves the clock without a packet: ends flows that have been silent too long.
    void on_time(Timestamp now) noexcept;
    /// Ends every flow with reason `shutdown` (or closed, reset), oldest first. The room is empty
    /// afterwards and may be used again.
    void finish() noexcept;

    /// Under pressure: of each direction no more than `depth_bytes` are given to the observer, and
    /// what follows is only counted, so that beginnings, which tell most, are not lost. 0: all.
    void set_shed_depth(std::uint64_t depth_bytes) noexcept;

    /// While an event is being told: the earlier packets of its flow, newest first, as far back as
    /// `take` says true. What carries nothing (bare acknowledgements) is not kept, and nothing of
    /// a flow whose observer is done. No packets for events without flow. As PacketRing::visit().
    void earlier_packets(const std::function<bool(const RawPacket&)>& take) const;

    [[nodiscard]] const Counters& counters() const noexcept PERSANDIAN_LIFETIME_BOUND;

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace persandian::flow
