// SPDX-License-Identifier: Apache-2.0
//
// TCP, UDP, ICMP, SCTP and the rest.
#include <gtest/gtest.h>

#include "tests/detectors/packet/decode_support.h"

namespace persandian::packet {
namespace {

using test::Bytes;
using test::Packet;
using test::PacketBuilder;

constexpr std::size_t transport_at = 34;  // Ethernet, IPv4

TEST(Tcp, ReadsHeaderAndPayload) {
    const Decoded decoded(PacketBuilder()
                              .tcp(4321, 443)
                              .sequence(0xfffffffeU)
                              .acknowledgement(17)
                              .flags(0x18)
                              .payload("data")
                              .frame());
    ASSERT_EQ(decoded->transport, Transport::tcp);
    EXPECT_EQ(decoded->source_port, 4321);
    EXPECT_EQ(decoded->destination_port, 443);
    EXPECT_EQ(decoded->tcp.sequence, 0xfffffffeU);
    EXPECT_EQ(decoded->tcp.acknowledgement, 17U);
    EXPECT_EQ(decoded->tcp.flags, 0x18);
    EXPECT_EQ(as_text(decoded->payload), "data");
}

TEST(Tcp, ReadsOptions) {
    const Decoded decoded(PacketBuilder()
                              .tcp_options(literal("\x02\x04\x05\xb4\x04\x02\x08\x0a"
                                                   "\0\0\0\x05\0\0\0\x09\x01\x03\x03\x07"))
                              .flags(0x02)
                              .frame());
    ASSERT_EQ(decoded->outcome, Outcome::ok);
    EXPECT_EQ(decoded->tcp.maximum_segment_bytes, 1460);
    EXPECT_TRUE(decoded->tcp.sack_permitted);
    EXPECT_TRUE(decoded->tcp.has_timestamps);
    EXPECT_EQ(decoded->tcp.timestamp_value, 5U);
    EXPECT_EQ(decoded->tcp.timestamp_echo, 9U);
    EXPECT_TRUE(decoded->tcp.has_window_scale);
    EXPECT_EQ(decoded->tcp.window_scale, 7);
    EXPECT_EQ(decoded->problem.kind, ProblemKind::none);
}

TEST(Tcp, AnOptionWithoutLengthIsNotedAndThePayloadStillUsed) {
    for (const Bytes& options :
         {literal("\x02\x00\0\0"), literal("\x02\x09\0\0"), literal("\x01\x01\x01\x02")}) {
        const Decoded decoded(PacketBuilder().tcp_options(options).payload("data").frame());
        EXPECT_EQ(decoded->outcome, Outcome::ok);
        EXPECT_EQ(decoded->problem.kind, ProblemKind::tcp_option_length);
        EXPECT_EQ(as_text(decoded->payload), "data");
    }
}

TEST(Tcp, HeaderLengthBelow20OrBeyondThePacketIsMalformed) {
    for (const unsigned offset : {0x40U, 0xf0U}) {
        Bytes frame = PacketBuilder().tcp(1, 2).payload("data").frame();
        frame[transport_at + 12] = static_cast<std::byte>(offset);
        const Decoded decoded(frame);
        EXPECT_EQ(decoded->outcome, Outcome::malformed);
        EXPECT_EQ(decoded->problem.kind, ProblemKind::tcp_header_length);
    }
}

TEST(Tcp, ACaptureThatEndsInTheOptionsStillCountsThePayload) {
    Packet packet = PacketBuilder().tcp_options(Bytes(20, std::byte{1})).payload("data").packet();
    packet.wire_length_bytes = static_cast<std::uint32_t>(packet.bytes.size());
    packet.bytes.resize(transport_at + 25);
    const Decoded decoded(packet);
    EXPECT_EQ(decoded->outcome, Outcome::ok);
    EXPECT_TRUE(decoded->payload.empty());
    EXPECT_TRUE(decoded->payload_truncated);
    EXPECT_EQ(decoded->payload_wire_bytes, 4U);
}

TEST(Tcp, ACaptureThatEndsInThePayloadIsMarked) {
    Packet packet = PacketBuilder().tcp(1, 2).payload("0123456789").packet();
    packet.wire_length_bytes = static_cast<std::uint32_t>(packet.bytes.size());
    packet.bytes.resize(packet.bytes.size() - 4);
    const Decoded decoded(packet);
    EXPECT_EQ(as_text(decoded->payload), "012345");
    EXPECT_TRUE(decoded->payload_truncated);
    EXPECT_EQ(decoded->payload_wire_bytes, 10U);
}

Bytes udp_with_length(unsigned length) {
    Bytes frame = PacketBuilder().udp(1, 2).payload("0123456789").frame();
    frame[transport_at + 4] = std::byte{0};
    frame[transport_at + 5] = static_cast<std::byte>(length);
    return frame;
}

TEST(Udp, ASmallerLengthCutsThePayload) {
    const Decoded decoded(udp_with_length(11));
    EXPECT_EQ(decoded->outcome, Outcome::ok);
    EXPECT_EQ(as_text(decoded->payload), "012");
    EXPECT_FALSE(decoded->payload_truncated);
}

TEST(Udp, ALargerLengthIsNotedAndWhatIsThereIsTruncated) {
    const Decoded decoded(udp_with_length(100));
    EXPECT_EQ(decoded->outcome, Outcome::ok);
    EXPECT_EQ(decoded->problem.kind, ProblemKind::udp_length);
    EXPECT_EQ(decoded->problem.observed, 100U);
    EXPECT_EQ(decoded->problem.limit, 18U);
    EXPECT_TRUE(decoded->payload_truncated);
    EXPECT_EQ(decoded->payload_wire_bytes, 92U);
}

TEST(Udp, ALengthBelowTheHeaderIsMalformed) {
    EXPECT_EQ(Decoded(udp_with_length(7))->problem.kind, ProblemKind::udp_length);
    EXPECT_EQ(Decoded(udp_with_length(7))->outcome, Outcome::malformed);
}

TEST(Udp, LengthZeroMeansTheIpPayload) {
    EXPECT_EQ(as_text(Decoded(udp_with_length(0))->payload), "0123456789");
}

TEST(Icmp, PayloadIsTheWholeMessage) {
    const Decoded four(PacketBuilder().icmp(8, 1).payload("ping").frame());
    EXPECT_EQ(four->transport, Transport::icmp_v4);
    EXPECT_EQ(four->icmp_type, 8);
    EXPECT_EQ(four->icmp_code, 1);
    EXPECT_EQ(four->payload.size(), 12U);
    const Decoded six(PacketBuilder().ipv6("2001:db8::1", "2001:db8::2").icmp(135, 0).frame());
    EXPECT_EQ(six->transport, Transport::icmp_v6);
    EXPECT_EQ(six->icmp_type, 135);
}

TEST(OtherProtocols, KeepTheIpPayload) {
    const Decoded gre(PacketBuilder().protocol(47).payload("tunnel").frame());
    EXPECT_EQ(gre->outcome, Outcome::ok);
    EXPECT_EQ(gre->transport, Transport::other);
    EXPECT_EQ(as_text(gre->payload), "tunnel");
    const Decoded sctp(
        PacketBuilder().protocol(132).payload({"\x00\x07\x00\x50........", 12}).frame());
    EXPECT_EQ(sctp->transport, Transport::sctp);
    EXPECT_EQ(sctp->destination_port, 80);
}

TEST(Transport, HeadersThatDoNotFitTheIpPacketAreMalformed) {
    for (const unsigned protocol : {1U, 6U, 17U, 132U}) {
        Bytes ip = PacketBuilder().protocol(47).payload("abc").ip_packet();
        ip[9] = static_cast<std::byte>(protocol);
        const Decoded cut(ip, 228);
        EXPECT_EQ(cut->outcome, Outcome::malformed);
        EXPECT_EQ(cut->problem.kind, ProblemKind::header_too_short);
    }
}

}  // namespace
}  // namespace persandian::packet
