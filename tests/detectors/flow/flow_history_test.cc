// SPDX-License-Identifier: Apache-2.0
//
// Letters of the history, the round trip, and the events of flows that go on.
#include "detectors/flow/flow_history.h"

#include <gtest/gtest.h>

#include "tests/detectors/flow/flow_recorder.h"

namespace persandian::flow {
namespace {

using test::Packet;
using test::PacketBuilder;
using test::TcpConversation;

constexpr std::uint8_t fin = 0x01, syn = 0x02, rst = 0x04, ack = 0x10;

PacketBuilder from_server(std::uint32_t sequence, std::uint32_t acknowledgement) {
    return PacketBuilder()
        .ipv4("198.51.100.1", "192.0.2.1")
        .tcp(80, 40'000)
        .sequence(sequence)
        .acknowledgement(acknowledgement);
}

/// The one flow event that `packets` make.
test::RecordedEvent flow_event(const std::vector<Packet>& packets) {
    RoomUnderTest under;
    under.feed(packets);
    under.room.finish();
    const auto events = under.events.of_type("flow");
    EXPECT_EQ(events.size(), 1U);
    return events.empty() ? test::RecordedEvent{} : events[0];
}

std::string history_of(const std::vector<Packet>& packets) {
    return flow_event(packets)["flow.history"];
}

TEST(FlowHistory, OfAWholeConversation) {
    EXPECT_EQ(history_of(TcpConversation()
                             .handshake()
                             .client("GET /")
                             .server_acknowledges()
                             .server("200 OK")
                             .close()
                             .packets()),
              "ShADadFf");
}

TEST(FlowHistory, OfAServerThatSpeaksFirst) {
    EXPECT_EQ(history_of(TcpConversation()
                             .handshake()
                             .server("220 hello")
                             .client("EHLO")
                             .server_acknowledges()
                             .close()
                             .packets()),
              "ShAdDaFf");
}

TEST(FlowHistory, OfAConnectionRefusedOneResetAndOneUnanswered) {
    const auto whole = TcpConversation().handshake().packets();
    EXPECT_EQ(history_of({whole[0]}), "S");
    EXPECT_EQ(history_of({whole[0], from_server(0, 1001).flags(rst | ack).packet()}), "Sr");
    EXPECT_EQ(history_of(TcpConversation().handshake().client_resets().packets()), "ShAR");
}

TEST(FlowHistory, ASynWithAnotherNumberIsTheSameLetterAgain) {
    const Packet first = PacketBuilder().flags(syn).sequence(1000).packet();
    const Packet other = PacketBuilder().flags(syn).sequence(2000).packet();
    EXPECT_EQ(history_of({first, first, first}), "S");
    EXPECT_EQ(history_of({first, other, other}), "SS");
}

TEST(FlowHistory, FlagsThatDoNotGoTogether) {
    EXPECT_EQ(history_of({PacketBuilder().flags(fin | rst).packet()}), "I");
    EXPECT_EQ(history_of({PacketBuilder().flags(syn | fin).packet()}), "Q");
    EXPECT_EQ(history_of({PacketBuilder().flags(syn | rst).packet()}), "Q");
}

TEST(FlowHistory, WhatHappensOftenStandsAtTheFirstTenthAndHundredthTime) {
    auto packets = TcpConversation().handshake().client("abc").packets();
    for (int i = 0; i < 99; ++i)
        packets.push_back(PacketBuilder().sequence(1001).payload("abc").packet());
    EXPECT_EQ(history_of(packets), "ShADTT");
    packets.push_back(packets.back());
    EXPECT_EQ(history_of(packets), "ShADTTT");
}

TEST(FlowHistory, AGapBelongsToTheSideWhoseBytesAreMissing) {
    EXPECT_EQ(history_of(TcpConversation().handshake().server_unseen(5).server("abc").packets()),
              "ShAdg");
}

TEST(FlowHistory, BytesMissingInFrontOfTheFinAreAGapToo) {
    const auto event = flow_event(
        TcpConversation().handshake().client("GET /").server_unseen(500).close().packets());
    EXPECT_EQ(event["persandian.gap_bytes"], "500");
    EXPECT_EQ(event["flow.history"], "ShADFfg");
}

TEST(FlowHistory, AWindowOfZeroIsToldUnlessThePeerHasEnded) {
    auto packets = TcpConversation().handshake().client("abc").packets();
    packets.push_back(from_server(5001, 1004).window(0).packet());
    EXPECT_EQ(history_of(packets), "ShADaw");
    packets = TcpConversation().handshake().client("abc").packets();
    packets.push_back(PacketBuilder().sequence(1004).flags(fin | ack).packet());
    packets.push_back(from_server(5001, 1005).window(0).packet());
    EXPECT_EQ(history_of(packets), "ShADFa");
}

TEST(FlowHistory, AGuessedDirectionIsMarked) {
    auto packets = TcpConversation().handshake().server("hello").client("world").packets();
    packets.erase(packets.begin(), packets.begin() + 3);
    EXPECT_EQ(history_of(packets), "^dD");
    EXPECT_EQ(history_of({PacketBuilder().udp(53, 5000).payload("answer").packet()}), "^d");
}

TEST(FlowHistory, OfUdpIsDataAndOfIcmpNothing) {
    EXPECT_EQ(history_of({PacketBuilder().udp(5000, 53).payload("query").packet(),
                          PacketBuilder()
                              .ipv4("198.51.100.1", "192.0.2.1")
                              .udp(53, 5000)
                              .payload("answer")
                              .packet()}),
              "Dd");
    EXPECT_EQ(history_of({PacketBuilder().icmp(0, 0).packet()}), "");
}

TEST(FlowHistory, IsBounded) {
    std::vector<Packet> packets;
    for (std::uint32_t i = 0; i < 200; ++i)
        packets.push_back(PacketBuilder().flags(syn).sequence(i * 1000).packet());
    EXPECT_EQ(history_of(packets), std::string(FlowHistory::max_letters, 'S'));
}

TEST(FlowRoundTrip, IsTheTimeOfTheHandshake) {
    const auto event =
        flow_event(TcpConversation().handshake().client("x").server_acknowledges().packets());
    EXPECT_EQ(event["tcp.rtt_us"], "2000") << "three packets, one millisecond apart";
}

TEST(FlowRoundTrip, CountsFromTheLastSynBeforeTheAnswer) {
    auto packets = TcpConversation().handshake().client("x").packets();
    Packet earlier = packets[0];
    earlier.time = Timestamp::from_seconds(1'699'999'997);
    packets.insert(packets.begin(), earlier);
    EXPECT_EQ(flow_event(packets)["tcp.rtt_us"], "2000");
}

TEST(FlowRoundTrip, IsAbsentWithoutAHandshake) {
    auto packets = TcpConversation().handshake().client("x").packets();
    EXPECT_EQ(flow_event({packets[1], packets[2], packets[3]})["tcp.rtt_us"], "");
    EXPECT_EQ(flow_event({packets[0], packets[2], packets[3]})["tcp.rtt_us"], "");
    EXPECT_EQ(flow_event({packets[0], packets[1]})["tcp.rtt_us"], "");
}

TEST(FlowRoundTrip, IsAbsentWhenTimeRanBackwards) {
    auto packets = TcpConversation().handshake().packets();
    packets[2].time = Timestamp::from_seconds(1'699'999'999);
    EXPECT_EQ(flow_event(packets)["tcp.rtt_us"], "");
}

Packet datagram_at(std::int64_t seconds) {
    Packet packet = PacketBuilder().udp(5000, 53).payload("q").packet();
    packet.time = Timestamp::from_seconds(1'700'000'000 + seconds);
    return packet;
}

TEST(FlowInterim, ALongFlowIsToldEachIntervalAndOnceAtItsEnd) {
    RoomUnderTest under;
    for (std::int64_t second = 0; second <= 1250; second += 50) under.feed(datagram_at(second));
    const auto interim = under.events.of_type("flow_interim");
    ASSERT_EQ(interim.size(), 2U);
    EXPECT_EQ(interim[0].time, Timestamp::from_seconds(1'700'000'600));
    EXPECT_EQ(interim[0]["flow.pkts_toserver"], "13") << "all so far";
    EXPECT_EQ(interim[0]["flow.age"], "600");
    EXPECT_EQ(interim[0]["flow.state"], "new");
    EXPECT_EQ(interim[0]["flow.reason"], "") << "it goes on";
    EXPECT_EQ(interim[1]["flow.pkts_toserver"], "25");
    EXPECT_EQ(interim[1]["flow_id"], interim[0]["flow_id"]);
    under.room.finish();
    const auto last = under.events.of_type("flow");
    ASSERT_EQ(last.size(), 1U);
    EXPECT_EQ(last[0]["flow.pkts_toserver"], "26");
    EXPECT_EQ(last[0]["flow.reason"], "shutdown");
    EXPECT_EQ(under.room.counters().flows_interim, 2U);
    EXPECT_EQ(under.room.counters().flows_ended, 1U);
}

TEST(FlowInterim, ASilentFlowHasNothingToTell) {
    RoomUnderTest under;
    under.feed(TcpConversation().handshake().packets());
    under.room.on_time(Timestamp::from_seconds(1'700'000'599));
    EXPECT_TRUE(under.events.events.empty());
}

TEST(FlowInterim, CanBeTurnedOffAndMadeShorter) {
    Limits limits;
    limits.interim = Duration{};
    RoomUnderTest off(limits);
    for (std::int64_t second = 0; second <= 1250; second += 50) off.feed(datagram_at(second));
    EXPECT_TRUE(off.events.of_type("flow_interim").empty());
    limits.interim = Duration::seconds(100);
    RoomUnderTest shorter(limits);
    for (std::int64_t second = 0; second <= 1250; second += 50) shorter.feed(datagram_at(second));
    EXPECT_EQ(shorter.events.of_type("flow_interim").size(), 12U);
}

}  // namespace
}  // namespace persandian::flow
