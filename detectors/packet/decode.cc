// SPDX-License-Identifier: Apache-2.0
#include "detectors/packet/layers.h"

namespace persandian::packet {

std::string_view to_string(Layer layer) noexcept {
    switch (layer) {
        case Layer::link:
            return "link";
        case Layer::vlan:
            return "vlan";
        case Layer::ipv4:
            return "ipv4";
        case Layer::ipv6:
            return "ipv6";
        case Layer::tcp:
            return "tcp";
        case Layer::udp:
            return "udp";
        case Layer::icmp:
            return "icmp";
        case Layer::sctp:
            return "sctp";
    }
    return "unknown";
}

std::string_view to_string(ProblemKind kind) noexcept {
    switch (kind) {
        case ProblemKind::none:
            return "none";
        case ProblemKind::header_too_short:
            return "header_too_short";
        case ProblemKind::too_many_headers:
            return "too_many_headers";
        case ProblemKind::ip_version:
            return "ip_version";
        case ProblemKind::ip_header_length:
            return "ip_header_length";
        case ProblemKind::ip_total_length:
            return "ip_total_length";
        case ProblemKind::ip_length_beyond_frame:
            return "ip_length_beyond_frame";
        case ProblemKind::ip_fragment_too_large:
            return "ip_fragment_too_large";
        case ProblemKind::tcp_header_length:
            return "tcp_header_length";
        case ProblemKind::tcp_option_length:
            return "tcp_option_length";
        case ProblemKind::udp_length:
            return "udp_length";
        case ProblemKind::bad_checksum:
            return "bad_checksum";
        case ProblemKind::checksum_offload:
            return "checksum_offload";
    }
    return "unknown";
}

void set_short(const Cursor& cursor, Layer layer, std::size_t needed, DecodedPacket& out) noexcept {
    if (cursor.cut) {
        out.outcome = Outcome::truncated;
        return;
    }
    set_malformed(ProblemKind::header_too_short, layer, cursor.bytes.size(), needed, out);
}

void set_payload(const Cursor& cursor, DecodedPacket& out) noexcept {
    out.payload = cursor.bytes;
    out.payload_wire_bytes = cursor.wire_bytes();
    out.payload_truncated = cursor.missing_bytes != 0;
}

void set_malformed(ProblemKind kind, Layer layer, std::uint64_t observed, std::uint64_t limit,
                   DecodedPacket& out) noexcept {
    out.outcome = Outcome::malformed;
    out.problem = {kind, layer, observed, limit};
}

void note(ProblemKind kind, Layer layer, std::uint64_t observed, std::uint64_t limit,
          DecodedPacket& out) noexcept {
    if (out.problem.kind == ProblemKind::none) out.problem = {kind, layer, observed, limit};
}

bool enter_header(Layer layer, DecodedPacket& out) noexcept {
    if (++out.header_count <= DecodedPacket::max_headers) return true;
    out.outcome = Outcome::limit;
    out.problem = {ProblemKind::too_many_headers, layer, out.header_count,
                   DecodedPacket::max_headers};
    return false;
}

void decode_reassembled(std::uint8_t protocol, ByteView payload, DecodedPacket& packet) noexcept {
    packet.fragment = {};
    packet.payload_truncated = false;
    const auto header_bytes = packet.ip_bytes - packet.payload_wire_bytes;
    packet.ip_bytes = header_bytes + static_cast<std::uint32_t>(payload.size());
    decode_ip_protocol(protocol, Cursor{payload}, packet);
}

}  // namespace persandian::packet
