// SPDX-License-Identifier: Apache-2.0
//
// Every limit of the flow room, by name. The defaults suit one shard of a sensor with 1 GiB.
#pragma once

#include <cstddef>
#include <cstdint>

#include "detectors/base/timestamp.h"
#include "detectors/base/units.h"
#include "detectors/flow/reassembly_policy.h"

namespace persandian::flow {

/// How long a flow of each kind may be silent before it ends with reason `timeout`.
struct Timeouts {
    Duration tcp_new = Duration::seconds(60);  ///< handshake not complete
    Duration tcp_established = Duration::minutes(10);
    Duration tcp_closing = Duration::seconds(10);  ///< RST, or both FIN seen
    Duration udp = Duration::seconds(60);
    Duration icmp = Duration::seconds(30);
    Duration other = Duration::seconds(60);
    Duration fragments = Duration::seconds(30);  ///< from the first fragment of a datagram
    /// A packet that is older than the newest by more than this starts time anew: all flows end.
    /// (Capture files read one after the other; never in live capture.)
    Duration clock_step_back = Duration::minutes(10);
};

struct Limits {
    Timeouts timeouts;
    /// Whether packets with a wrong IPv4, TCP, UDP or ICMP checksum are left out, as their receiver
    /// does. Off: a capture on the sending machine precedes checksum offload.
    bool check_checksums = false;
    /// A flow that goes on for so long is told by an interim event, and again; 0: never.
    Duration interim = Duration::minutes(10);
    ReassemblyPolicies reassembly;  ///< of the receivers; elsewhere the first copy counts

    /// Flow records, buffered stream bytes and fragments together. Above it the flows nearest to
    /// their timeout end with reason `evicted`. What observers hold is theirs to bound.
    std::size_t max_memory_bytes = 256_MiB;
    std::size_t max_flows = 262'144;

    // TCP, per direction of a flow
    std::size_t max_buffered_bytes = 1_MiB;    ///< waiting for a hole to be filled
    std::size_t max_buffered_segments = 1024;  ///< the same, in pieces
    /// A segment further ahead than this is not believed until a second one follows on it.
    std::uint32_t max_ahead_bytes = 64U << 20U;
    /// Packets of the flow to wait for an acknowledged hole to be filled (reordered captures).
    std::uint32_t acknowledged_hole_packets = 4;
    /// Buffered stream bytes of all flows together; above it the direction that asks gives up its
    /// hole.
    std::size_t max_total_buffered_bytes = 96_MiB;

    // IP fragments
    std::size_t max_fragments_per_datagram = 128;
    std::size_t max_datagram_bytes = 65'535;
    std::size_t max_datagrams = 4096;  ///< incomplete at a time
    std::size_t max_fragment_bytes = 32_MiB;

    /// Copies of recent packets of all flows, so that evidence shows what came before a match; 0
    /// keeps none. Beside max_memory_bytes.
    std::size_t packet_ring_bytes = 16_MiB;
    /// Of a flow's packets behind so many bytes only PacketRing::brief_bytes are kept.
    std::uint64_t packet_ring_depth_bytes = 64_KiB;

    // Anomaly events; all are counted
    std::uint32_t max_anomalies_per_flow = 8;
    std::uint32_t max_decode_anomalies_per_second = 16;  ///< of each kind, in packet time
};

}  // namespace persandian::flow
