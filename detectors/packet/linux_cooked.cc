// SPDX-License-Identifier: Apache-2.0
//
// Linux "cooked" captures of the device "any": LINKTYPE_LINUX_SLL and LINKTYPE_LINUX_SLL2
// (formats on tcpdump.org/linktypes).
#include "detectors/packet/layers.h"

namespace persandian::packet {
namespace {

constexpr std::uint16_t hardware_netlink = 824;
constexpr std::uint16_t protocol_llc = 4;

void decode_cooked(std::uint16_t hardware, std::uint16_t protocol, Cursor cursor,
                   DecodedPacket& out) noexcept {
    if (hardware == hardware_netlink) {
        out.outcome = Outcome::not_ip;
    } else if (protocol == protocol_llc) {
        decode_llc(cursor, out);
    } else if (protocol < 0x600) {
        out.outcome = Outcome::not_ip;
    } else {
        decode_ethertype(protocol, cursor, out);
    }
}

}  // namespace

void decode_linux_cooked_v1(Cursor cursor, DecodedPacket& out) noexcept {
    if (!enter_header(Layer::link, out)) return;
    ByteReader reader(cursor.bytes);
    reader.skip(2);  // incoming, outgoing, …
    const std::uint16_t hardware = reader.u16();
    reader.skip(10);  // address length and address
    const std::uint16_t protocol = reader.u16();
    if (!reader.ok()) return set_short(cursor, Layer::link, 16, out);
    cursor.advance(16);
    decode_cooked(hardware, protocol, cursor, out);
}

void decode_linux_cooked_v2(Cursor cursor, DecodedPacket& out) noexcept {
    if (!enter_header(Layer::link, out)) return;
    ByteReader reader(cursor.bytes);
    const std::uint16_t protocol = reader.u16();
    reader.skip(6);  // reserved, interface index
    const std::uint16_t hardware = reader.u16();
    reader.skip(10);  // packet type, address length and address
    if (!reader.ok()) return set_short(cursor, Layer::link, 20, out);
    cursor.advance(20);
    decode_cooked(hardware, protocol, cursor, out);
}

}  // namespace persandian::packet
