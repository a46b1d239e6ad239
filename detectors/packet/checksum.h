// SPDX-License-Identifier: Apache-2.0
//
// Internet checksums (RFC 1071) of a decoded packet: the IPv4 header's, and what TCP, UDP, ICMP and
// ICMPv6 say of their own bytes and the pseudo header (RFC 9293 section 3.1, RFC 768, RFC 792,
// RFC 8200 section 8.1).
#pragma once

#include <cstdint>

#include "detectors/packet/decoded_packet.h"

namespace persandian::packet {

struct Checksum {
    /// False: nothing to check (other protocols, none given), or not everything that is summed is
    /// there or known.
    bool checked = false;
    bool right = false;
    Layer layer = Layer::ipv4;
    std::uint16_t observed = 0;  ///< in the packet
    std::uint16_t expected = 0;  ///< would be right
};

/// Frames longer than this were put together by the capturing machine (segmentation or receive
/// offload), which leaves no checksum of the whole: their transport is not checked.
inline constexpr std::uint32_t longest_checked_frame_bytes = 1600;

[[nodiscard]] Checksum ip_header_checksum(const DecodedPacket& packet) noexcept;
/// Not for fragments; for a datagram made of them after decode_reassembled().
[[nodiscard]] Checksum transport_checksum(const DecodedPacket& packet) noexcept;

}  // namespace persandian::packet
