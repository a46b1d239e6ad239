// SPDX-License-Identifier: Apache-2.0
//
// ICMP (RFC 792) and ICMPv6 (RFC 4443): type and code. The message stays whole as payload.
#include "detectors/packet/layers.h"

namespace persandian::packet {

void decode_icmp(Transport which, Cursor cursor, DecodedPacket& out) noexcept {
    ByteReader reader(cursor.bytes);
    out.icmp_type = reader.u8();
    out.icmp_code = reader.u8();
    reader.skip(2);  // checksum
    if (!reader.ok()) return set_short(cursor, Layer::icmp, 4, out);
    out.transport = which;
    out.transport_bytes = cursor.bytes;
    set_payload(cursor, out);
    out.outcome = Outcome::ok;
}

}  // namespace persandian::packet
