// SPDX-License-Identifier: Apache-2.0
#include "tests/support/packet_builder.h"

#include <algorithm>
#include <stdexcept>

namespace persandian::test {
namespace {

void put8(Bytes& out, unsigned value) {
    out.push_back(static_cast<std::byte>(value & 0xffU));
}
void put16(Bytes& out, unsigned value) {
    put8(out, value >> 8U);
    put8(out, value);
}
void put32(Bytes& out, std::uint32_t value) {
    put16(out, value >> 16U);
    put16(out, value & 0xffffU);
}
void put(Bytes& out, ByteView bytes) {
    out.insert(out.end(), bytes.begin(), bytes.end());
}
void set16(Bytes& out, std::size_t at, unsigned value) {
    out[at] = static_cast<std::byte>(value >> 8U);
    out[at + 1] = static_cast<std::byte>(value & 0xffU);
}

/// RFC 1071.
std::uint16_t checksum(const Bytes& bytes) {
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i)
        sum += std::to_integer<std::uint32_t>(bytes[i]) << (i % 2 == 0 ? 8U : 0U);
    while (sum > 0xffffU) sum = (sum & 0xffffU) + (sum >> 16U);
    return static_cast<std::uint16_t>(~sum & 0xffffU);
}

IpAddress address(std::string_view text) {
    const auto parsed = IpAddress::parse(text);
    if (!parsed) throw std::invalid_argument("no address: " + std::string(text));
    return *parsed;
}

}  // namespace

Bytes to_bytes(std::string_view text) {
    Bytes bytes;
    put(bytes, as_bytes(text));
    return bytes;
}

RawPacket Packet::raw(std::uint64_t number) const {
    RawPacket raw;
    raw.bytes = bytes;
    raw.wire_length_bytes =
        wire_length_bytes == 0 ? static_cast<std::uint32_t>(bytes.size()) : wire_length_bytes;
    raw.link_type = link_type;
    raw.time = time;
    raw.number = number;
    raw.source_name = "test";
    return raw;
}

PacketBuilder& PacketBuilder::vlan(std::uint16_t id, std::uint16_t ethertype) {
    tags_.push_back({id, ethertype});
    return *this;
}
PacketBuilder& PacketBuilder::ip(const IpAddress& source, const IpAddress& destination) {
    source_ = source;
    destination_ = destination;
    return *this;
}
PacketBuilder& PacketBuilder::ipv4(std::string_view source, std::string_view destination) {
    return ip(address(source), address(destination));
}
PacketBuilder& PacketBuilder::ipv6(std::string_view source, std::string_view destination) {
    return ip(address(source), address(destination));
}
PacketBuilder& PacketBuilder::ipv4_options(Bytes options) {
    ip_options_ = std::move(options);
    return *this;
}
PacketBuilder& PacketBuilder::ipv6_extension(std::uint8_t protocol, Bytes body) {
    extensions_.push_back({protocol, std::move(body)});
    return *this;
}
PacketBuilder& PacketBuilder::ip_id(std::uint32_t id) {
    ip_id_ = id;
    return *this;
}
PacketBuilder& PacketBuilder::ttl(std::uint8_t ttl) {
    ttl_ = ttl;
    return *this;
}
PacketBuilder& PacketBuilder::tcp(std::uint16_t source_port, std::uint16_t destination_port) {
    protocol_ = 6;
    source_port_ = source_port;
    destination_port_ = destination_port;
    return *this;
}
PacketBuilder& PacketBuilder::sequence(std::uint32_t sequence) {
    sequence_ = sequence;
    return *this;
}
PacketBuilder& PacketBuilder::acknowledgement(std::uint32_t acknowledgement) {
    acknowledgement_ = acknowledgement;
    return *this;
}
PacketBuilder& PacketBuilder::flags(std::uint8_t flags) {
    flags_ = flags;
    return *this;
}
PacketBuilder& PacketBuilder::window(std::uint16_t window) {
    window_ = window;
    return *this;
}
PacketBuilder& PacketBuilder::urgent(std::uint16_t pointer) {
    flags_ |= 0x20U;
    urgent_pointer_ = pointer;
    return *this;
}
PacketBuilder& PacketBuilder::tcp_options(Bytes options) {
    tcp_options_ = std::move(options);
    return *this;
}
PacketBuilder& PacketBuilder::udp(std::uint16_t source_port, std::uint16_t destination_port) {
    tcp(source_port, destination_port);
    protocol_ = 17;
    return *this;
}
PacketBuilder& PacketBuilder::icmp(std::uint8_t type, std::uint8_t code) {
    protocol_ = source_.is_v4() ? 1 : 58;
    icmp_type_ = type;
    icmp_code_ = code;
    return *this;
}
PacketBuilder& PacketBuilder::protocol(std::uint8_t protocol) {
    protocol_ = protocol;
    return *this;
}
PacketBuilder& PacketBuilder::payload(std::string_view text) {
    payload_ = to_bytes(text);
    return *this;
}

Bytes PacketBuilder::transport() const {
    Bytes out;
    std::size_t checksum_at = 0;
    if (protocol_ == 6) {
        put16(out, source_port_);
        put16(out, destination_port_);
        put32(out, sequence_);
        put32(out, acknowledgement_);
        put8(out, static_cast<unsigned>((20 + tcp_options_.size()) / 4) << 4U);
        put8(out, flags_);
        put16(out, window_);
        checksum_at = out.size();
        put16(out, 0);
        put16(out, urgent_pointer_);
        put(out, tcp_options_);
    } else if (protocol_ == 17) {
        put16(out, source_port_);
        put16(out, destination_port_);
        put16(out, static_cast<unsigned>(8 + payload_.size()));
        checksum_at = out.size();
        put16(out, 0);
    } else if (protocol_ == 1 || protocol_ == 58) {
        put8(out, icmp_type_);
        put8(out, icmp_code_);
        checksum_at = out.size();
        put16(out, 0);
        put32(out, 0);
    }
    put(out, payload_);
    if (checksum_at == 0) return out;
    Bytes summed;
    if (protocol_ != 1) {  // pseudo header
        put(summed, source_.bytes());
        put(summed, destination_.bytes());
        put32(summed, static_cast<std::uint32_t>(out.size()));
        put32(summed, protocol_);
    }
    put(summed, out);
    set16(out, checksum_at, checksum(summed));
    return out;
}

Bytes PacketBuilder::ip_header_and(const Bytes& payload, std::uint8_t next,
                                   std::uint16_t fragment_field) const {
    Bytes out;
    if (source_.is_v4()) {
        const std::size_t header = 20 + ip_options_.size();
        put8(out, 0x40U | static_cast<unsigned>(header / 4));
        put8(out, 0);
        put16(out, static_cast<unsigned>(header + payload.size()));
        put16(out, ip_id_ & 0xffffU);
        put16(out, fragment_field);
        put8(out, ttl_);
        put8(out, next);
        put16(out, 0);
        put(out, source_.bytes());
        put(out, destination_.bytes());
        put(out, ip_options_);
        set16(out, 10, checksum(out));
    } else {
        put32(out, 0x60000000U);
        put16(out, static_cast<unsigned>(payload.size()));
        put8(out, next);
        put8(out, ttl_);
        put(out, source_.bytes());
        put(out, destination_.bytes());
    }
    put(out, payload);
    return out;
}

Bytes PacketBuilder::ip_packet() const {
    Bytes body;
    std::uint8_t first = protocol_;
    if (!source_.is_v4() && !extensions_.empty()) {
        first = extensions_.front().protocol;
        for (std::size_t i = 0; i < extensions_.size(); ++i) {
            const bool last = i + 1 == extensions_.size();
            const Bytes& own = extensions_[i].body;
            put8(body, last ? protocol_ : extensions_[i + 1].protocol);
            // AH counts in 4-octet units minus 2, the others in 8-octet units minus 1
            put8(body, extensions_[i].protocol == 51
                           ? static_cast<unsigned>((own.size() + 2) / 4 - 2)
                           : static_cast<unsigned>((own.size() + 2) / 8 - 1));
            put(body, own);
        }
    }
    put(body, transport());
    return ip_header_and(body, first, 0);
}

Bytes PacketBuilder::ethernet(const Bytes& ip) const {
    Bytes out = to_bytes(std::string_view("\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02", 12));
    for (const Tag& tag : tags_) {
        put16(out, tag.ethertype);
        put16(out, tag.id);
    }
    put16(out, source_.is_v4() ? 0x0800 : 0x86dd);
    put(out, ip);
    return out;
}

Bytes PacketBuilder::frame() const {
    return ethernet(ip_packet());
}

Packet PacketBuilder::packet() const {
    return Packet{frame()};
}

Bytes PacketBuilder::fragment(std::size_t offset_bytes, const Bytes& data, bool more) const {
    if (source_.is_v4()) {
        const auto field = static_cast<std::uint16_t>(offset_bytes / 8 | (more ? 0x2000U : 0U));
        return ethernet(ip_header_and(data, protocol_, field));
    }
    Bytes body;
    put8(body, protocol_);
    put8(body, 0);
    put16(body, static_cast<unsigned>(offset_bytes | (more ? 1U : 0U)));
    put32(body, ip_id_);
    put(body, data);
    return ethernet(ip_header_and(body, 44, 0));
}

std::vector<Bytes> PacketBuilder::fragments(std::size_t data_bytes) const {
    const std::size_t step = std::max<std::size_t>(data_bytes / 8 * 8, 8);
    const Bytes whole = transport();
    std::vector<Bytes> out;
    for (std::size_t at = 0; at < whole.size(); at += step) {
        const std::size_t size = std::min(step, whole.size() - at);
        const auto from = whole.begin() + static_cast<std::ptrdiff_t>(at);
        out.push_back(fragment(at, Bytes(from, from + static_cast<std::ptrdiff_t>(size)),
                               at + size < whole.size()));
    }
    return out;
}

// --- conversations -------------------------------------------------------------------------------

TcpConversation::TcpConversation(Ends ends)
    : ends_(std::move(ends)),
      next_{ends_.client_sequence, ends_.server_sequence},
      now_(ends_.start) {}

void TcpConversation::send(bool from_client, std::uint8_t flags, std::string_view text) {
    constexpr std::uint8_t syn_or_fin = 0x03;
    std::uint32_t& own = next_[from_client ? 0 : 1];
    const std::uint32_t peer = next_[from_client ? 1 : 0];
    PacketBuilder builder;
    builder
        .ip(address(from_client ? ends_.client : ends_.server),
            address(from_client ? ends_.server : ends_.client))
        .tcp(from_client ? ends_.client_port : ends_.server_port,
             from_client ? ends_.server_port : ends_.client_port)
        .sequence(own)
        .acknowledgement((flags & 0x10U) != 0 ? peer : 0)
        .flags(flags)
        .payload(text);
    Packet packet = builder.packet();
    packet.time = now_;
    packets_.push_back(std::move(packet));
    now_ = now_ + Duration::milliseconds(1);
    own += static_cast<std::uint32_t>(text.size()) + ((flags & syn_or_fin) != 0 ? 1U : 0U);
}

void TcpConversation::send_all(bool from_client, std::string_view text, std::size_t segment_bytes) {
    while (!text.empty()) {
        const std::string_view part = text.substr(0, segment_bytes);
        send(from_client, 0x18, part);
        text.remove_prefix(part.size());
    }
}

TcpConversation& TcpConversation::handshake() {
    send(true, 0x02, {});
    send(false, 0x12, {});
    send(true, 0x10, {});
    return *this;
}
TcpConversation& TcpConversation::client(std::string_view text, std::size_t segment_bytes) {
    send_all(true, text, segment_bytes);
    return *this;
}
TcpConversation& TcpConversation::server(std::string_view text, std::size_t segment_bytes) {
    send_all(false, text, segment_bytes);
    return *this;
}
TcpConversation& TcpConversation::client_unseen(std::size_t count) {
    next_[0] += static_cast<std::uint32_t>(count);
    return *this;
}
TcpConversation& TcpConversation::server_unseen(std::size_t count) {
    next_[1] += static_cast<std::uint32_t>(count);
    return *this;
}
TcpConversation& TcpConversation::client_acknowledges() {
    send(true, 0x10, {});
    return *this;
}
TcpConversation& TcpConversation::server_acknowledges() {
    send(false, 0x10, {});
    return *this;
}
TcpConversation& TcpConversation::close() {
    send(true, 0x11, {});
    send(false, 0x11, {});
    send(true, 0x10, {});
    return *this;
}
TcpConversation& TcpConversation::client_resets() {
    send(true, 0x14, {});
    return *this;
}
TcpConversation& TcpConversation::server_resets() {
    send(false, 0x14, {});
    return *this;
}
TcpConversation& TcpConversation::wait(Duration time) {
    now_ = now_ + time;
    return *this;
}

}  // namespace persandian::test
