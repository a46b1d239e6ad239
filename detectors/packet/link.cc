// SPDX-License-Identifier: Apache-2.0
//
// The link types we read, by libpcap's LINKTYPE_ number, and raw IP.
#include "detectors/packet/layers.h"

namespace persandian::packet {

void decode(const RawPacket& raw, DecodedPacket& out) noexcept {
    out = DecodedPacket{};
    out.raw = &raw;
    const Cursor cursor{raw.bytes, raw.wire_length_bytes > raw.bytes.size()};
    switch (raw.link_type) {
        case 1:
            return decode_ethernet(cursor, out);
        case 0:    // BSD null
        case 108:  // OpenBSD loop
            return decode_loopback(cursor, out);
        case 12:   // raw IP as most systems number it
        case 14:   // raw IP on OpenBSD
        case 101:  // raw IP
            return decode_raw_ip(cursor, out);
        case 228:
            return decode_ipv4(cursor, out);
        case 229:
            return decode_ipv6(cursor, out);
        case 113:
            return decode_linux_cooked_v1(cursor, out);
        case 276:
            return decode_linux_cooked_v2(cursor, out);
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
