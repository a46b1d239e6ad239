// SPDX-License-Identifier: Apache-2.0
//
// Link layers: Ethernet, VLAN, 802.3, Linux cooked, loopback, raw IP.
#include <gtest/gtest.h>

#include "tests/detectors/packet/decode_support.h"

namespace persandian::packet {
namespace {

using test::Bytes;
using test::PacketBuilder;

const std::string_view macs("\x02\0\0\0\0\x01\x02\0\0\0\0\x02", 12);

Bytes v4_packet() {
    return PacketBuilder().udp(1111, 53).payload("hello").ip_packet();
}
Bytes v6_packet() {
    return PacketBuilder()
        .ipv6("2001:db8::1", "2001:db8::2")
        .udp(1111, 53)
        .payload("hello")
        .ip_packet();
}

struct LinkCase {
    const char* name;
    std::uint32_t link_type;
    Bytes header;
    bool v6 = false;
};

class LinkLayer : public testing::TestWithParam<LinkCase> {};

TEST_P(LinkLayer, LeadsToTheIpPacket) {
    const LinkCase& row = GetParam();
    const Decoded decoded(row.header + (row.v6 ? v6_packet() : v4_packet()), row.link_type);
    ASSERT_EQ(decoded->outcome, Outcome::ok);
    EXPECT_EQ(decoded->ip_version, row.v6 ? 6 : 4);
    EXPECT_EQ(decoded->transport, Transport::udp);
    EXPECT_EQ(as_text(decoded->payload), "hello");
    EXPECT_EQ(decoded->problem.kind, ProblemKind::none);
}

TEST_P(LinkLayer, CutAnywhereInTheHeadersIsTruncatedNeverMalformed) {
    const LinkCase& row = GetParam();
    const Bytes whole = row.header + (row.v6 ? v6_packet() : v4_packet());
    for (std::size_t size = 0; size + 5 < whole.size(); ++size) {
        test::Packet packet{Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)),
                            {},
                            row.link_type};
        packet.wire_length_bytes = static_cast<std::uint32_t>(whole.size());
        EXPECT_EQ(Decoded(packet)->outcome, Outcome::truncated) << size;
    }
}

INSTANTIATE_TEST_SUITE_P(
    All, LinkLayer,
    testing::Values(
        LinkCase{"ethernet4", 1, test::to_bytes(macs) + literal("\x08\x00")},
        LinkCase{"ethernet6", 1, test::to_bytes(macs) + literal("\x86\xdd"), true},
        LinkCase{"snap", 1, test::to_bytes(macs) + literal("\x00\x29\xaa\xaa\x03\0\0\0\x08\x00")},
        LinkCase{"cooked_v1", 113, literal("\0\0\0\x01\0\x06\x02\0\0\0\0\x01\0\0\x08\x00")},
        LinkCase{"cooked_v2", 276,
                 literal("\x86\xdd\0\0\0\0\0\x02\0\x01\0\x06\x02\0\0\0\0\x01\0\0"), true},
        LinkCase{"null_little_endian", 0, literal("\x02\0\0\0")},
        LinkCase{"null_big_endian", 0, literal("\0\0\0\x02")},
        LinkCase{"null_freebsd_v6", 0, literal("\x1c\0\0\0"), true},
        LinkCase{"null_darwin_v6", 0, literal("\0\0\0\x1e"), true},
        LinkCase{"null_ethertype", 0, literal("\x0f\0\x08\0")},
        LinkCase{"openbsd_loop", 108, literal("\0\0\0\x18"), true}, LinkCase{"raw_12", 12, {}},
        LinkCase{"raw_14", 14, {}, true}, LinkCase{"raw_101", 101, {}},
        LinkCase{"ipv4_228", 228, {}}, LinkCase{"ipv6_229", 229, {}, true},
        LinkCase{"ipv6_in_228", 228, {}, true}, LinkCase{"ppp", 9, literal("\x00\x21")},
        LinkCase{"ppp_hdlc", 50, literal("\xff\x03\x00\x57"), true},
        LinkCase{"ppp_compressed", 9, literal("\x21")},
        LinkCase{"pppoe_link", 51, literal("\x11\0\0\x01\0\x23\x00\x21")},
        LinkCase{"pppoe", 1, test::to_bytes(macs) + literal("\x88\x64\x11\0\0\x01\0\x23\x00\x21")},
        LinkCase{"cisco_hdlc", 104, literal("\x0f\0\x86\xdd"), true},
        LinkCase{"mpls", 1, test::to_bytes(macs) + literal("\x88\x47\0\x01\x00\x40\0\x02\x01\x40")},
        LinkCase{"mpls_ethernet", 219,
                 literal("\0\x02\x01\x40\0\0\0\0") + test::to_bytes(macs) + literal("\x86\xdd"),
                 true},
        LinkCase{"fddi", 10,
                 literal("\x50") + test::to_bytes(macs) + literal("\xaa\xaa\x03\0\0\0\x08\0")},
        LinkCase{"ieee80211", 105,
                 literal("\x08\x01\0\0") + Bytes(20) + literal("\xaa\xaa\x03\0\0\0\x08\0")},
        LinkCase{"radiotap_qos", 127,
                 literal("\0\0\x08\0\0\0\0\0\x88\x02\0\0") + Bytes(22) +
                     literal("\xaa\xaa\x03\0\0\0\x86\xdd"),
                 true},
        LinkCase{"nflog", 239, literal("\x02\0\0\0\x05\0\x0a\0\0\0\0\0\x25\0\x09\0")},
        LinkCase{
            "pktap", 258,
            literal("\x0c\0\0\0\x01\0\0\0\x01\0\0\0") + test::to_bytes(macs) + literal("\x08\0")},
        LinkCase{"infiniband", 242, Bytes(40) + literal("\x08\0\0\0")},
        LinkCase{"openbsd_enc", 109, Bytes(12)}, LinkCase{"ipnet", 226, Bytes(24), true},
        LinkCase{"pf_log", 117, literal("\x3d") + Bytes(63)},
        LinkCase{"dsa", 284, test::to_bytes(macs) + literal("\x40\0\0\x01\x08\0")},
        LinkCase{"edsa", 285, test::to_bytes(macs) + literal("\xda\xda\0\0\x40\0\0\x01\x86\xdd"),
                 true}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Vlan, KeepsTheTwoOutermostOfSeveralTags) {
    const Decoded decoded(PacketBuilder()
                              .vlan(100, 0x88a8)
                              .vlan(0x2000 | 200)
                              .vlan(300)
                              .udp(1, 2)
                              .payload("x")
                              .frame());
    ASSERT_EQ(decoded->outcome, Outcome::ok);
    EXPECT_EQ(decoded->vlan_ids[0], 100);
    EXPECT_EQ(decoded->vlan_ids[1], 200) << "without priority bits";
}

TEST(Vlan, PriorityTagIsNoVlan) {
    const Decoded decoded(PacketBuilder().vlan(0).vlan(5).udp(1, 2).frame());
    EXPECT_EQ(decoded->vlan_ids[0], 5);
    EXPECT_EQ(decoded->vlan_ids[1], 0);
}

TEST(Vlan, TooManyTagsAreALimit) {
    PacketBuilder builder;
    for (int i = 0; i < 40; ++i) builder.vlan(7);
    const Decoded decoded(builder.udp(1, 2).frame());
    EXPECT_EQ(decoded->outcome, Outcome::limit);
    EXPECT_EQ(decoded->problem.kind, ProblemKind::too_many_headers);
    EXPECT_EQ(decoded->problem.limit, DecodedPacket::max_headers);
}

TEST(Ethernet, A8023LengthIsNoEtherType) {
    const Bytes frame = test::to_bytes(macs) + literal("\x00\x26\x42\x42\x03") + Bytes(43);
    EXPECT_EQ(Decoded(frame)->outcome, Outcome::not_ip);
}

TEST(Ethernet, ArpIsNotIp) {
    EXPECT_EQ(Decoded(test::to_bytes(macs) + literal("\x08\x06") + Bytes(46))->outcome,
              Outcome::not_ip);
}

TEST(Ethernet, ShortFrameIsMalformedWhenNothingWasCut) {
    const Decoded decoded(test::to_bytes(macs));
    EXPECT_EQ(decoded->outcome, Outcome::malformed);
    EXPECT_EQ(decoded->problem.kind, ProblemKind::header_too_short);
    EXPECT_EQ(decoded->problem.observed, 12U);
    EXPECT_EQ(decoded->problem.limit, 14U);
}

TEST(Link, UnknownTypesAreUnsupported) {
    EXPECT_EQ(Decoded(v4_packet(), 147)->outcome, Outcome::unsupported);
}

TEST(Ieee80211, EncryptedAndManagementFramesAreNotIp) {
    EXPECT_EQ(Decoded(literal("\x08\x41\0\0") + Bytes(60), 105)->outcome, Outcome::not_ip);
    EXPECT_EQ(Decoded(literal("\x80\0\0\0") + Bytes(60), 105)->outcome, Outcome::not_ip);
}

TEST(Ppp, NegotiationIsNotIp) {
    EXPECT_EQ(Decoded(literal("\xff\x03\xc0\x21\x01\x01\0\x04"), 9)->outcome, Outcome::not_ip);
}

TEST(Pktap, HeadersInHeadersAreALimit) {
    Bytes frame;
    for (int i = 0; i < 40; ++i) frame = frame + literal("\x0c\0\0\0\x01\0\0\0\x02\x01\0\0");
    EXPECT_EQ(Decoded(frame, 258)->problem.kind, ProblemKind::too_many_headers);
}

TEST(RawIp, AnyOtherVersionIsMalformed) {
    EXPECT_EQ(Decoded(Bytes(40, std::byte{0x50}), 101)->problem.kind, ProblemKind::ip_version);
}

}  // namespace
}  // namespace persandian::packet
