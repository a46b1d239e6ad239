// SPDX-License-Identifier: Apache-2.0
//
// Tunnels over IP and UDP: the packet inside counts, and the one around it where there is none.
#include <array>

#include <gtest/gtest.h>

#include "tests/detectors/packet/decode_support.h"

namespace persandian::packet {
namespace {

using test::Bytes;
using test::PacketBuilder;

PacketBuilder inner(bool v6 = false) {
    PacketBuilder builder;
    if (v6) {
        builder.ipv6("2001:db8::7", "2001:db8::8");
    } else {
        builder.ipv4("10.1.2.3", "10.1.2.4");
    }
    return builder.udp(1111, 53).payload("hello");
}

std::string_view view(const Bytes& bytes) {
    return as_text(bytes);
}

struct TunnelCase {
    const char* name;
    std::uint8_t protocol;  ///< 17: over UDP to `port`
    std::uint16_t port;
    Bytes header;
    bool v6 = false;
    bool ethernet = false;
};

Bytes frame_of(const TunnelCase& row) {
    const PacketBuilder within = inner(row.v6);
    const Bytes payload = row.header + (row.ethernet ? within.frame() : within.ip_packet());
    PacketBuilder around;
    if (row.protocol == 17) {
        around.udp(40'000, row.port);
    } else {
        around.protocol(row.protocol);
    }
    return around.payload(view(payload)).frame();
}

class Tunnel : public testing::TestWithParam<TunnelCase> {};

TEST_P(Tunnel, ThePacketInsideCounts) {
    const Decoded decoded(frame_of(GetParam()));
    ASSERT_EQ(decoded->outcome, Outcome::ok);
    EXPECT_EQ(decoded->source.to_string(), GetParam().v6 ? "2001:db8::7" : "10.1.2.3");
    EXPECT_EQ(decoded->tunnel_count, 1);
    EXPECT_EQ(decoded->transport, Transport::udp);
    EXPECT_EQ(decoded->source_port, 1111);
    EXPECT_EQ(as_text(decoded->payload), "hello");
    EXPECT_EQ(decoded->problem.kind, ProblemKind::none);
}

TEST_P(Tunnel, CutInsideItThePacketAroundStands) {
    const Bytes whole = frame_of(GetParam());
    const std::size_t outer = GetParam().protocol == 17 ? 42 : 34;
    for (std::size_t size = outer; size + 13 < whole.size(); ++size) {
        test::Packet packet{
            Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size))};
        packet.wire_length_bytes = static_cast<std::uint32_t>(whole.size());
        const Decoded decoded(packet);
        EXPECT_EQ(decoded->outcome, Outcome::ok) << size;
        EXPECT_EQ(decoded->source.to_string(), "192.0.2.1") << size;
        EXPECT_EQ(decoded->tunnel_count, 0) << size;
        EXPECT_EQ(decoded->ip_protocol, GetParam().protocol) << size;
    }
}

INSTANTIATE_TEST_SUITE_P(
    All, Tunnel,
    testing::Values(
        TunnelCase{"ip_in_ip", 4, 0, {}}, TunnelCase{"six_in_four", 41, 0, {}, true},
        TunnelCase{"gre", 47, 0, literal("\0\0\x08\0")},
        TunnelCase{"gre_all_options", 47, 0, literal("\xb0\0\x86\xdd\0\0\0\0\0\0\0\x07\0\0\0\x09"),
                   true},
        TunnelCase{
            "gre_wireless", 47, 0,
            literal("\0\0\x82\0\x08\x01\0\0") + Bytes(20) + literal("\xaa\xaa\x03\0\0\0\x08\0")},
        TunnelCase{"gre_in_udp", 17, 4754, literal("\0\0\x08\0")},
        TunnelCase{"gre_bridging", 47, 0, literal("\0\0\x65\x58"), true, true},
        TunnelCase{"gre_pptp", 47, 0,
                   literal("\x30\x81\x88\x0b\0\x25\0\x07\0\0\0\x01\0\0\0\x02\xff\x03\0\x21")},
        TunnelCase{"erspan_1", 47, 0, literal("\0\0\x88\xbe"), false, true},
        TunnelCase{"erspan_2", 47, 0, literal("\x10\0\x88\xbe\0\0\0\x01\x10\0\0\x01\0\0\0\0"),
                   false, true},
        TunnelCase{"erspan_3", 47, 0,
                   literal("\x10\0\x22\xeb\0\0\0\x01\x20\0\0\x01\0\0\0\0\0\0\0\x01") + Bytes(8),
                   true, true},
        TunnelCase{"vxlan", 17, 4789, literal("\x08\0\0\0\0\0\x2a\0"), false, true},
        TunnelCase{"geneve", 17, 6081, literal("\x01\0\x65\x58\0\0\x2a\0\0\0\0\0"), true, true},
        TunnelCase{"gtp", 17, 2152, literal("\x30\xff\0\x21\0\0\0\x01")},
        TunnelCase{"gtp_extension", 17, 2152,
                   literal("\x34\xff\0\x29\0\0\0\x01\0\0\0\x85\x01\0\x09\0")},
        TunnelCase{"teredo", 17, 3544, {}, true},
        TunnelCase{
            "teredo_origin", 17, 3544,
            literal("\0\x01\0\0\0\0\0\0\0\0\0\0\0") + literal("\0\0\x9c\x40\x3f\xff\xfd\xfe"),
            true}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(TunnelPorts, OrdinaryDatagramsOnThemStayDatagrams) {
    constexpr std::array<std::uint16_t, 6> ports = {2152, 3544, 4754, 4789, 6081, 8472};
    for (const std::uint16_t port : ports) {
        const Decoded decoded(PacketBuilder().udp(5353, port).payload("an ordinary one").frame());
        EXPECT_EQ(decoded->outcome, Outcome::ok);
        EXPECT_EQ(decoded->destination_port, port);
        EXPECT_EQ(as_text(decoded->payload), "an ordinary one");
        EXPECT_EQ(decoded->problem.kind, ProblemKind::none);
    }
}

TEST(TunnelNesting, EndsAtTheLimit) {
    Bytes packet = PacketBuilder().udp(1, 2).ip_packet();
    for (int i = 0; i < 40; ++i)
        packet = PacketBuilder().protocol(4).payload(view(packet)).ip_packet();
    const Decoded decoded(packet, 101);
    EXPECT_EQ(decoded->outcome, Outcome::limit);
    EXPECT_EQ(decoded->problem.kind, ProblemKind::too_many_headers);
}

TEST(TunnelFragments, AFragmentInsideIsAFragment) {
    const Bytes fragment = PacketBuilder()
                               .ipv4("10.1.2.3", "10.1.2.4")
                               .udp(1, 2)
                               .fragment(8, test::to_bytes("continues"), false);
    const Bytes packet(fragment.begin() + 14, fragment.end());
    const Decoded decoded(PacketBuilder().protocol(4).payload(view(packet)).frame());
    ASSERT_EQ(decoded->outcome, Outcome::ok);
    EXPECT_TRUE(decoded->fragment.present);
    EXPECT_EQ(decoded->source.to_string(), "10.1.2.3");
}

}  // namespace
}  // namespace persandian::packet
