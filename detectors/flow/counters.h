// SPDX-License-Identifier: Apache-2.0
//
// What the flow room did and what it could not do, counted since its construction.
#pragma once

#include <cstddef>
#include <cstdint>

namespace persandian::flow {

struct Counters {
    // packets by what became of them; their sum is `packets`
    std::uint64_t packets = 0;              ///< all given to on_packet
    std::uint64_t packets_in_flows = 0;     ///< decoded and given to a flow
    std::uint64_t packets_not_ip = 0;       ///< ARP, STP, LLDP, … : nothing to follow
    std::uint64_t packets_unsupported = 0;  ///< link type or encapsulation we do not read
    std::uint64_t packets_malformed = 0;    ///< break their own format
    std::uint64_t packets_truncated = 0;  ///< cut by the capture before the transport header ended
    std::uint64_t packets_limit = 0;      ///< nested deeper than a limit allows
    std::uint64_t packets_bad_checksum = 0;  ///< not followed; see Limits::check_checksums
    std::uint64_t packets_fragments = 0;     ///< IP fragments, kept for reassembly or dropped

    std::uint64_t bytes = 0;              ///< on the wire, as captured
    std::uint64_t checksums_doubted = 0;  ///< wrong, but so are all of that sender: followed

    // fragments
    std::uint64_t datagrams_reassembled = 0;
    std::uint64_t datagrams_timed_out = 0;
    std::uint64_t datagrams_evicted = 0;    ///< max_datagrams or max_fragment_bytes reached
    std::uint64_t datagrams_malformed = 0;  ///< overlap (IPv6), contradiction, limits per datagram

    // flows
    std::uint64_t flows = 0;        ///< started
    std::uint64_t flows_ended = 0;  ///< sum of the five reasons
    std::uint64_t flows_timeout = 0;
    std::uint64_t flows_closed = 0;
    std::uint64_t flows_reset = 0;
    std::uint64_t flows_shutdown = 0;
    std::uint64_t flows_evicted = 0;     ///< max_memory_bytes or max_flows reached
    std::uint64_t flows_shed = 0;        ///< their rest was not read, see set_shed_depth()
    std::uint64_t flows_interim = 0;     ///< interim events of flows that go on
    std::uint64_t flows_midstream = 0;   ///< TCP without its handshake
    std::uint64_t clock_steps_back = 0;  ///< time started anew, see Timeouts::clock_step_back

    // TCP
    std::uint64_t stream_bytes = 0;            ///< delivered to observers
    std::uint64_t retransmitted_segments = 0;  ///< nothing new in them
    std::uint64_t out_of_order_segments = 0;   ///< buffered for a while
    std::uint64_t overlap_conflicts = 0;       ///< two copies of the same bytes differed
    std::uint64_t gaps = 0;                    ///< holes given up
    std::uint64_t gap_bytes = 0;               ///< bytes in them
    std::uint64_t buffer_limit_hits = 0;       ///< holes given up because a buffer was full
    std::uint64_t segments_out_of_window = 0;  ///< not believed
    std::uint64_t segments_beyond_window = 0;  ///< begin behind what the receiver offered
    std::uint64_t resets_doubted = 0;          ///< not at the sequence number expected
    std::uint64_t keep_alives = 0;             ///< one byte, acknowledged before
    std::uint64_t urgent_segments = 0;

    // events
    std::uint64_t anomalies = 0;             ///< noticed
    std::uint64_t anomalies_suppressed = 0;  ///< of those, not sent because of a rate limit

    // now
    std::size_t active_flows = 0;
    std::size_t memory_bytes = 0;       ///< counted against max_memory_bytes
    std::size_t peak_memory_bytes = 0;  ///< highest so far
    std::size_t buffered_bytes = 0;     ///< of memory_bytes: stream bytes waiting
    std::size_t fragment_bytes = 0;     ///< of memory_bytes: fragments waiting
};

}  // namespace persandian::flow
