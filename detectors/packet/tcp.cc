// SPDX-License-Identifier: Apache-2.0
//
// TCP (RFC 9293); options: maximum segment size, window scale and timestamps (RFC 7323), SACK
// permitted (RFC 2018). The checksum is not verified here, for the reason given in ipv4.cc.
#include <algorithm>

#include "detectors/packet/layers.h"

namespace persandian::packet {
namespace {

constexpr std::size_t fixed_header_bytes = 20;

void read_option(std::uint8_t kind, ByteReader body, TcpHeader& header) noexcept {
    switch (kind) {
        case 2:
            if (body.remaining() == 2) header.maximum_segment_bytes = body.u16();
            break;
        case 3:
            if (body.remaining() != 1) break;
            header.has_window_scale = true;
            header.window_scale = std::min<std::uint8_t>(body.u8(), 14);  // RFC 7323 section 2.3
            break;
        case 4:
            header.sack_permitted = true;
            break;
        case 8:
            if (body.remaining() != 8) break;
            header.has_timestamps = true;
            header.timestamp_value = body.u32();
            header.timestamp_echo = body.u32();
            break;
        default:
            break;
    }
}

void read_options(ByteView options, DecodedPacket& out) noexcept {
    ByteReader reader(options);
    while (!reader.at_end()) {
        const std::uint8_t kind = reader.u8();
        if (kind == 0) return;
        if (kind == 1) continue;
        const std::size_t left = reader.remaining();
        const std::uint8_t length = reader.u8();
        if (length < 2 || length > left + 1)
            return note(ProblemKind::tcp_option_length, Layer::tcp, length, left + 1, out);
        read_option(kind, ByteReader(reader.take(length - 2U)), out.tcp);
    }
}

}  // namespace

void decode_tcp(Cursor cursor, DecodedPacket& out) noexcept {
    out.transport_bytes = cursor.bytes;
    ByteReader reader(cursor.bytes);
    out.source_port = reader.u16();
    out.destination_port = reader.u16();
    out.tcp.sequence = reader.u32();
    out.tcp.acknowledgement = reader.u32();
    const std::size_t header_bytes = (reader.u8() >> 4U) * 4U;
    out.tcp.flags = reader.u8();
    out.tcp.window = reader.u16();
    reader.skip(2);  // checksum
    out.tcp.urgent_pointer = reader.u16();
    if (!reader.ok()) return set_short(cursor, Layer::tcp, fixed_header_bytes, out);
    if (header_bytes < fixed_header_bytes)
        return set_malformed(ProblemKind::tcp_header_length, Layer::tcp, header_bytes,
                             fixed_header_bytes, out);
    if (header_bytes > cursor.wire_bytes())
        return set_malformed(ProblemKind::tcp_header_length, Layer::tcp, header_bytes,
                             cursor.wire_bytes(), out);
    if (header_bytes > cursor.bytes.size()) {  // the capture ends within the options
        cursor.missing_bytes -= static_cast<std::uint32_t>(header_bytes - cursor.bytes.size());
        cursor.bytes = {};
    } else {
        read_options(cursor.bytes.first(header_bytes).subspan(fixed_header_bytes), out);
        cursor.advance(header_bytes);
    }
    out.transport = Transport::tcp;
    set_payload(cursor, out);
    out.outcome = Outcome::ok;
}

}  // namespace persandian::packet
