// SPDX-License-Identifier: Apache-2.0
//
// What makes packets belong to one flow: addresses, ports, protocol and VLANs, the same for both
// directions. ICMP takes type and code for ports, as community-id does.
#pragma once

#include <array>
#include <cstdint>
#include <type_traits>

#include "detectors/base/ip_address.h"
#include "detectors/packet/decoded_packet.h"

namespace persandian::flow {

/// Ports of a packet for the purpose of flows.
struct FlowPorts {
    std::uint16_t source = 0;
    std::uint16_t destination = 0;
    bool one_way = false;  ///< ICMP without an answer type: the other direction is another flow
};

/// TCP, UDP, SCTP: the ports. ICMP: the type, and the type that answers it; without one, type and
/// code (one_way). Others: 0.
[[nodiscard]] FlowPorts flow_ports(const packet::DecodedPacket& packet) noexcept;

/// Whether community-id hashes ports for this protocol.
[[nodiscard]] bool has_ports(std::uint8_t ip_protocol) noexcept;
/// Whether ICMP `type` has an answer type (community-id's table), and which.
[[nodiscard]] bool icmp_answer(bool v6, std::uint16_t type, std::uint16_t& answer) noexcept;
/// Whether `type` is an answer (echo reply, …): its sender is the server.
[[nodiscard]] bool is_icmp_answer(bool v6, std::uint16_t type) noexcept;

/// Ordered so that both directions give the same key, except one_way. No padding: hashed as bytes.
struct FlowKey {
    IpAddress low, high;
    std::uint16_t low_port = 0, high_port = 0;
    std::array<std::uint16_t, 2> vlan_ids{};
    std::uint8_t ip_protocol = 0;
    bool one_way = false;
    std::uint16_t tunnel_count = 0;  ///< what is sent inside a tunnel joins no flow outside it
    bool operator==(const FlowKey&) const = default;
};
static_assert(std::has_unique_object_representations_v<FlowKey>);

/// `source_is_low` tells the packet's direction within the key.
[[nodiscard]] FlowKey make_flow_key(const packet::DecodedPacket& packet, const FlowPorts& ports,
                                    bool& source_is_low) noexcept;

/// Which datagram a fragment belongs to (RFC 791 section 3.2, RFC 8200 section 4.5).
struct FragmentKey {
    IpAddress source, destination;
    std::array<std::uint16_t, 2> vlan_ids{};
    std::uint16_t ip_protocol = 0;  ///< IPv4 only
    std::uint32_t id = 0;
    std::uint16_t ip_version = 0;
    std::uint16_t tunnel_count = 0;
    bool operator==(const FragmentKey&) const = default;
};
static_assert(std::has_unique_object_representations_v<FragmentKey>);

[[nodiscard]] std::uint64_t hash_of(const FlowKey& key, std::uint64_t seed) noexcept;
[[nodiscard]] std::uint64_t hash_of(const FragmentKey& key, std::uint64_t seed) noexcept;

}  // namespace persandian::flow
