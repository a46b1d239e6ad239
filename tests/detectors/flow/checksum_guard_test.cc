// SPDX-License-Identifier: Apache-2.0
//
// Limits::check_checksums: packets that their receiver drops are not followed.
#include "detectors/flow/checksum_guard.h"

#include <gtest/gtest.h>

#include "tests/detectors/flow/flow_recorder.h"

namespace persandian::flow {
namespace {

using test::Bytes;
using test::PacketBuilder;
using test::TcpConversation;

Limits checking() {
    Limits limits;
    limits.check_checksums = true;
    return limits;
}

/// The frame with its last octet changed behind the checksum's back.
Bytes spoilt(const PacketBuilder& builder) {
    Bytes frame = builder.frame();
    frame.back() ^= std::byte{0xff};
    return frame;
}

TEST(CheckChecksums, ASegmentThatTheReceiverDropsIsNotInTheStream) {
    RoomUnderTest under(checking());
    under.feed(TcpConversation().handshake().packets());
    under.feed(spoilt(PacketBuilder().sequence(1001).payload("evil")));
    under.feed(PacketBuilder().sequence(1001).payload("good").frame());
    under.room.finish();
    EXPECT_EQ(under.flow(1).text[0], "good");
    const auto anomalies = under.events.of_type("anomaly");
    ASSERT_EQ(anomalies.size(), 1U) << "and no overlap";
    EXPECT_EQ(anomalies[0]["anomaly.event"], "bad_checksum");
    EXPECT_EQ(anomalies[0]["anomaly.type"], "decode");
    EXPECT_EQ(anomalies[0]["anomaly.layer"], "tcp");
    EXPECT_NE(anomalies[0]["anomaly.observed"], anomalies[0]["anomaly.limit"]);
    EXPECT_EQ(anomalies[0]["src_ip"], "192.0.2.1");
    EXPECT_TRUE(anomalies[0].has_packet);
    EXPECT_EQ(under.room.counters().packets_bad_checksum, 1U);
}

TEST(CheckChecksums, IsOffByDefault) {
    RoomUnderTest under;
    under.feed(TcpConversation().handshake().packets());
    under.feed(spoilt(PacketBuilder().sequence(1001).payload("good")));
    under.room.finish();
    EXPECT_EQ(under.flow(1).text[0].substr(0, 3), "goo");
    EXPECT_TRUE(under.events.of_type("anomaly").empty());
}

TEST(CheckChecksums, AResetWithAWrongChecksumResetsNothing) {
    RoomUnderTest under(checking());
    under.feed(TcpConversation().handshake().packets());
    Bytes reset = PacketBuilder().sequence(1001).flags(0x04).frame();
    reset[14 + 20 + 16] ^= std::byte{1};
    under.feed(reset);
    under.room.finish();
    EXPECT_EQ(under.events.of_type("flow").at(0)["flow.reason"], "shutdown");
    EXPECT_EQ(under.events.of_type("flow")[0]["flow.pkts_toserver"], "2");
}

TEST(CheckChecksums, AnIpHeaderWithAWrongChecksumIsNotFollowed) {
    RoomUnderTest under(checking());
    under.feed(PacketBuilder().udp(5000, 53).payload("a").frame());
    Bytes frame = PacketBuilder().udp(5000, 53).payload("b").frame();
    frame[14 + 8] = std::byte{9};  // time to live
    under.feed(frame);
    under.room.finish();
    EXPECT_EQ(under.flow(1).datagrams[0], std::vector<std::string>{"a"});
    EXPECT_EQ(under.events.of_type("anomaly").at(0)["anomaly.layer"], "ipv4");
}

TEST(CheckChecksums, OfADatagramInFragmentsIsThatOfTheWhole) {
    RoomUnderTest under(checking());
    const PacketBuilder datagram =
        PacketBuilder().udp(5000, 53).ip_id(7).payload(std::string(500, 'x'));
    for (const Bytes& frame : datagram.fragments(104)) under.feed(frame);
    EXPECT_EQ(under.flow(1).datagrams[0].size(), 1U);
    auto fragments = PacketBuilder(datagram).ip_id(8).fragments(104);
    fragments[2].back() ^= std::byte{1};
    for (const Bytes& frame : fragments) under.feed(frame);
    EXPECT_EQ(under.flow(1).datagrams[0].size(), 1U);
    EXPECT_EQ(under.room.counters().packets_bad_checksum, 1U);
    EXPECT_EQ(under.events.of_type("anomaly").at(0)["anomaly.layer"], "udp");
}

TEST(CheckChecksums, OfASenderOfWhomNoneIsRightAreNoLongerHeldAgainstIt) {
    RoomUnderTest under(checking());
    for (int i = 0; i < 20; ++i) under.feed(spoilt(PacketBuilder().udp(5000, 53).payload("q")));
    under.room.finish();
    EXPECT_EQ(under.room.counters().packets_bad_checksum, ChecksumGuard::offload_packets);
    EXPECT_EQ(under.room.counters().checksums_doubted, 20U - ChecksumGuard::offload_packets);
    EXPECT_EQ(under.flow(1).datagrams[0].size(), 16U);
    const auto anomalies = under.events.of_type("anomaly");
    ASSERT_EQ(anomalies.size(), 5U);
    EXPECT_EQ(anomalies[4]["anomaly.event"], "checksum_offload");
    EXPECT_EQ(anomalies[4]["anomaly.limit"], "4");
}

TEST(CheckChecksums, OfASenderWhoCanMakeThemMustAllBeRight) {
    RoomUnderTest under(checking());
    for (int i = 0; i < 10; ++i) under.feed(spoilt(PacketBuilder().udp(5000, 53).payload("q")));
    under.feed(PacketBuilder().udp(5000, 53).payload("right").frame());
    const std::uint64_t wrong = under.room.counters().packets_bad_checksum;
    for (int i = 0; i < 10; ++i) under.feed(spoilt(PacketBuilder().udp(5000, 53).payload("q")));
    EXPECT_EQ(under.room.counters().packets_bad_checksum, wrong + 10);
}

TEST(ChecksumGuard, JudgesEachSenderAndLayerByItself) {
    ChecksumGuard guard(true, 1);
    const packet::Checksum wrong_tcp{true, false, packet::Layer::tcp, 1, 2};
    const packet::Checksum right_udp{true, true, packet::Layer::udp, 1, 1};
    const IpAddress one = IpAddress::v4(0x0a000001), other = IpAddress::v4(0x0a000002);
    using Verdict = ChecksumGuard::Verdict;
    EXPECT_EQ(guard.judge(one, right_udp), Verdict::right);
    for (int i = 0; i < 4; ++i) EXPECT_EQ(guard.judge(one, wrong_tcp), Verdict::wrong);
    EXPECT_EQ(guard.judge(one, wrong_tcp), Verdict::gives_up);
    EXPECT_EQ(guard.judge(one, wrong_tcp), Verdict::doubted);
    EXPECT_EQ(guard.judge(other, wrong_tcp), Verdict::wrong);
    EXPECT_EQ(guard.judge(one, {}), Verdict::right) << "nothing to check";
}

}  // namespace
}  // namespace persandian::flow
