// SPDX-License-Identifier: Apache-2.0
//
// What an IP protocol number announces (IANA "protocol numbers"): IPv6 extension headers
// (RFC 8200 section 4), the authentication header (RFC 4302), transports.
#include "detectors/packet/layers.h"

namespace persandian::packet {
namespace {

enum : std::uint8_t {
    hop_by_hop_options = 0,
    icmp_v4 = 1,
    tcp = 6,
    udp = 17,
    routing = 43,
    fragment = 44,
    authentication = 51,
    icmp_v6 = 58,
    destination_options = 60,
    sctp = 132,
    mobility = 135,
    host_identity = 139,
    shim6 = 140,
};

constexpr std::uint32_t longest_datagram_bytes = 65'535;

bool is_extension_header(std::uint8_t protocol, std::uint8_t ip_version) noexcept {
    if (protocol == authentication) return true;
    if (ip_version != 6) return false;
    switch (protocol) {
        case hop_by_hop_options:
        case routing:
        case fragment:
        case destination_options:
        case mobility:
        case host_identity:
        case shim6:
            return true;
        default:
            return false;
    }
}

/// RFC 8200 section 4.5. True for an atomic fragment (RFC 6946): the packet is whole.
bool read_fragment_header(Cursor cursor, DecodedPacket& out) noexcept {
    ByteReader reader(cursor.bytes);
    out.ip_protocol = reader.u8();
    reader.skip(1);
    const std::uint16_t offset_and_more = reader.u16();
    out.fragment.id = reader.u32();
    out.fragment.offset_bytes = offset_and_more & 0xfff8U;
    out.fragment.more = (offset_and_more & 1U) != 0;
    out.fragment.present = out.fragment.more || out.fragment.offset_bytes != 0;
    if (!out.fragment.present) return true;
    cursor.advance(8);
    set_payload(cursor, out);
    out.outcome = Outcome::ok;
    const std::uint32_t end = out.fragment.offset_bytes + out.payload_wire_bytes;
    if (end > longest_datagram_bytes)
        set_malformed(ProblemKind::ip_fragment_too_large, Layer::ipv6, end, longest_datagram_bytes,
                      out);
    return false;
}

/// Whether the header makes the pseudo header one of other addresses: a routing header on its way,
/// or a home address option. `header`: whole.
bool changes_addresses(std::uint8_t protocol, ByteView header) noexcept {
    constexpr std::uint8_t home_address = 0xc9;
    if (protocol == routing) return std::to_integer<std::uint8_t>(header[3]) != 0;
    if (protocol != destination_options) return false;
    ByteReader options(header.subspan(2));
    while (!options.at_end()) {
        const std::uint8_t type = options.u8();
        if (type == home_address) return true;
        if (type != 0) options.skip(options.u8());
        if (!options.ok()) break;
    }
    return false;
}

std::size_t extension_header_bytes(std::uint8_t protocol, std::uint8_t length_field) noexcept {
    if (protocol == fragment) return 8;
    if (protocol == authentication) return (length_field + 2U) * 4U;
    return (length_field + 1U) * 8U;
}

void decode_transport(std::uint8_t protocol, Cursor cursor, DecodedPacket& out) noexcept {
    switch (protocol) {
        case tcp:
            return decode_tcp(cursor, out);
        case udp:
            return decode_udp(cursor, out);
        case icmp_v4:
            if (out.ip_version == 4) return decode_icmp(Transport::icmp_v4, cursor, out);
            break;
        case icmp_v6:
            if (out.ip_version == 6) return decode_icmp(Transport::icmp_v6, cursor, out);
            break;
        case sctp:
            return decode_sctp(cursor, out);
        default:
            if (decode_ip_tunnel(protocol, cursor, out)) return;
            break;
    }
    out.transport = Transport::other;
    out.outcome = Outcome::ok;
}

}  // namespace

void decode_ip_protocol(std::uint8_t protocol, Cursor cursor, DecodedPacket& out) noexcept {
    const Layer layer = out.ip_version == 6 ? Layer::ipv6 : Layer::ipv4;
    while (is_extension_header(protocol, out.ip_version)) {
        if (!enter_header(layer, out)) return;
        if (cursor.bytes.size() < 8) return set_short(cursor, layer, 8, out);
        const auto next = std::to_integer<std::uint8_t>(cursor.bytes[0]);
        const std::size_t size =
            extension_header_bytes(protocol, std::to_integer<std::uint8_t>(cursor.bytes[1]));
        if (cursor.bytes.size() < size) return set_short(cursor, layer, size, out);
        if (protocol == fragment && !read_fragment_header(cursor, out)) return;
        if (changes_addresses(protocol, cursor.bytes.first(size))) out.other_pseudo_header = true;
        cursor.advance(size);
        protocol = next;
    }
    out.ip_protocol = protocol;
    set_payload(cursor, out);
    decode_transport(protocol, cursor, out);
}

}  // namespace persandian::packet
