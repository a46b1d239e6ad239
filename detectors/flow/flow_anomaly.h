// SPDX-License-Identifier: Apache-2.0
//
// What the flow room finds odd beyond single headers.
#pragma once

#include <cstdint>
#include <string_view>

namespace persandian::flow {

enum class StreamAnomalyKind : std::uint8_t {
    overlap_conflict,        ///< two copies of the same stream bytes differ
    segment_out_of_window,   ///< observed: bytes ahead; limit: Limits::max_ahead_bytes
    segment_beyond_window,   ///< observed: bytes beyond what the receiver offered; told once
    reset_out_of_window,     ///< observed: bytes off the sequence number expected; it is ignored
    urgent_data,             ///< observed: urgent pointer; told once per direction
    data_after_reset,        ///< a side sends data after its own RST
    data_after_fin,          ///< a side sends data behind its acknowledged FIN
    fragment_conflict,       ///< two copies of the same fragment bytes differ
    fragment_overlap,        ///< IPv6 fragments overlap (RFC 5722): the datagram is dropped
    fragment_contradiction,  ///< fragments disagree on the length of the datagram
    fragments_per_datagram,  ///< observed, limit: fragments; the datagram is dropped
};

/// Names as in anomaly.event and anomaly.layer. Static storage.
[[nodiscard]] constexpr std::string_view to_string(StreamAnomalyKind kind) noexcept {
    switch (kind) {
        case StreamAnomalyKind::overlap_conflict:
            return "overlap_conflict";
        case StreamAnomalyKind::segment_out_of_window:
            return "segment_out_of_window";
        case StreamAnomalyKind::segment_beyond_window:
            return "segment_beyond_window";
        case StreamAnomalyKind::reset_out_of_window:
            return "reset_out_of_window";
        case StreamAnomalyKind::urgent_data:
            return "urgent_data";
        case StreamAnomalyKind::data_after_reset:
            return "data_after_reset";
        case StreamAnomalyKind::data_after_fin:
            return "data_after_fin";
        case StreamAnomalyKind::fragment_conflict:
            return "fragment_conflict";
        case StreamAnomalyKind::fragment_overlap:
            return "fragment_overlap";
        case StreamAnomalyKind::fragment_contradiction:
            return "fragment_contradiction";
        case StreamAnomalyKind::fragments_per_datagram:
            return "fragments_per_datagram";
    }
    return "unknown";
}

struct StreamAnomaly {
    StreamAnomalyKind kind = StreamAnomalyKind::overlap_conflict;
    std::uint64_t observed = 0;
    std::uint64_t limit = 0;
};

}  // namespace persandian::flow
