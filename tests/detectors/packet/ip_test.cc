// SPDX-License-Identifier: Apache-2.0
//
// IPv4 and IPv6: lengths, options, extension headers, fragments.
#include <gtest/gtest.h>

#include "tests/detectors/packet/decode_support.h"

namespace persandian::packet {
namespace {

using test::Bytes;
using test::Packet;
using test::PacketBuilder;

TEST(Ipv4, ReadsAddressesLengthsAndTtl) {
    const Decoded decoded(
        PacketBuilder().ipv4("192.0.2.7", "203.0.113.9").ttl(61).udp(1, 2).payload("abc").frame());
    EXPECT_EQ(decoded->source.to_string(), "192.0.2.7");
    EXPECT_EQ(decoded->destination.to_string(), "203.0.113.9");
    EXPECT_EQ(decoded->ip_ttl, 61);
    EXPECT_EQ(decoded->ip_bytes, 31U);
    EXPECT_EQ(decoded->ip_protocol, 17);
}

TEST(Ipv4, EthernetPaddingIsNoPayload) {
    Bytes frame = PacketBuilder().tcp(1, 2).payload("").frame();
    frame.resize(60);
    const Decoded decoded(frame);
    EXPECT_EQ(decoded->outcome, Outcome::ok);
    EXPECT_TRUE(decoded->payload.empty());
    EXPECT_EQ(decoded->payload_wire_bytes, 0U);
}

TEST(Ipv4, OptionsAreSkipped) {
    const Decoded decoded(
        PacketBuilder().ipv4_options(Bytes(8, std::byte{1})).udp(1, 2).payload("abc").frame());
    ASSERT_EQ(decoded->outcome, Outcome::ok);
    EXPECT_EQ(as_text(decoded->payload), "abc");
}

TEST(Ipv4, LengthZeroMeansTheFrame) {
    Bytes frame = PacketBuilder().tcp(1, 2).payload("offload").frame();
    frame[16] = frame[17] = std::byte{0};
    const Decoded decoded(frame);
    EXPECT_EQ(decoded->outcome, Outcome::ok);
    EXPECT_EQ(as_text(decoded->payload), "offload");
}

TEST(Ipv4, LengthBeyondTheFrameIsNotedAndUsable) {
    Bytes frame = PacketBuilder().tcp(1, 2).payload("abc").frame();
    frame[17] = std::byte{200};
    const Decoded decoded(frame);
    EXPECT_EQ(decoded->outcome, Outcome::ok);
    EXPECT_EQ(decoded->problem.kind, ProblemKind::ip_length_beyond_frame);
    EXPECT_EQ(decoded->problem.observed, 200U);
    EXPECT_EQ(decoded->problem.limit, 43U);
    EXPECT_TRUE(decoded->payload_truncated);
    EXPECT_EQ(decoded->payload_wire_bytes, 160U);
    EXPECT_EQ(as_text(decoded->payload), "abc");
}

struct BadByte {
    const char* name;
    std::size_t at;
    unsigned value;
    ProblemKind kind;
};

class BadIpv4 : public testing::TestWithParam<BadByte> {};

TEST_P(BadIpv4, IsMalformed) {
    Bytes frame = PacketBuilder().udp(1, 2).payload("abc").frame();
    frame[GetParam().at] = static_cast<std::byte>(GetParam().value);
    const Decoded decoded(frame);
    EXPECT_EQ(decoded->outcome, Outcome::malformed);
    EXPECT_EQ(decoded->problem.kind, GetParam().kind);
    EXPECT_EQ(decoded->problem.layer, Layer::ipv4);
}

INSTANTIATE_TEST_SUITE_P(
    All, BadIpv4,
    testing::Values(BadByte{"version", 14, 0x65, ProblemKind::ip_version},
                    BadByte{"header_below_20", 14, 0x44, ProblemKind::ip_header_length},
                    BadByte{"header_beyond_packet", 14, 0x4f, ProblemKind::ip_total_length},
                    BadByte{"total_below_header", 17, 19, ProblemKind::ip_total_length}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Ipv4, FragmentsHaveNoTransport) {
    const auto frames =
        PacketBuilder().ip_id(77).udp(1, 2).payload(std::string(40, 'x')).fragments(24);
    ASSERT_EQ(frames.size(), 2U);
    const Decoded first(frames[0]);
    EXPECT_EQ(first->outcome, Outcome::ok);
    EXPECT_EQ(first->transport, Transport::none);
    EXPECT_TRUE(first->fragment.present);
    EXPECT_TRUE(first->fragment.more);
    EXPECT_EQ(first->fragment.id, 77U);
    const Decoded second(frames[1]);
    EXPECT_FALSE(second->fragment.more);
    EXPECT_EQ(second->fragment.offset_bytes, 24U);
    EXPECT_EQ(second->payload.size(), 24U);
}

TEST(Ipv4, FragmentBeyondTheLongestDatagramIsMalformed) {
    const Decoded decoded(PacketBuilder().udp(1, 2).fragment(65'528, Bytes(16), false));
    EXPECT_EQ(decoded->outcome, Outcome::malformed);
    EXPECT_EQ(decoded->problem.kind, ProblemKind::ip_fragment_too_large);
}

PacketBuilder v6() {
    return PacketBuilder().ipv6("2001:db8::1", "2001:db8::2");
}

TEST(Ipv6, ReadsAddressesAndLengths) {
    const Decoded decoded(v6().ttl(3).udp(1, 2).payload("abc").frame());
    EXPECT_EQ(decoded->source.to_string(), "2001:db8::1");
    EXPECT_EQ(decoded->destination.to_string(), "2001:db8::2");
    EXPECT_EQ(decoded->ip_ttl, 3);
    EXPECT_EQ(decoded->ip_bytes, 51U);
    EXPECT_EQ(as_text(decoded->payload), "abc");
}

TEST(Ipv6, WalksEveryExtensionHeader) {
    const Decoded decoded(v6().ipv6_extension(0, Bytes(6))
                              .ipv6_extension(60, Bytes(14))
                              .ipv6_extension(43, Bytes(6))
                              .ipv6_extension(51, Bytes(22))
                              .tcp(1, 2)
                              .payload("deep")
                              .frame());
    ASSERT_EQ(decoded->outcome, Outcome::ok);
    EXPECT_EQ(decoded->transport, Transport::tcp);
    EXPECT_EQ(decoded->ip_protocol, 6);
    EXPECT_EQ(as_text(decoded->payload), "deep");
}

TEST(Ipv6, TooManyExtensionHeadersAreALimit) {
    PacketBuilder builder = v6();
    for (int i = 0; i < 30; ++i) builder.ipv6_extension(60, Bytes(6));
    const Decoded decoded(builder.tcp(1, 2).frame());
    EXPECT_EQ(decoded->outcome, Outcome::limit);
    EXPECT_EQ(decoded->problem.layer, Layer::ipv6);
}

TEST(Ipv6, ExtensionHeaderBeyondThePacketIsMalformed) {
    Bytes frame = v6().ipv6_extension(0, Bytes(6)).udp(1, 2).frame();
    frame[14 + 40 + 1] = std::byte{200};
    const Decoded decoded(frame);
    EXPECT_EQ(decoded->outcome, Outcome::malformed);
    EXPECT_EQ(decoded->problem.kind, ProblemKind::header_too_short);
}

TEST(Ipv6, AnAtomicFragmentIsAWholePacket) {
    const Bytes transport = v6().udp(1, 2).payload("atom").transport();
    const Decoded decoded(v6().udp(1, 2).fragment(0, transport, false));
    EXPECT_FALSE(decoded->fragment.present);
    EXPECT_EQ(as_text(decoded->payload), "atom");
}

TEST(Ipv6, FragmentHeaderIsRead) {
    const auto frames =
        v6().ip_id(0xabcdef01).udp(1, 2).payload(std::string(40, 'x')).fragments(24);
    const Decoded second(frames.at(1));
    EXPECT_TRUE(second->fragment.present);
    EXPECT_EQ(second->fragment.offset_bytes, 24U);
    EXPECT_EQ(second->fragment.id, 0xabcdef01U);
    EXPECT_EQ(second->ip_protocol, 17);
}

TEST(Reassembled, GoesOnWithTheTransport) {
    const PacketBuilder builder = PacketBuilder().udp(7, 9).payload(std::string(40, 'x'));
    Decoded first(builder.fragments(24).at(1));
    const Bytes whole = builder.transport();
    decode_reassembled(17, whole, first.out);
    EXPECT_EQ(first->outcome, Outcome::ok);
    EXPECT_FALSE(first->fragment.present);
    EXPECT_EQ(first->transport, Transport::udp);
    EXPECT_EQ(first->destination_port, 9);
    EXPECT_EQ(first->payload.size(), 40U);
    EXPECT_EQ(first->ip_bytes, 68U);
}

}  // namespace
}  // namespace persandian::packet
