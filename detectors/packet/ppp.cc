// SPDX-License-Identifier: Apache-2.0
//
// PPP (RFC 1661) with or without HDLC framing (RFC 1662), PPPoE sessions (RFC 2516) and Cisco HDLC.
// Sessions are followed once they carry IP; nothing is learnt from the negotiation.
#include "detectors/packet/layers.h"

namespace persandian::packet {

void decode_ppp(Cursor cursor, DecodedPacket& out) noexcept {
    if (!enter_header(Layer::link, out)) return;
    ByteReader reader(cursor.bytes);
    std::uint32_t protocol = reader.u8();
    if (protocol == 0xff) {  // address, control
        reader.skip(1);
        protocol = reader.u8();
    }
    if ((protocol & 1U) == 0) protocol = (protocol << 8U) | reader.u8();  // else compressed
    if (!reader.ok()) return set_short(cursor, Layer::link, 4, out);
    cursor.advance(reader.position());
    switch (protocol) {
        case 0x0021:
            return decode_ipv4(cursor, out);
        case 0x0057:
            return decode_ipv6(cursor, out);
        case 0x0281:
        case 0x0283:
            return decode_mpls(cursor, out);
        default:
            out.outcome = Outcome::not_ip;  // negotiation, compressed or encrypted datagrams, …
    }
}

void decode_pppoe(Cursor cursor, DecodedPacket& out) noexcept {
    constexpr std::size_t header_bytes = 6;
    if (!enter_header(Layer::link, out)) return;
    ByteReader reader(cursor.bytes);
    const unsigned version_and_type = reader.u8();
    const unsigned code = reader.u8();
    reader.skip(2);  // session
    const std::size_t length = reader.u16();
    if (!reader.ok()) return set_short(cursor, Layer::link, header_bytes, out);
    if (version_and_type != 0x11 || code != 0) {
        out.outcome = Outcome::not_ip;
        return;
    }
    cursor.advance(header_bytes);
    if (length < cursor.bytes.size()) cursor = {cursor.bytes.first(length)};  // padding
    decode_ppp(cursor, out);
}

void decode_cisco_hdlc(Cursor cursor, DecodedPacket& out) noexcept {
    if (!enter_header(Layer::link, out)) return;
    ByteReader reader(cursor.bytes);
    const unsigned address = reader.u8();
    reader.skip(1);  // control
    const std::uint16_t type = reader.u16();
    if (!reader.ok()) return set_short(cursor, Layer::link, 4, out);
    if (address == 0xff) return decode_ppp(cursor, out);
    cursor.advance(4);
    if (type < 0x600) {
        out.outcome = Outcome::not_ip;
        return;
    }
    decode_ethertype(type, cursor, out);
}

}  // namespace persandian::packet
