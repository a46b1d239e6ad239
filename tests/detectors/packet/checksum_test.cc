// SPDX-License-Identifier: Apache-2.0
#include "detectors/packet/checksum.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "tests/detectors/packet/decode_support.h"

namespace persandian::packet {
namespace {

using test::Bytes;
using test::PacketBuilder;

struct Sample {
    const char* name;
    PacketBuilder packet;
    Layer layer;
};

void PrintTo(const Sample& sample, std::ostream* out) {
    *out << sample.name;
}

PacketBuilder v6() {
    return PacketBuilder().ipv6("2001:db8::1", "2001:db8::2");
}

class Checksums : public testing::TestWithParam<Sample> {};

TEST_P(Checksums, OfASoundPacketAreRight) {
    const Decoded decoded(GetParam().packet.frame());
    const Checksum transport = transport_checksum(decoded.out);
    EXPECT_TRUE(transport.checked);
    EXPECT_TRUE(transport.right);
    EXPECT_EQ(transport.layer, GetParam().layer);
    EXPECT_EQ(transport.observed, transport.expected);
    if (decoded->ip_version == 4) {
        EXPECT_TRUE(ip_header_checksum(decoded.out).right);
    }
}

TEST_P(Checksums, AnyChangedByteIsNoticed) {
    const Bytes sound = GetParam().packet.frame();
    const std::size_t transport = Decoded(sound)->ip_version == 4 ? 14 + 20 : 14 + 40;
    const std::uint16_t right = transport_checksum(Decoded(sound).out).observed;
    for (std::size_t at = sound.size() - 4; at < sound.size(); ++at) {
        Bytes changed = sound;
        changed[at] ^= std::byte{0x10};
        const Decoded decoded(changed);
        const Checksum checksum = transport_checksum(decoded.out);
        EXPECT_TRUE(checksum.checked) << at;
        EXPECT_FALSE(checksum.right) << at;
        EXPECT_EQ(checksum.observed, right);
        EXPECT_NE(checksum.expected, right);
        EXPECT_GT(at, transport);
    }
}

TEST_P(Checksums, WhatIsExpectedWouldBeRight) {
    const Bytes sound = GetParam().packet.frame();
    const std::uint16_t right = transport_checksum(Decoded(sound).out).observed;
    const auto high = static_cast<std::byte>(right >> 8U), low = static_cast<std::byte>(right);
    Bytes changed = sound;
    const auto at = std::search(changed.begin() + 34, changed.end(), &high, &high + 1,
                                [](std::byte a, std::byte b) { return a == b; });
    ASSERT_NE(at, changed.end());
    for (auto place = at; place + 1 < changed.end(); ++place) {
        if (*place != high || *(place + 1) != low) continue;
        *place = std::byte{0x12};
        *(place + 1) = std::byte{0x34};
        const Checksum checksum = transport_checksum(Decoded(changed).out);
        EXPECT_EQ(checksum.observed, 0x1234);
        EXPECT_EQ(checksum.expected, right);
        return;
    }
    FAIL() << "no checksum in the packet";
}

INSTANTIATE_TEST_SUITE_P(
    Transports, Checksums,
    testing::Values(Sample{"tcp", PacketBuilder().payload("even"), Layer::tcp},
                    Sample{"tcp_odd", PacketBuilder().payload("odd length"), Layer::tcp},
                    Sample{"udp", PacketBuilder().udp(1, 2).payload("query"), Layer::udp},
                    Sample{"icmp", PacketBuilder().icmp(8, 0).payload("ping!"), Layer::icmp},
                    Sample{"tcp6", v6().payload("hello"), Layer::tcp},
                    Sample{"udp6", v6().udp(1, 2).payload("query"), Layer::udp},
                    Sample{"icmp6", v6().icmp(128, 0).payload("ping"), Layer::icmp}),
    [](const auto& row) { return row.param.name; });

TEST(ChecksumOfIpv4, CoversItsOptions) {
    Bytes frame = PacketBuilder().ipv4_options(Bytes(4, std::byte{1})).payload("x").frame();
    EXPECT_TRUE(ip_header_checksum(Decoded(frame).out).right);
    frame[14 + 20] = std::byte{0};
    const Checksum checksum = ip_header_checksum(Decoded(frame).out);
    EXPECT_TRUE(checksum.checked);
    EXPECT_FALSE(checksum.right);
    EXPECT_EQ(checksum.layer, Layer::ipv4);
}

TEST(ChecksumOfUdp, ZeroMeansNone) {
    Bytes frame = PacketBuilder().udp(1, 2).payload("query").frame();
    frame[14 + 20 + 6] = frame[14 + 20 + 7] = std::byte{0};
    EXPECT_FALSE(transport_checksum(Decoded(frame).out).checked);
}

TEST(ChecksumOfUdp, EthernetPaddingIsNotPartOfIt) {
    Bytes frame = PacketBuilder().udp(1, 2).payload("x").frame();
    frame.resize(60, std::byte{0x55});
    EXPECT_TRUE(transport_checksum(Decoded(frame).out).right);
}

TEST(ChecksumNotChecked, WhenTheCaptureCutThePacket) {
    test::Packet packet = PacketBuilder().payload("a longer payload").packet();
    packet.wire_length_bytes = static_cast<std::uint32_t>(packet.bytes.size());
    packet.bytes.resize(packet.bytes.size() - 3);
    EXPECT_FALSE(transport_checksum(Decoded(packet).out).checked);
    EXPECT_TRUE(ip_header_checksum(Decoded(packet).out).right);
}

TEST(ChecksumNotChecked, OfFragmentsAndOtherProtocols) {
    EXPECT_FALSE(
        transport_checksum(Decoded(PacketBuilder().fragment(0, Bytes(24), true)).out).checked);
    EXPECT_FALSE(transport_checksum(Decoded(PacketBuilder().protocol(99).frame()).out).checked);
}

TEST(ChecksumNotChecked, OfWhatTheCapturingMachinePutTogether) {
    Bytes frame = PacketBuilder().payload(std::string(3000, 'x')).frame();
    frame.back() = std::byte{'y'};
    EXPECT_FALSE(transport_checksum(Decoded(frame).out).checked);
}

TEST(ChecksumNotChecked, WhenTheAddressesInItAreOthers) {
    // type 0 routing header, one segment left; destination options with a home address
    Bytes routing(6 + 16);
    routing[1] = std::byte{1};
    EXPECT_FALSE(
        transport_checksum(Decoded(v6().ipv6_extension(43, routing).payload("x").frame()).out)
            .checked);
    Bytes home(6 + 16);
    home[0] = std::byte{1}, home[1] = std::byte{2};  // PadN of two octets
    home[4] = std::byte{0xc9}, home[5] = std::byte{16};
    EXPECT_FALSE(transport_checksum(Decoded(v6().ipv6_extension(60, home).payload("x").frame()).out)
                     .checked);
    routing[1] = std::byte{0};
    EXPECT_TRUE(
        transport_checksum(Decoded(v6().ipv6_extension(43, routing).payload("x").frame()).out)
            .right)
        << "at its last stop the header has the final address";
}

}  // namespace
}  // namespace persandian::packet
