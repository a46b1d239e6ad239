// SPDX-License-Identifier: Apache-2.0
//
// What leaves the flow room: flows, their reassembled bytes, and who listens to them. The flow room
// knows no application protocol; an observer made per flow does.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

#include "detectors/base/bytes.h"
#include "detectors/base/ip_address.h"
#include "detectors/base/timestamp.h"
#include "detectors/event/event.h"
#include "detectors/event/raw_packet.h"

namespace persandian::flow {

enum class Direction : std::uint8_t { to_server, to_client };

/// Who talks to whom. The client is who sent the first packet seen, corrected by SYN/SYN-ACK when
/// the capture starts mid-stream. Valid from on_flow_start until on_end returns.
struct FlowInfo {
    std::uint64_t id = 0;  ///< unique per run, positive, fits EVE's 53-bit integers
    IpAddress client, server;
    std::uint16_t client_port = 0,
                  server_port = 0;       ///< ICMP: type and code as community-id maps them
    std::uint8_t ip_protocol = 0;        ///< IANA number: 6 TCP, 17 UDP, 1 ICMP, 58 ICMPv6
    std::uint16_t vlan_ids[2] = {0, 0};  ///< outermost first; 0 = none
    Timestamp first_seen;
    /// Community-id v1, seed 0. Computed on first use, kept afterwards; valid as long as the flow.
    /// Empty when an address is missing.
    [[nodiscard]] std::string_view community_id() const PERSANDIAN_LIFETIME_BOUND;

  private:
    mutable std::array<char, 32> community_id_{};
    mutable std::uint8_t community_id_size_ = 0;
};

/// Adds the fields that every event of a flow carries: flow_id, src_ip/src_port/dest_ip/dest_port
/// in the direction given, proto, community_id, vlan. ICMP has no ports: its flow has icmp_type and
/// icmp_code instead. app_proto is the protocol room's to add.
void add_flow_fields(Event& event, const FlowInfo& flow, Direction direction);

/// The evidence of an event made from `packet`. Views into the packet: as long valid as it is.
[[nodiscard]] Origin origin_of(const RawPacket& packet) noexcept;

/// Bytes of one direction of a TCP stream, in order, each byte once.
/// `bytes` is a view into the reassembler (or the packet): valid until on_chunk() returns.
struct StreamChunk {
    const FlowInfo& flow;
    Direction direction;
    ByteView bytes;
    std::uint64_t stream_offset_bytes =
        0;                        ///< of bytes[0], counted from the first byte of the stream
    std::uint64_t gap_bytes = 0;  ///< bytes lost immediately before bytes[0]
    bool midstream = false;       ///< the start of the stream was not captured
    Timestamp time;               ///< of the packet that made the bytes deliverable
    /// The frame that made the bytes deliverable, for evidence; null when time (a timeout, the end
    /// of the flow) did. Valid until on_chunk() returns.
    const RawPacket* packet = nullptr;
};

/// One UDP payload, or one ICMP message from its type octet on (defragmented). Valid until
/// on_datagram() returns.
struct Datagram {
    const FlowInfo& flow;
    Direction direction;
    ByteView bytes;
    bool truncated = false;  ///< the capture cut it (snap length)
    Timestamp time;
    const RawPacket* packet = nullptr;  ///< the (last) frame it came in; never null from FlowRoom
};

enum class FlowEndReason : std::uint8_t { timeout, closed, reset, shutdown, evicted };

/// Counters of one direction.
struct FlowCounters {
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;  ///< IP packet bytes on the wire, without link header
    std::uint64_t retransmitted_segments = 0;
    std::uint64_t gap_bytes = 0;
    std::uint8_t tcp_flags = 0;  ///< union of all flags seen
};

/// One flow's listener; made by FlowObserverFactory when the flow starts, destroyed after on_end.
/// Bytes of a direction arrive in order; on_end is called exactly once and last. Never throws.
class FlowObserver {
  public:
    virtual ~FlowObserver() = default;
    virtual void on_chunk(const StreamChunk& chunk) noexcept = 0;
    virtual void on_datagram(const Datagram& datagram) noexcept = 0;
    /// A direction is finished: FIN seen and all bytes delivered, RST, or the flow ends.
    virtual void on_direction_end(const FlowInfo& flow, Direction direction,
                                  Timestamp time) noexcept = 0;
    virtual void on_end(const FlowInfo& flow, Timestamp time) noexcept = 0;
    /// Name of the application protocol found, "" when none, "failed" when probing gave up. Static.
    [[nodiscard]] virtual std::string_view app_proto() const noexcept = 0;
    /// Whether further payload is of no interest. Asked after each delivery; from the first true on
    /// the flow room only counts the flow's packets.
    [[nodiscard]] virtual bool done() const noexcept = 0;
};

class FlowObserverFactory {
  public:
    virtual ~FlowObserverFactory() = default;
    /// Called when the first packet of a flow arrives. `flow` stays at its address and valid until
    /// the observer's on_end returns. Null: nobody is interested.
    [[nodiscard]] virtual std::unique_ptr<FlowObserver> on_flow_start(
        const FlowInfo& flow) noexcept = 0;
};

}  // namespace persandian::flow
