// SPDX-License-Identifier: Apache-2.0
//
// Headers that the capturing system puts in front: NFLOG (Linux netfilter), PKTAP (Darwin), OpenBSD
// pf's log and encapsulation device, switch tags (DSA, Broadcom), FDDI, IP over InfiniBand. Formats
// on tcpdump.org/linktypes.
#include "detectors/packet/layers.h"

namespace persandian::packet {
namespace {

constexpr std::size_t mac_addresses_bytes = 12;

/// Drops `size` bytes; false when they are not there.
bool drop(std::size_t size, Cursor& cursor, DecodedPacket& out) noexcept {
    if (cursor.bytes.size() < size) {
        set_short(cursor, Layer::link, size, out);
        return false;
    }
    cursor.advance(size);
    return true;
}

}  // namespace

void decode_nflog(Cursor cursor, DecodedPacket& out) noexcept {
    constexpr std::uint16_t payload_type = 9;
    if (!enter_header(Layer::link, out)) return;
    ByteReader reader(cursor.bytes);
    reader.skip(4);  // family, version, resource
    while (reader.ok()) {
        const std::size_t start = reader.position();
        const std::size_t length = reader.u16_le();
        const std::uint16_t type = reader.u16_le();
        if (!reader.ok() || length < 4) break;
        if (type == payload_type) {
            cursor.advance(start + 4);
            if (length - 4 < cursor.bytes.size()) cursor.bytes = cursor.bytes.first(length - 4);
            return decode_raw_ip(cursor, out);
        }
        reader.skip((length + 3) / 4 * 4 - 4);
    }
    if (cursor.cut) return set_short(cursor, Layer::link, 8, out);
    out.outcome = Outcome::not_ip;
}

void decode_pktap(Cursor cursor, DecodedPacket& out) noexcept {
    if (!enter_header(Layer::link, out)) return;
    ByteReader reader(cursor.bytes);
    const std::size_t size = reader.u32_le();
    reader.skip(4);  // type of record
    const std::uint32_t link_type = reader.u32_le();
    if (!reader.ok()) return set_short(cursor, Layer::link, 12, out);
    if (drop(size, cursor, out)) decode_link(link_type, cursor, out);
}

void decode_pf_log(Cursor cursor, DecodedPacket& out) noexcept {
    if (!enter_header(Layer::link, out)) return;
    if (cursor.bytes.empty()) return set_short(cursor, Layer::link, 1, out);
    const std::size_t size = (std::to_integer<std::size_t>(cursor.bytes[0]) + 3) / 4 * 4;
    if (drop(size, cursor, out)) decode_raw_ip(cursor, out);
}

void decode_prefixed_ip(std::size_t prefix_bytes, Cursor cursor, DecodedPacket& out) noexcept {
    if (!enter_header(Layer::link, out)) return;
    if (drop(prefix_bytes, cursor, out)) decode_raw_ip(cursor, out);
}

/// A global routing header, then the type and two reserved octets (RFC 4391).
void decode_ip_over_infiniband(Cursor cursor, DecodedPacket& out) noexcept {
    if (!enter_header(Layer::link, out)) return;
    if (!drop(40, cursor, out)) return;
    ByteReader reader(cursor.bytes);
    const std::uint16_t type = reader.u16();
    reader.skip(2);
    if (!reader.ok()) return set_short(cursor, Layer::link, 4, out);
    cursor.advance(4);
    decode_ethertype(type, cursor, out);
}

void decode_fddi(Cursor cursor, DecodedPacket& out) noexcept {
    if (!enter_header(Layer::link, out)) return;
    if (drop(1 + mac_addresses_bytes, cursor, out)) decode_llc(cursor, out);
}

void decode_tagged_ethernet(std::size_t tag_bytes, Cursor cursor, DecodedPacket& out) noexcept {
    if (!enter_header(Layer::link, out)) return;
    if (!drop(mac_addresses_bytes + tag_bytes, cursor, out)) return;
    ByteReader reader(cursor.bytes);
    const std::uint16_t type = reader.u16();
    if (!reader.ok()) return set_short(cursor, Layer::link, 2, out);
    cursor.advance(2);
    decode_ethertype(type, cursor, out);
}

}  // namespace persandian::packet
