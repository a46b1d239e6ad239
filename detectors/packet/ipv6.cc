// SPDX-License-Identifier: Apache-2.0
//
// IPv6 (RFC 8200): the fixed header. Extension headers are in ip_protocol.cc.
#include "detectors/packet/layers.h"

namespace persandian::packet {
namespace {
constexpr std::size_t fixed_header_bytes = 40;
constexpr std::uint8_t no_next_header = 59;
}  // namespace

void decode_ipv6(Cursor cursor, DecodedPacket& out) noexcept {
    if (!enter_header(Layer::ipv6, out)) return;
    ByteReader reader(cursor.bytes);
    const std::uint32_t version = reader.u32() >> 28U;  // then traffic class, flow label
    std::uint32_t payload_bytes = reader.u16();
    const std::uint8_t next = reader.u8();
    const std::uint8_t hop_limit = reader.u8();
    const ByteView source = reader.take(16);
    const ByteView destination = reader.take(16);
    if (!reader.ok()) return set_short(cursor, Layer::ipv6, fixed_header_bytes, out);
    if (version != 6) return set_malformed(ProblemKind::ip_version, Layer::ipv6, version, 6, out);
    // length 0: a jumbogram (RFC 2675) or segmentation offload; the frame's length counts
    if (payload_bytes == 0 && next != no_next_header)
        payload_bytes = static_cast<std::uint32_t>(cursor.bytes.size() - fixed_header_bytes);

    out.ip_version = 6;
    out.ip_header = {};
    out.other_pseudo_header = false;
    out.source = IpAddress::from_bytes(source);
    out.destination = IpAddress::from_bytes(destination);
    out.ip_ttl = hop_limit;
    limit_to_ip_length(static_cast<std::uint32_t>(fixed_header_bytes) + payload_bytes, Layer::ipv6,
                       cursor, out);
    cursor.advance(fixed_header_bytes);
    decode_ip_protocol(next, cursor, out);
}

}  // namespace persandian::packet
