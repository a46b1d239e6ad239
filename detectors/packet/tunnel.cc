// SPDX-License-Identifier: Apache-2.0
//
// Tunnels over IP: IP in IP (RFC 2003, RFC 4213), GRE (RFC 2784, RFC 2890, RFC 2637) with ERSPAN,
// and over UDP: VXLAN (RFC 7348), Geneve (RFC 8926), GTP-U (TS 29.281), Teredo (RFC 4380). A packet
// inside counts instead of the one around it. Where nothing readable is inside, the packet around
// it stands, as a datagram or a packet of its protocol.
#include "detectors/packet/layers.h"

namespace persandian::packet {
namespace {

using Decoder = void (*)(Cursor cursor, DecodedPacket& out) noexcept;

/// Tries `decode` on what is inside. True: it found IP and `out` tells of it; false: `out` is as it
/// was, but for the headers counted.
bool look_inside(Decoder decode, Cursor cursor, DecodedPacket& out) noexcept {
    const DecodedPacket around = out;
    ++out.tunnel_count;
    out.outcome = Outcome::unsupported;
    out.transport = Transport::none;
    out.source_port = out.destination_port = 0;
    out.fragment = {};
    out.problem = {};
    decode(cursor, out);
    if (out.outcome == Outcome::ok || out.outcome == Outcome::limit) {
        if (out.problem.kind == ProblemKind::none) out.problem = around.problem;
        return true;
    }
    const std::uint8_t headers = out.header_count;
    out = around;
    out.header_count = headers;
    return false;
}

/// ERSPAN types I (no header), II and III: a mirrored frame.
void decode_erspan(bool has_sequence, std::uint16_t type, Cursor cursor,
                   DecodedPacket& out) noexcept {
    std::size_t header_bytes = 0;
    if (type == 0x22eb) {
        if (cursor.bytes.size() < 12) return set_short(cursor, Layer::link, 12, out);
        const bool subheader = (std::to_integer<unsigned>(cursor.bytes[11]) & 1U) != 0;
        header_bytes = subheader ? 20 : 12;
    } else if (has_sequence) {
        header_bytes = 8;
    }
    if (cursor.bytes.size() < header_bytes)
        return set_short(cursor, Layer::link, header_bytes, out);
    cursor.advance(header_bytes);
    decode_ethernet(cursor, out);
}

/// Access points of Aruba send 802.11 frames to their controller.
bool is_wireless(std::uint16_t type) noexcept {
    return (type & 0xfe0fU) == 0x8200 || type == 0x9000;
}

void decode_gre(Cursor cursor, DecodedPacket& out) noexcept {
    if (!enter_header(Layer::link, out)) return;
    ByteReader reader(cursor.bytes);
    const unsigned flags = reader.u16();
    const std::uint16_t type = reader.u16();
    const bool checksum = (flags & 0x8000U) != 0;
    const bool routing = (flags & 0x4000U) != 0;
    const bool sequence = (flags & 0x1000U) != 0;
    if (checksum || routing) reader.skip(4);
    if ((flags & 0x2000U) != 0) reader.skip(4);  // key
    if (sequence) reader.skip(4);
    const unsigned version = flags & 7U;
    if (version == 1 && (flags & 0x0080U) != 0) reader.skip(4);  // acknowledgement
    if (!reader.ok()) return set_short(cursor, Layer::link, reader.position(), out);
    if (version > 1 || routing) {
        out.outcome = Outcome::unsupported;
        return;
    }
    cursor.advance(reader.position());
    if (type == 0x880b) return decode_ppp(cursor, out);
    if (type == 0x88be || type == 0x22eb) return decode_erspan(sequence, type, cursor, out);
    if (is_wireless(type)) return decode_ieee80211(cursor, out);
    if (type < 0x600) {
        out.outcome = Outcome::unsupported;
        return;
    }
    decode_ethertype(type, cursor, out);
}

void decode_vxlan(Cursor cursor, DecodedPacket& out) noexcept {
    ByteReader reader(cursor.bytes);
    const unsigned flags = reader.u8();
    reader.skip(6);  // reserved or group policy, network
    if (reader.u8() != 0 || !reader.ok() || (flags & 0x08U) == 0) {
        out.outcome = Outcome::unsupported;
        return;
    }
    cursor.advance(8);
    decode_ethernet(cursor, out);
}

void decode_geneve(Cursor cursor, DecodedPacket& out) noexcept {
    ByteReader reader(cursor.bytes);
    const unsigned version_and_options = reader.u8();
    reader.skip(1);
    const std::uint16_t type = reader.u16();
    reader.skip(4U + (version_and_options & 0x3fU) * 4U);
    if (!reader.ok() || (version_and_options >> 6U) != 0 || type < 0x600) {
        out.outcome = Outcome::unsupported;
        return;
    }
    cursor.advance(reader.position());
    decode_ethertype(type, cursor, out);
}

/// G-PDU only. Extension headers are in units of four octets, the last octet names the next one.
void decode_gtp(Cursor cursor, DecodedPacket& out) noexcept {
    ByteReader reader(cursor.bytes);
    const unsigned flags = reader.u8();
    const unsigned type = reader.u8();
    reader.skip(6);  // length, tunnel
    unsigned next = 0;
    if ((flags & 0x07U) != 0) {
        reader.skip(3);  // sequence, N-PDU
        next = reader.u8();
        if ((flags & 0x04U) == 0) next = 0;
    }
    for (; next != 0 && reader.ok(); next = reader.u8()) {
        if (!enter_header(Layer::link, out)) return;
        const std::size_t words = reader.u8();
        if (words == 0) break;
        reader.skip(words * 4 - 2);
    }
    if (!reader.ok() || next != 0 || (flags >> 4U) != 3 || type != 255) {
        out.outcome = Outcome::unsupported;
        return;
    }
    cursor.advance(reader.position());
    decode_raw_ip(cursor, out);
}

/// IPv6, behind an authentication and an origin indication, where they are.
void decode_teredo(Cursor cursor, DecodedPacket& out) noexcept {
    ByteReader reader(cursor.bytes);
    std::uint16_t indicator = reader.u16();
    std::size_t header_bytes = 0;
    if (indicator == 1) {
        const std::size_t identifier = reader.u8();
        const std::size_t value = reader.u8();
        reader.skip(identifier + value + 9);
        header_bytes = reader.position();
        indicator = reader.u16();
    }
    if (indicator == 0) header_bytes += 8;
    if (!reader.ok() || cursor.bytes.size() < header_bytes + 1 ||
        (std::to_integer<unsigned>(cursor.bytes[header_bytes]) >> 4U) != 6) {
        out.outcome = Outcome::unsupported;
        return;
    }
    cursor.advance(header_bytes);
    decode_ipv6(cursor, out);
}

Decoder decoder_of_port(std::uint16_t port) noexcept {
    switch (port) {
        case 2152:
            return decode_gtp;
        case 3544:
            return decode_teredo;
        case 4754:  // RFC 8086
            return decode_gre;
        case 4789:
        case 8472:  // Linux before the port was assigned
            return decode_vxlan;
        case 6081:
            return decode_geneve;
        default:
            return nullptr;
    }
}

}  // namespace

bool decode_ip_tunnel(std::uint8_t protocol, Cursor cursor, DecodedPacket& out) noexcept {
    switch (protocol) {
        case 4:
            return look_inside(decode_ipv4, cursor, out);
        case 41:
            return look_inside(decode_ipv6, cursor, out);
        case 47:
            return look_inside(decode_gre, cursor, out);
        default:
            return false;
    }
}

bool decode_udp_tunnel(Cursor cursor, DecodedPacket& out) noexcept {
    Decoder decoder = decoder_of_port(out.destination_port);
    if (decoder == nullptr) decoder = decoder_of_port(out.source_port);
    return decoder != nullptr && look_inside(decoder, cursor, out);
}

}  // namespace persandian::packet
