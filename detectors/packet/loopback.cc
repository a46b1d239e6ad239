// SPDX-License-Identifier: Apache-2.0
//
// BSD loopback: a four-octet address family, big endian (LINKTYPE_LOOP) or in the byte order of
// the machine that captured (LINKTYPE_NULL), then IP.
#include "detectors/packet/layers.h"

namespace persandian::packet {

void decode_loopback(Cursor cursor, DecodedPacket& out) noexcept {
    if (!enter_header(Layer::link, out)) return;
    ByteReader reader(cursor.bytes);
    std::uint32_t family = reader.u32();
    if (!reader.ok()) return set_short(cursor, Layer::link, 4, out);
    const auto type = static_cast<std::uint16_t>(family & 0xffffU);
    // families are small numbers: whichever byte order makes it small is the right one
    if (family > 0xffffU) family = ByteReader(cursor.bytes).u32_le();
    cursor.advance(4);
    switch (family) {
        case 2:
            return decode_ipv4(cursor, out);
        case 10:  // Linux
        case 24:  // NetBSD, OpenBSD
        case 28:  // FreeBSD
        case 30:  // Darwin
            return decode_ipv6(cursor, out);
        default:
            break;
    }
    // some systems put an EtherType into the lower half
    if (type == 0x0800 || type == 0x86dd) return decode_ethertype(type, cursor, out);
    out.outcome = Outcome::not_ip;
}

}  // namespace persandian::packet
