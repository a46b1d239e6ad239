// SPDX-License-Identifier: Apache-2.0
//
// FlowTable: the flows of a room, found by key, ordered by when they time out.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "detectors/flow/flow.h"
#include "detectors/flow/flow_history.h"
#include "detectors/flow/flow_key.h"
#include "detectors/flow/limits.h"
#include "detectors/flow/packet_ring.h"
#include "detectors/flow/slab_table.h"
#include "detectors/flow/tcp_connection.h"

namespace persandian::flow {

/// Which timeout a flow is under.
enum class FlowKind : std::uint8_t { tcp_new, tcp_established, tcp_closing, udp, icmp, other };
inline constexpr std::size_t flow_kind_count = 6;

/// One flow. About 700 bytes; more only while TCP segments wait for a hole to be filled.
struct Flow {
    FlowInfo info;
    std::unique_ptr<FlowObserver> observer;
    std::array<FlowCounters, 2> counters;
    TcpConnection tcp;
    Timestamp last_seen;    ///< time of the latest packet as captured
    Timestamp last_active;  ///< the room's clock then
    PacketRing::Place newest_kept = 0;
    Timestamp reported;  ///< start, or the last interim event
    FlowHistory history;
    std::uint32_t anomalies = 0;
    bool client_is_low = true;  ///< the client is the key's low end
    bool observer_done = false;
};

using FlowNode = SlabTable<FlowKey, Flow, flow_kind_count>::Node;

class FlowTable {
  public:
    FlowTable(const Limits& limits, std::uint64_t hash_seed);

    /// Null when there is none.
    [[nodiscard]] FlowNode* find(const FlowKey& key) noexcept;
    FlowNode& insert(const FlowKey& key, FlowKind kind, Timestamp now);
    /// A packet of the flow was seen at `now`, which is not before any earlier `now`.
    void touch(FlowNode& node, FlowKind kind, Timestamp now) noexcept;
    void erase(FlowNode& node) noexcept { table_.erase(node); }

    /// The flow that times out first; null when empty.
    [[nodiscard]] FlowNode* next_to_expire() noexcept;
    /// As next_to_expire(), when its time has come.
    [[nodiscard]] FlowNode* expired(Timestamp now) noexcept;
    /// When `node` times out if nothing happens.
    [[nodiscard]] Timestamp deadline(const FlowNode& node) const noexcept;

    [[nodiscard]] std::size_t size() const noexcept { return table_.size(); }
    [[nodiscard]] bool full() const noexcept { return table_.size() >= max_flows_; }
    [[nodiscard]] std::size_t memory_bytes() const noexcept {
        return table_.size() * Table::node_cost_bytes;
    }
    /// What one flow costs against Limits::max_memory_bytes.
    [[nodiscard]] static constexpr std::size_t flow_cost_bytes() noexcept {
        return Table::node_cost_bytes;
    }

  private:
    using Table = SlabTable<FlowKey, Flow, flow_kind_count>;

    std::array<Duration, flow_kind_count> timeouts_;
    std::size_t max_flows_;
    std::uint64_t seed_;
    Table table_;
    Timestamp none_expires_before_{INT64_MAX};
};

}  // namespace persandian::flow
