// SPDX-License-Identifier: Apache-2.0
//
// DecodedPacket: what the headers of one frame say. Plain values and views into the frame; no
// state is kept between packets. Numbers are in host order.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "detectors/base/bytes.h"
#include "detectors/base/ip_address.h"
#include "detectors/event/raw_packet.h"

namespace persandian::packet {

/// What became of a frame.
enum class Outcome : std::uint8_t {
    ok,      ///< IP with a transport header (or a fragment); `problem` may still name an oddity
    not_ip,  ///< nothing to follow: ARP, spanning tree, LLDP, …
    unsupported,  ///< a link type or encapsulation that we do not read
    malformed,    ///< breaks its own format; see `problem`
    truncated,    ///< the capture cut it before the transport header ended
    limit,        ///< more headers than a limit allows; see `problem`
};

/// Which layer noticed a problem.
enum class Layer : std::uint8_t { link, vlan, ipv4, ipv6, tcp, udp, icmp, sctp };

/// Name as in anomaly.layer: "ipv4". Static storage.
[[nodiscard]] std::string_view to_string(Layer layer) noexcept;

/// A closed set of what can be wrong with headers.
enum class ProblemKind : std::uint8_t {
    none,
    header_too_short,        ///< observed: bytes there; limit: bytes needed
    too_many_headers,        ///< link, VLAN, tunnel and IP headers; observed, limit: headers
    ip_version,              ///< observed: version field; limit: the version expected
    ip_header_length,        ///< observed: header bytes claimed; limit: bytes needed or there
    ip_total_length,         ///< observed: total bytes claimed; limit: header bytes
    ip_length_beyond_frame,  ///< observed: bytes claimed; limit: bytes in the frame (usable)
    ip_fragment_too_large,   ///< observed: end of the fragment; limit: 65,535 bytes
    tcp_header_length,       ///< observed: header bytes claimed; limit: bytes needed or there
    tcp_option_length,       ///< observed: option length; limit: what fits (usable)
    udp_length,              ///< observed: datagram bytes claimed; limit: 8 or the bytes there
    bad_checksum,            ///< observed: in the packet; limit: what it should be; see checksum.h
    checksum_offload,        ///< a sender of whom no checksum is right; observed, limit: packets
};
inline constexpr std::size_t problem_kind_count =
    static_cast<std::size_t>(ProblemKind::checksum_offload) + 1;

/// Name as in anomaly.event: "ip_total_length". Static storage.
[[nodiscard]] std::string_view to_string(ProblemKind kind) noexcept;

/// What is wrong with a frame, for an anomaly event.
struct Problem {
    ProblemKind kind = ProblemKind::none;
    Layer layer = Layer::link;
    std::uint64_t observed = 0;
    std::uint64_t limit = 0;
};

enum class Transport : std::uint8_t { none, tcp, udp, icmp_v4, icmp_v6, sctp, other };

/// TCP flags as on the wire (RFC 9293 section 3.1).
namespace tcp_flag {
inline constexpr std::uint8_t fin = 0x01, syn = 0x02, rst = 0x04, psh = 0x08, ack = 0x10,
                              urg = 0x20, ece = 0x40, cwr = 0x80;
}

/// RFC 9293; options RFC 7323 (window scale, timestamps), RFC 2018 (SACK permitted).
struct TcpHeader {
    std::uint32_t sequence = 0;
    std::uint32_t acknowledgement = 0;
    std::uint16_t window = 0;
    std::uint16_t urgent_pointer = 0;
    std::uint8_t flags = 0;
    bool sack_permitted = false;
    bool has_window_scale = false;
    bool has_timestamps = false;
    std::uint8_t window_scale = 0;
    std::uint16_t maximum_segment_bytes = 0;  ///< 0 = option absent
    std::uint32_t timestamp_value = 0;
    std::uint32_t timestamp_echo = 0;

    [[nodiscard]] bool has(std::uint8_t all_of) const noexcept {
        return (flags & all_of) == all_of;
    }
};

/// An IP fragment (RFC 791 section 3.2, RFC 8200 section 4.5). `payload` is then the fragment's
/// data and there is no transport header.
struct FragmentHeader {
    bool present = false;
    bool more = false;
    std::uint32_t offset_bytes = 0;
    std::uint32_t id = 0;
};

/// Valid as long as the RawPacket it was made from.
struct DecodedPacket {
    const RawPacket* raw = nullptr;  ///< never null after decode()
    Outcome outcome = Outcome::unsupported;
    Transport transport = Transport::none;
    std::uint8_t vlan_count = 0;                ///< tags seen
    std::uint8_t ip_version = 0;                ///< 4, 6, or 0 when no IP header was read
    std::uint8_t ip_protocol = 0;               ///< of the payload, after extension headers
    std::uint8_t ip_ttl = 0;                    ///< or hop limit
    std::uint8_t icmp_type = 0, icmp_code = 0;  ///< ICMP
    std::uint8_t header_count = 0;              ///< headers read so far
    std::uint8_t tunnel_count = 0;              ///< IP packets around this one
    bool payload_truncated = false;             ///< payload.size() < payload_wire_bytes
    /// The transport's checksum is over other addresses than the header's: source routing, home
    /// address (RFC 8200 section 8.1, RFC 6275 section 6.3).
    bool other_pseudo_header = false;
    std::uint16_t source_port = 0, destination_port = 0;  ///< TCP, UDP, SCTP
    std::array<std::uint16_t, 2> vlan_ids{};  ///< the two outermost, outermost first; 0 = none
    IpAddress source, destination;
    std::uint32_t ip_bytes = 0;  ///< the whole IP packet on the wire, header included
    FragmentHeader fragment;
    TcpHeader tcp;
    Problem problem;
    /// What the transport carries (ICMP: the message from its type octet on; other protocols:
    /// the IP payload). Without Ethernet padding.
    ByteView payload;
    ByteView ip_header;                    ///< IPv4, with options; for its checksum
    ByteView transport_bytes;              ///< TCP, UDP, ICMP: header and payload, for the checksum
    std::uint32_t payload_wire_bytes = 0;  ///< its length on the wire

    /// Link, VLAN, IP, extension and tunnel headers in one frame.
    static constexpr std::uint8_t max_headers = 16;
};

/// Reads the headers of one frame. Reuses `out`; never fails, see out.outcome.
void decode(const RawPacket& raw, DecodedPacket& out) noexcept;

/// Goes on with a datagram that was reassembled from fragments: `packet` is one of its fragments,
/// `protocol` the header that follows, `payload` everything behind the fragment headers. Views in
/// `packet` then point into `payload`.
void decode_reassembled(std::uint8_t protocol, ByteView payload, DecodedPacket& packet) noexcept;

}  // namespace persandian::packet
