// SPDX-License-Identifier: Apache-2.0
//
// IPv4 (RFC 791). Options are skipped, not interpreted. The header checksum is not verified here
// (checksum.h): captures on the sending machine precede checksum offload.
#include "detectors/packet/layers.h"

namespace persandian::packet {
namespace {
constexpr std::size_t fixed_header_bytes = 20;
constexpr std::uint16_t more_fragments = 0x2000;
constexpr std::uint16_t fragment_offset = 0x1fff;
constexpr std::uint32_t longest_datagram_bytes = 65'535;
}  // namespace

void limit_to_ip_length(std::uint32_t claimed_bytes, Layer layer, Cursor& cursor,
                        DecodedPacket& out) noexcept {
    const std::size_t there = cursor.bytes.size();
    out.ip_bytes = claimed_bytes;
    if (claimed_bytes <= there) {
        cursor = {cursor.bytes.first(claimed_bytes)};
        return;
    }
    if (!cursor.cut) note(ProblemKind::ip_length_beyond_frame, layer, claimed_bytes, there, out);
    cursor.cut = true;
    cursor.missing_bytes = claimed_bytes - static_cast<std::uint32_t>(there);
}

void decode_ipv4(Cursor cursor, DecodedPacket& out) noexcept {
    if (!enter_header(Layer::ipv4, out)) return;
    ByteReader reader(cursor.bytes);
    const std::uint8_t version_and_length = reader.u8();
    reader.skip(1);
    std::uint32_t total_bytes = reader.u16();
    const std::uint16_t id = reader.u16();
    const std::uint16_t fragment = reader.u16();
    const std::uint8_t ttl = reader.u8();
    const std::uint8_t protocol = reader.u8();
    reader.skip(2);  // checksum
    const ByteView source = reader.take(4);
    const ByteView destination = reader.take(4);
    if (!reader.ok()) return set_short(cursor, Layer::ipv4, fixed_header_bytes, out);

    const unsigned version = version_and_length >> 4U;
    const std::size_t header_bytes = (version_and_length & 0x0fU) * 4U;
    if (version != 4) return set_malformed(ProblemKind::ip_version, Layer::ipv4, version, 4, out);
    if (header_bytes < fixed_header_bytes)
        return set_malformed(ProblemKind::ip_header_length, Layer::ipv4, header_bytes,
                             fixed_header_bytes, out);
    // segmentation offload hands packets to the capture whose length is filled in later
    if (total_bytes == 0) total_bytes = static_cast<std::uint32_t>(cursor.bytes.size());
    if (total_bytes < header_bytes)
        return set_malformed(ProblemKind::ip_total_length, Layer::ipv4, total_bytes, header_bytes,
                             out);
    out.ip_version = 4;
    out.other_pseudo_header = false;
    out.source = IpAddress::from_bytes(source);
    out.destination = IpAddress::from_bytes(destination);
    out.ip_ttl = ttl;
    out.ip_protocol = protocol;
    limit_to_ip_length(total_bytes, Layer::ipv4, cursor, out);
    if (cursor.bytes.size() < header_bytes)
        return set_short(cursor, Layer::ipv4, header_bytes, out);
    out.ip_header = cursor.bytes.first(header_bytes);
    cursor.advance(header_bytes);

    out.fragment.offset_bytes = (fragment & fragment_offset) * 8U;
    out.fragment.more = (fragment & more_fragments) != 0;
    out.fragment.id = id;
    out.fragment.present = out.fragment.more || out.fragment.offset_bytes != 0;
    if (!out.fragment.present) return decode_ip_protocol(protocol, cursor, out);

    set_payload(cursor, out);
    const std::uint32_t end = out.fragment.offset_bytes + out.payload_wire_bytes;
    if (end > longest_datagram_bytes)
        return set_malformed(ProblemKind::ip_fragment_too_large, Layer::ipv4, end,
                             longest_datagram_bytes, out);
    out.outcome = Outcome::ok;
}

}  // namespace persandian::packet
