// SPDX-License-Identifier: Apache-2.0
//
// Ethernet II, IEEE 802.3 with 802.2 LLC and SNAP.
#include "detectors/packet/layers.h"

namespace persandian::packet {
namespace {
constexpr std::size_t ethernet_header_bytes = 14;
constexpr std::uint8_t snap_sap = 0xaa;
}  // namespace

void decode_ethernet(Cursor cursor, DecodedPacket& out) noexcept {
    if (!enter_header(Layer::link, out)) return;
    ByteReader reader(cursor.bytes);
    reader.skip(12);  // destination, source
    const std::uint16_t type = reader.u16();
    if (!reader.ok()) return set_short(cursor, Layer::link, ethernet_header_bytes, out);
    cursor.advance(ethernet_header_bytes);
    decode_ethertype(type, cursor, out);
}

void decode_llc(Cursor cursor, DecodedPacket& out) noexcept {
    ByteReader reader(cursor.bytes);
    const std::uint8_t destination_sap = reader.u8();
    const std::uint8_t source_sap = reader.u8();
    const std::uint8_t control = reader.u8();
    if (!reader.ok()) return set_short(cursor, Layer::link, 3, out);
    if (destination_sap != snap_sap || source_sap != snap_sap || control != 3) {
        out.outcome = Outcome::not_ip;  // spanning tree, IS-IS, NetBIOS, …
        return;
    }
    const std::uint32_t organisation = reader.u24();
    const std::uint16_t type = reader.u16();
    if (!reader.ok()) return set_short(cursor, Layer::link, 8, out);
    if (organisation != 0 || type < 0x600) {
        out.outcome = Outcome::not_ip;  // vendors' own protocols (CDP, …)
        return;
    }
    cursor.advance(8);
    decode_ethertype(type, cursor, out);
}

}  // namespace persandian::packet
