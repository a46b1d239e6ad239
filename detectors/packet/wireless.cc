// SPDX-License-Identifier: Apache-2.0
//
// IEEE 802.11 data frames that are not encrypted, bare or behind a radiotap header
// (tcpdump.org/linktypes). Aggregated and encrypted frames are not IP to us.
#include "detectors/packet/layers.h"

namespace persandian::packet {

void decode_ieee80211(Cursor cursor, DecodedPacket& out) noexcept {
    if (!enter_header(Layer::link, out)) return;
    ByteReader reader(cursor.bytes);
    const unsigned kind = reader.u8();
    const unsigned flags = reader.u8();
    if (!reader.ok()) return set_short(cursor, Layer::link, 2, out);
    const bool data = (kind & 0x0cU) == 0x08 && (kind & 0x40U) == 0;
    const bool is_protected = (flags & 0x40U) != 0;
    const bool four_addresses = (flags & 0x03U) == 0x03;
    const bool quality_of_service = (kind & 0x80U) != 0;
    const bool high_throughput = quality_of_service && (flags & 0x80U) != 0;
    const std::size_t size = 24U + (four_addresses ? 6U : 0U) + (quality_of_service ? 2U : 0U) +
                             (high_throughput ? 4U : 0U);
    if (!data || is_protected) {
        out.outcome = Outcome::not_ip;
        return;
    }
    if (cursor.bytes.size() < size) return set_short(cursor, Layer::link, size, out);
    cursor.advance(size);
    decode_llc(cursor, out);
}

void decode_radiotap(Cursor cursor, DecodedPacket& out) noexcept {
    if (!enter_header(Layer::link, out)) return;
    ByteReader reader(cursor.bytes);
    reader.skip(2);  // version, padding
    const std::size_t size = reader.u16_le();
    if (!reader.ok() || size < 8 || cursor.bytes.size() < size)
        return set_short(cursor, Layer::link, size < 8 ? 8 : size, out);
    cursor.advance(size);
    decode_ieee80211(cursor, out);
}

}  // namespace persandian::packet
