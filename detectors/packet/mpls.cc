// SPDX-License-Identifier: Apache-2.0
//
// MPLS label stacks (RFC 3032). What is behind the last label is not announced: IP by its version,
// Ethernet behind a control word (RFC 4448).
#include "detectors/packet/layers.h"

namespace persandian::packet {

void decode_mpls(Cursor cursor, DecodedPacket& out) noexcept {
    for (bool bottom = false; !bottom;) {
        if (!enter_header(Layer::link, out)) return;
        ByteReader reader(cursor.bytes);
        bottom = (reader.u32() & 0x100U) != 0;
        if (!reader.ok()) return set_short(cursor, Layer::link, 4, out);
        cursor.advance(4);
    }
    ByteReader reader(cursor.bytes);
    const unsigned version = reader.u8() >> 4U;
    if (!reader.ok()) return set_short(cursor, Layer::link, 1, out);
    if (version == 4) return decode_ipv4(cursor, out);
    if (version == 6) return decode_ipv6(cursor, out);
    if (version != 0) {
        out.outcome = Outcome::unsupported;
        return;
    }
    reader.skip(3);
    if (!reader.ok()) return set_short(cursor, Layer::link, 4, out);
    cursor.advance(4);
    decode_ethernet(cursor, out);
}

}  // namespace persandian::packet
