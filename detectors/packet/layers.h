// SPDX-License-Identifier: Apache-2.0
//
// The layers inside the packet room. Each reads its header from a Cursor and calls the next; one
// file per layer. A new encapsulation is a new file plus a case in the table that names it
// (link.cc, ethertype.cc, ip_protocol.cc, tunnel.cc).
#pragma once

#include <cstdint>

#include "detectors/base/bytes.h"
#include "detectors/packet/decoded_packet.h"

namespace persandian::packet {

/// What is left of a frame.
struct Cursor {
    ByteView bytes;
    bool cut = false;                 ///< the capture ended it, not the protocol
    std::uint32_t missing_bytes = 0;  ///< inside IP: bytes on the wire behind `bytes`

    [[nodiscard]] std::uint32_t wire_bytes() const noexcept {
        return static_cast<std::uint32_t>(bytes.size()) + missing_bytes;
    }

    /// Drops `count` bytes from the front; the caller has checked that they are there.
    void advance(std::size_t count) noexcept { bytes = bytes.subspan(count); }
};

// --- answers, shared by the layers -----------------------------------------------------------

/// `cursor` holds fewer than `needed` bytes: truncated when the capture cut it, else malformed.
void set_short(const Cursor& cursor, Layer layer, std::size_t needed, DecodedPacket& out) noexcept;
/// The layer's payload is what is left.
void set_payload(const Cursor& cursor, DecodedPacket& out) noexcept;
void set_malformed(ProblemKind kind, Layer layer, std::uint64_t observed, std::uint64_t limit,
                   DecodedPacket& out) noexcept;
/// Remembers an oddity of a packet that stays usable; the first one is kept.
void note(ProblemKind kind, Layer layer, std::uint64_t observed, std::uint64_t limit,
          DecodedPacket& out) noexcept;
/// Counts one more header; false, with outcome `limit`, when there are too many.
[[nodiscard]] bool enter_header(Layer layer, DecodedPacket& out) noexcept;

// --- link layers -------------------------------------------------------------------------------

void decode_ethernet(Cursor cursor, DecodedPacket& out) noexcept;
/// IEEE 802.2 LLC, with SNAP.
void decode_llc(Cursor cursor, DecodedPacket& out) noexcept;
void decode_linux_cooked_v1(Cursor cursor, DecodedPacket& out) noexcept;
void decode_linux_cooked_v2(Cursor cursor, DecodedPacket& out) noexcept;
/// BSD null (address family in the byte order of whoever captured) and OpenBSD loop (big endian).
void decode_loopback(Cursor cursor, DecodedPacket& out) noexcept;
/// IPv4 or IPv6 by the version field.
void decode_raw_ip(Cursor cursor, DecodedPacket& out) noexcept;
/// By LINKTYPE_ number.
void decode_link(std::uint32_t link_type, Cursor cursor, DecodedPacket& out) noexcept;
void decode_rare_link(std::uint32_t link_type, Cursor cursor, DecodedPacket& out) noexcept;
void decode_ppp(Cursor cursor, DecodedPacket& out) noexcept;
void decode_pppoe(Cursor cursor, DecodedPacket& out) noexcept;
void decode_cisco_hdlc(Cursor cursor, DecodedPacket& out) noexcept;
void decode_ieee80211(Cursor cursor, DecodedPacket& out) noexcept;
void decode_radiotap(Cursor cursor, DecodedPacket& out) noexcept;
void decode_nflog(Cursor cursor, DecodedPacket& out) noexcept;
void decode_pktap(Cursor cursor, DecodedPacket& out) noexcept;
void decode_pf_log(Cursor cursor, DecodedPacket& out) noexcept;
void decode_ip_over_infiniband(Cursor cursor, DecodedPacket& out) noexcept;
void decode_fddi(Cursor cursor, DecodedPacket& out) noexcept;
/// Raw IP behind a header of fixed size.
void decode_prefixed_ip(std::size_t prefix_bytes, Cursor cursor, DecodedPacket& out) noexcept;
/// Ethernet with a switch's tag before the EtherType.
void decode_tagged_ethernet(std::size_t tag_bytes, Cursor cursor, DecodedPacket& out) noexcept;

// --- what an EtherType announces -----------------------------------------------------------------

/// `type` is an EtherType, or below 0x600 an IEEE 802.3 length.
void decode_ethertype(std::uint16_t type, Cursor cursor, DecodedPacket& out) noexcept;
void decode_vlan(Cursor cursor, DecodedPacket& out) noexcept;
void decode_mpls(Cursor cursor, DecodedPacket& out) noexcept;
void decode_ipv4(Cursor cursor, DecodedPacket& out) noexcept;
void decode_ipv6(Cursor cursor, DecodedPacket& out) noexcept;

// --- what an IP protocol number announces --------------------------------------------------------

/// Extension headers (RFC 8200 section 4, RFC 4302), then the transport.
void decode_ip_protocol(std::uint8_t protocol, Cursor cursor, DecodedPacket& out) noexcept;
/// False, with `out` as it was: no tunnel, or nothing readable in it.
[[nodiscard]] bool decode_ip_tunnel(std::uint8_t protocol, Cursor cursor,
                                    DecodedPacket& out) noexcept;
/// The same for a datagram whose ports and payload are in `out`; `cursor` is its payload.
[[nodiscard]] bool decode_udp_tunnel(Cursor cursor, DecodedPacket& out) noexcept;
void decode_tcp(Cursor cursor, DecodedPacket& out) noexcept;
void decode_udp(Cursor cursor, DecodedPacket& out) noexcept;
void decode_icmp(Transport which, Cursor cursor, DecodedPacket& out) noexcept;
void decode_sctp(Cursor cursor, DecodedPacket& out) noexcept;

/// Cuts an IP packet to the length its header claims (padding goes, a cut capture is noted).
/// `claimed_bytes` counts from cursor's first byte. Sets ip_bytes.
void limit_to_ip_length(std::uint32_t claimed_bytes, Layer layer, Cursor& cursor,
                        DecodedPacket& out) noexcept;

}  // namespace persandian::packet
