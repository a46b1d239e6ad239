// SPDX-License-Identifier: Apache-2.0
#include "detectors/flow/flow.h"

#include <algorithm>
#include <cstring>
#include <tuple>

#include "detectors/base/digest.h"
#include "detectors/base/encoding.h"
#include "detectors/event/common_fields.h"
#include "detectors/flow/flow_fields.h"
#include "detectors/flow/flow_key.h"

namespace persandian::flow {
namespace {

constexpr std::uint8_t protocol_icmp_v4 = 1, protocol_tcp = 6, protocol_udp = 17,
                       protocol_icmp_v6 = 58, protocol_sctp = 132;

bool is_icmp(std::uint8_t ip_protocol) noexcept {
    return ip_protocol == protocol_icmp_v4 || ip_protocol == protocol_icmp_v6;
}

/// What community-id hashes; the longest is two IPv6 addresses with ports: 40 bytes.
class IdInput {
  public:
    void add(ByteView bytes) noexcept {
        std::memcpy(buffer_.data() + size_, bytes.data(), bytes.size());
        size_ += bytes.size();
    }
    void add_u8(std::uint8_t value) noexcept { buffer_[size_++] = std::byte{value}; }
    void add_u16(std::uint16_t value) noexcept {
        add_u8(static_cast<std::uint8_t>(value >> 8U));
        add_u8(static_cast<std::uint8_t>(value & 0xffU));
    }
    [[nodiscard]] ByteView bytes() const noexcept { return {buffer_.data(), size_}; }

  private:
    std::array<std::byte, 48> buffer_{};
    std::size_t size_ = 0;
};

bool keeps_order(const FlowInfo& flow) noexcept {
    std::uint16_t answer = 0;
    if (is_icmp(flow.ip_protocol) &&
        !icmp_answer(flow.ip_protocol == protocol_icmp_v6, flow.client_port, answer))
        return true;
    const int order = std::memcmp(flow.client.bytes().data(), flow.server.bytes().data(),
                                  flow.client.bytes().size());
    return order < 0 || (order == 0 && flow.client_port <= flow.server_port);
}

}  // namespace

std::string_view FlowInfo::community_id() const {
    if (community_id_size_ == 0 && client.is_v4() == server.is_v4()) {
        const bool as_is = keeps_order(*this);
        IdInput input;
        input.add_u16(0);  // seed
        input.add((as_is ? client : server).bytes());
        input.add((as_is ? server : client).bytes());
        input.add_u8(ip_protocol);
        input.add_u8(0);
        if (has_ports(ip_protocol)) {
            input.add_u16(as_is ? client_port : server_port);
            input.add_u16(as_is ? server_port : client_port);
        }
        const std::string text = "1:" + base64_encode(sha1(input.bytes()));
        PERSANDIAN_CHECK(text.size() <= community_id_.size());
        std::copy(text.begin(), text.end(), community_id_.begin());
        community_id_size_ = static_cast<std::uint8_t>(text.size());
    }
    return {community_id_.data(), community_id_size_};
}

std::string_view protocol_name(std::uint8_t ip_protocol) noexcept {
    switch (ip_protocol) {
        case protocol_icmp_v4:
            return "ICMP";
        case protocol_tcp:
            return "TCP";
        case protocol_udp:
            return "UDP";
        case protocol_icmp_v6:
            return "IPv6-ICMP";
        case protocol_sctp:
            return "SCTP";
        default:
            return {};
    }
}

void add_protocol(Event& event, std::uint8_t ip_protocol) {
    const std::string_view name = protocol_name(ip_protocol);
    if (!name.empty()) return event.add(fields::proto, name);
    std::array<char, 3> digits{};
    std::size_t size = 0;
    for (unsigned divisor : {100U, 10U, 1U})
        if (size > 0 || ip_protocol >= divisor || divisor == 1)
            digits[size++] = static_cast<char>('0' + ip_protocol / divisor % 10);
    event.add_copy(fields::proto, {digits.data(), size});
}

void add_flow_fields(Event& event, const FlowInfo& flow, Direction direction) {
    const bool forward = direction == Direction::to_server;
    event.add(fields::flow_id, Value::integer(static_cast<std::int64_t>(flow.id)));
    for (std::size_t i = 0; i < 2; ++i)
        if (flow.vlan_ids[i] != 0) event.add(fields::vlan, Value::integer(flow.vlan_ids[i]), i);
    event.add(fields::src_ip, Value::address(forward ? flow.client : flow.server));
    if (!is_icmp(flow.ip_protocol) && has_ports(flow.ip_protocol))
        event.add(fields::src_port, Value::integer(forward ? flow.client_port : flow.server_port));
    event.add(fields::dest_ip, Value::address(forward ? flow.server : flow.client));
    if (!is_icmp(flow.ip_protocol) && has_ports(flow.ip_protocol))
        event.add(fields::dest_port, Value::integer(forward ? flow.server_port : flow.client_port));
    add_protocol(event, flow.ip_protocol);
    if (is_icmp(flow.ip_protocol)) {
        std::uint16_t answer = 0;
        const bool paired =
            icmp_answer(flow.ip_protocol == protocol_icmp_v6, flow.client_port, answer);
        event.add(fields::icmp_type,
                  Value::integer(forward || !paired ? flow.client_port : answer));
        event.add(fields::icmp_code, Value::integer(paired ? 0 : flow.server_port));
    }
    event.add_copy(fields::community_id, flow.community_id());
}

Origin origin_of(const RawPacket& packet) noexcept {
    Origin origin;
    origin.kind = Origin::Kind::packet;
    origin.bytes = packet.bytes;
    origin.link_type = packet.link_type;
    origin.wire_length_bytes = packet.wire_length_bytes;
    origin.time = packet.time;
    origin.source_name = packet.source_name;
    origin.number = packet.number;
    return origin;
}

}  // namespace persandian::flow
