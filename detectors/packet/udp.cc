// SPDX-License-Identifier: Apache-2.0
//
// UDP (RFC 768). A length field smaller than the IP payload cuts it; a larger one is noted and the
// bytes that are there are used, marked as truncated.
#include "detectors/packet/layers.h"

namespace persandian::packet {
namespace {
constexpr std::size_t header_bytes = 8;
}

void decode_udp(Cursor cursor, DecodedPacket& out) noexcept {
    ByteReader reader(cursor.bytes);
    out.source_port = reader.u16();
    out.destination_port = reader.u16();
    const std::uint32_t claimed_bytes = reader.u16();
    reader.skip(2);  // checksum
    if (!reader.ok()) return set_short(cursor, Layer::udp, header_bytes, out);
    const std::uint32_t there_bytes = cursor.wire_bytes();
    // 0: a jumbogram (RFC 2675 section 4) or segmentation offload
    if (claimed_bytes != 0 && claimed_bytes < header_bytes)
        return set_malformed(ProblemKind::udp_length, Layer::udp, claimed_bytes, header_bytes, out);
    if (claimed_bytes > there_bytes) {
        note(ProblemKind::udp_length, Layer::udp, claimed_bytes, there_bytes, out);
        cursor.missing_bytes += claimed_bytes - there_bytes;
    } else if (claimed_bytes != 0 && claimed_bytes <= cursor.bytes.size()) {
        cursor = {cursor.bytes.first(claimed_bytes)};
    } else if (claimed_bytes != 0) {
        cursor.missing_bytes = claimed_bytes - static_cast<std::uint32_t>(cursor.bytes.size());
    }
    if (claimed_bytes != 0) out.transport_bytes = cursor.bytes;
    cursor.advance(header_bytes);
    out.transport = Transport::udp;
    set_payload(cursor, out);
    out.outcome = Outcome::ok;
    (void)decode_udp_tunnel(cursor, out);
}

}  // namespace persandian::packet
