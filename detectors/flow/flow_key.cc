// SPDX-License-Identifier: Apache-2.0
#include "detectors/flow/flow_key.h"

#include <tuple>
#include <utility>

#include <xxhash.h>

namespace persandian::flow {
namespace {

struct TypePair {
    std::uint16_t request, answer;
};
// community-id specification, "ICMP type and code mapping"
constexpr TypePair icmp_v4_pairs[] = {{8, 0}, {13, 14}, {15, 16}, {17, 18}, {10, 9}};
constexpr TypePair icmp_v6_pairs[] = {{128, 129}, {133, 134}, {135, 136},
                                      {130, 131}, {139, 140}, {144, 145}};

template <std::size_t count>
const TypePair* find_pair(const TypePair (&pairs)[count], std::uint16_t type) noexcept {
    for (const TypePair& pair : pairs)
        if (pair.request == type || pair.answer == type) return &pair;
    return nullptr;
}

const TypePair* find_pair(bool v6, std::uint16_t type) noexcept {
    return v6 ? find_pair(icmp_v6_pairs, type) : find_pair(icmp_v4_pairs, type);
}

}  // namespace

bool has_ports(std::uint8_t ip_protocol) noexcept {
    return ip_protocol == 6 || ip_protocol == 17 || ip_protocol == 132 || ip_protocol == 1 ||
           ip_protocol == 58;
}

bool icmp_answer(bool v6, std::uint16_t type, std::uint16_t& answer) noexcept {
    const TypePair* pair = find_pair(v6, type);
    if (pair == nullptr) return false;
    answer = pair->request == type ? pair->answer : pair->request;
    return true;
}

bool is_icmp_answer(bool v6, std::uint16_t type) noexcept {
    const TypePair* pair = find_pair(v6, type);
    return pair != nullptr && pair->answer == type;
}

FlowPorts flow_ports(const packet::DecodedPacket& packet) noexcept {
    const bool v6 = packet.transport == packet::Transport::icmp_v6;
    if (!v6 && packet.transport != packet::Transport::icmp_v4)
        return {packet.source_port, packet.destination_port, false};
    FlowPorts ports{packet.icmp_type, packet.icmp_code, true};
    ports.one_way = !icmp_answer(v6, packet.icmp_type, ports.destination);
    return ports;
}

FlowKey make_flow_key(const packet::DecodedPacket& packet, const FlowPorts& ports,
                      bool& source_is_low) noexcept {
    source_is_low = ports.one_way || std::tie(packet.source, ports.source) <=
                                         std::tie(packet.destination, ports.destination);
    FlowKey key;
    key.low = source_is_low ? packet.source : packet.destination;
    key.high = source_is_low ? packet.destination : packet.source;
    key.low_port = source_is_low ? ports.source : ports.destination;
    key.high_port = source_is_low ? ports.destination : ports.source;
    key.vlan_ids = packet.vlan_ids;
    key.ip_protocol = packet.ip_protocol;
    key.one_way = ports.one_way;
    key.tunnel_count = packet.tunnel_count;
    return key;
}

std::uint64_t hash_of(const FlowKey& key, std::uint64_t seed) noexcept {
    return XXH3_64bits_withSeed(&key, sizeof key, seed);
}

std::uint64_t hash_of(const FragmentKey& key, std::uint64_t seed) noexcept {
    return XXH3_64bits_withSeed(&key, sizeof key, seed);
}

}  // namespace persandian::flow
