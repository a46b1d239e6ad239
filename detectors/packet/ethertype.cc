// SPDX-License-Identifier: Apache-2.0
//
// What an EtherType announces (IANA "IEEE 802 numbers").
#include "detectors/packet/layers.h"

namespace persandian::packet {

void decode_ethertype(std::uint16_t type, Cursor cursor, DecodedPacket& out) noexcept {
    if (type <= 1500) {  // IEEE 802.3: a length; what follows it is padding
        if (type < cursor.bytes.size()) cursor = {cursor.bytes.first(type)};
        return decode_llc(cursor, out);
    }
    switch (type) {
        case 0x0800:
            return decode_ipv4(cursor, out);
        case 0x86dd:
            return decode_ipv6(cursor, out);
        case 0x8100:  // IEEE 802.1Q
        case 0x88a8:  // IEEE 802.1ad
        case 0x9100:  // QinQ before it was standardised
        case 0x9200:
            return decode_vlan(cursor, out);
        case 0x8847:
        case 0x8848:
            return decode_mpls(cursor, out);
        case 0x8864:
            return decode_pppoe(cursor, out);
        case 0x6558:  // transparent Ethernet bridging
            return decode_ethernet(cursor, out);
        case 0x88e7:  // provider backbone bridging
        case 0x894f:  // network service header
            out.outcome = Outcome::unsupported;
            return;
        default:
            out.outcome = Outcome::not_ip;
    }
}

}  // namespace persandian::packet
