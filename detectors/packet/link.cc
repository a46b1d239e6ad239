// SPDX-License-Identifier: Apache-2.0
//
// The link types we read, by libpcap's LINKTYPE_ number, and raw IP.
#include "detectors/packet/layers.h"

namespace persandian::packet {

void decode(const RawPacket& raw, DecodedPacket& out) noexcept {
    out = DecodedPacket{};
    out.raw = &raw;
    decode_link(raw.link_type, {raw.bytes, raw.wire_length_bytes > raw.bytes.size()}, out);
}

void decode_link(std::uint32_t link_type, Cursor cursor, DecodedPacket& out) noexcept {
    switch (link_type) {
        case 1:
            return decode_ethernet(cursor, out);
        case 0:    // BSD null
        case 108:  // OpenBSD loop
            return decode_loopback(cursor, out);
        case 12:   // raw IP as most systems number it
        case 14:   // raw IP on OpenBSD
        case 101:  // raw IP
        case 228:  // IPv4, but some writers take it for any IP
        case 229:  // IPv6, likewise
            return decode_raw_ip(cursor, out);
        case 113:
            return decode_linux_cooked_v1(cursor, out);
        case 276:
            return decode_linux_cooked_v2(cursor, out);
        default:
            decode_rare_link(link_type, cursor, out);
    }
}

void decode_rare_link(std::uint32_t link_type, Cursor cursor, DecodedPacket& out) noexcept {
    switch (link_type) {
        case 9:   // PPP
        case 50:  // PPP in HDLC framing
            return decode_ppp(cursor, out);
        case 51:
            return decode_pppoe(cursor, out);
        case 104:
            return decode_cisco_hdlc(cursor, out);
        case 10:
            return decode_fddi(cursor, out);
        case 105:
            return decode_ieee80211(cursor, out);
        case 127:
            return decode_radiotap(cursor, out);
        case 109:  // OpenBSD's encapsulation device
            return decode_prefixed_ip(12, cursor, out);
        case 117:
            return decode_pf_log(cursor, out);
        case 226:  // Solaris IPNET
            return decode_prefixed_ip(24, cursor, out);
        case 149:  // PKTAP under its user number
        case 258:
            return decode_pktap(cursor, out);
        case 242:
            return decode_ip_over_infiniband(cursor, out);
        case 219:
            return decode_mpls(cursor, out);
        case 239:
            return decode_nflog(cursor, out);
        case 281:  // Broadcom's tag
        case 284:  // Marvell's distributed switch architecture
            return decode_tagged_ethernet(4, cursor, out);
        case 285:  // the same with an EtherType of its own
            return decode_tagged_ethernet(8, cursor, out);
        default:
            out.outcome = Outcome::unsupported;
    }
}

void decode_raw_ip(Cursor cursor, DecodedPacket& out) noexcept {
    if (cursor.bytes.empty()) return set_short(cursor, Layer::link, 1, out);
    const auto version = std::to_integer<unsigned>(cursor.bytes[0]) >> 4U;
    if (version == 4) return decode_ipv4(cursor, out);
    if (version == 6) return decode_ipv6(cursor, out);
    set_malformed(ProblemKind::ip_version, Layer::link, version, 4, out);
}

}  // namespace persandian::packet
