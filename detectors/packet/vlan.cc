// SPDX-License-Identifier: Apache-2.0
//
// IEEE 802.1Q tags, any number up to the header limit. Identifier 0 (priority only) is no VLAN.
#include "detectors/packet/layers.h"

namespace persandian::packet {

void decode_vlan(Cursor cursor, DecodedPacket& out) noexcept {
    if (!enter_header(Layer::vlan, out)) return;
    ByteReader reader(cursor.bytes);
    const std::uint16_t id = reader.u16() & 0x0fffU;
    const std::uint16_t type = reader.u16();
    if (!reader.ok()) return set_short(cursor, Layer::vlan, 4, out);
    if (id != 0 && out.vlan_count < out.vlan_ids.size()) out.vlan_ids[out.vlan_count++] = id;
    cursor.advance(4);
    decode_ethertype(type, cursor, out);
}

}  // namespace persandian::packet
