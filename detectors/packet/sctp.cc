// SPDX-License-Identifier: Apache-2.0
//
// SCTP (RFC 9260 section 3.1): the common header only. Chunks are not followed.
#include "detectors/packet/layers.h"

namespace persandian::packet {
namespace {
constexpr std::size_t common_header_bytes = 12;
}

void decode_sctp(Cursor cursor, DecodedPacket& out) noexcept {
    ByteReader reader(cursor.bytes);
    out.source_port = reader.u16();
    out.destination_port = reader.u16();
    reader.skip(8);  // verification tag, checksum
    if (!reader.ok()) return set_short(cursor, Layer::sctp, common_header_bytes, out);
    cursor.advance(common_header_bytes);
    out.transport = Transport::sctp;
    set_payload(cursor, out);
    out.outcome = Outcome::ok;
}

}  // namespace persandian::packet
