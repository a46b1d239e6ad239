// SPDX-License-Identifier: Apache-2.0
#include "detectors/flow/flow_room.h"

#include <gtest/gtest.h>

#include "tests/detectors/flow/flow_recorder.h"

namespace persandian::flow {
namespace {

using test::Bytes;
using test::Packet;
using test::PacketBuilder;
using test::TcpConversation;

using Ends = std::vector<std::string>;

TEST(FlowRoom, DeliversBothDirectionsOfAConversationWithoutCopying) {
    RoomUnderTest under;
    under.feed(TcpConversation().handshake().client("GET /").server("200 OK").close().packets());
    under.room.finish();
    ASSERT_EQ(under.recorder.flows.size(), 1U);
    const RecordedFlow& flow = under.flow(1);
    EXPECT_EQ(flow.text[0], "GET /");
    EXPECT_EQ(flow.text[1], "200 OK");
    EXPECT_EQ(flow.ends, (Ends{"to_server", "to_client", "end"}));
    EXPECT_FALSE(flow.midstream);
    EXPECT_TRUE(flow.zero_copy_only);
    EXPECT_TRUE(flow.offsets_right);
    EXPECT_EQ(under.room.counters().flows_closed, 1U);
}

TEST(FlowRoom, WritesOneFlowEventWithCountsStateAndReason) {
    RoomUnderTest under;
    under.feed(TcpConversation().handshake().client("GET /").server("200 OK").close().packets());
    under.room.finish();
    const auto flows = under.events.of_type("flow");
    ASSERT_EQ(flows.size(), 1U);
    const auto& event = flows[0];
    EXPECT_EQ(event["src_ip"], "192.0.2.1");
    EXPECT_EQ(event["dest_port"], "80");
    EXPECT_EQ(event["proto"], "TCP");
    EXPECT_EQ(event["app_proto"], "test");
    EXPECT_EQ(event["flow.pkts_toserver"], "5");
    EXPECT_EQ(event["flow.pkts_toclient"], "3");
    EXPECT_EQ(event["flow.bytes_toserver"], "205");
    EXPECT_EQ(event["flow.bytes_toclient"], "126");
    EXPECT_EQ(event["flow.state"], "closed");
    EXPECT_EQ(event["flow.reason"], "closed");
    EXPECT_EQ(event["tcp.state"], "closed");
    EXPECT_EQ(event["tcp.tcp_flags"], "1b");
    EXPECT_EQ(event["tcp.syn"], "true");
    EXPECT_EQ(event["tcp.rst"], "");
    EXPECT_FALSE(event["community_id"].empty());
}

TEST(FlowRoom, PutsSegmentsInOrder) {
    RoomUnderTest under;
    auto packets = TcpConversation().handshake().client("abcdefghij", 2).packets();
    std::swap(packets[3], packets[6]);
    std::swap(packets[4], packets[5]);
    under.feed(packets);
    under.room.finish();
    EXPECT_EQ(under.flow(1).text[0], "abcdefghij");
    EXPECT_TRUE(under.flow(1).offsets_right);
    EXPECT_EQ(under.room.counters().buffered_bytes, 0U);
}

TEST(FlowRoom, GivesUpAHoleThatTheReceiverAcknowledged) {
    RoomUnderTest under;
    TcpConversation talk;
    talk.handshake().client("abc").client_unseen(5).client("xyz");
    for (int i = 0; i < 6; ++i) talk.server_acknowledges();
    under.feed(talk.packets());
    EXPECT_EQ(under.flow(1).text[0], "abc<gap 5>xyz");
    EXPECT_EQ(under.room.counters().gap_bytes, 5U);
}

TEST(FlowRoom, WaitsForAHoleThatNobodyAcknowledged) {
    RoomUnderTest under;
    under.feed(
        TcpConversation().handshake().client("abc").client_unseen(5).client("xyz", 1).packets());
    EXPECT_EQ(under.flow(1).text[0], "abc");
    under.room.finish();
    EXPECT_EQ(under.flow(1).text[0], "abc<gap 5>xyz") << "the end of the flow gives it up";
}

TEST(FlowRoom, DeliversAOneSidedCapture) {
    RoomUnderTest under;
    auto all = TcpConversation().handshake().client("GET /").server("200").close().packets();
    std::vector<Packet> client_only = {all[0], all[2], all[3], all[5], all[7]};
    under.feed(client_only);
    under.room.finish();
    EXPECT_EQ(under.flow(1).text[0], "GET /");
    EXPECT_EQ(under.flow(1).ends, (Ends{"to_server", "to_client", "end"}));
}

TEST(FlowRoom, PicksUpMidstreamAndTakesTheLowerPortForTheServer) {
    RoomUnderTest under;
    auto packets = TcpConversation().handshake().server("hello").client("world").packets();
    packets.erase(packets.begin(), packets.begin() + 3);
    under.feed(packets);
    under.room.finish();
    const RecordedFlow& flow = under.flow(1);
    EXPECT_EQ(flow.server_port, 80);
    EXPECT_EQ(flow.text[0], "world");
    EXPECT_EQ(flow.text[1], "hello");
    EXPECT_TRUE(flow.midstream);
    EXPECT_EQ(under.room.counters().flows_midstream, 1U);
}

TEST(FlowRoom, SynAckBeforeSynNamesTheServer) {
    RoomUnderTest under;
    TcpConversation talk({.client_port = 70, .server_port = 9000});
    auto packets = talk.handshake().client("x").packets();
    std::swap(packets[0], packets[1]);
    under.feed(packets);
    under.room.finish();
    ASSERT_EQ(under.recorder.flows.size(), 1U);
    EXPECT_EQ(under.flow(1).server_port, 9000);
    EXPECT_EQ(under.flow(1).text[0], "x");
    EXPECT_FALSE(under.flow(1).midstream);
}

TEST(FlowRoom, DataOnSynIsTheBeginning) {
    RoomUnderTest under;
    const PacketBuilder base;
    under.feed(PacketBuilder(base).flags(0x02).sequence(99).payload("first ").frame());
    under.feed(PacketBuilder(base).flags(0x10).sequence(106).payload("second").frame());
    under.room.finish();
    EXPECT_EQ(under.flow(1).text[0], "first second");
}

TEST(FlowRoom, SequenceNumbersMayWrap) {
    RoomUnderTest under;
    TcpConversation talk({.client_sequence = 0xfffffff0U});
    const std::string text(100, 'w');
    auto packets = talk.handshake().client(text, 7).packets();
    std::reverse(packets.begin() + 3, packets.end());
    under.feed(packets);
    under.room.finish();
    EXPECT_EQ(under.flow(1).text[0], text);
}

TEST(FlowRoom, KeepAliveIsNoData) {
    RoomUnderTest under;
    auto packets = TcpConversation().handshake().client("abc").server_acknowledges().packets();
    Packet probe = PacketBuilder().sequence(1003).payload("c").packet();
    packets.push_back(probe);
    packets.push_back(PacketBuilder().sequence(1003).payload("").packet());
    under.feed(packets);
    under.room.finish();
    EXPECT_EQ(under.flow(1).text[0], "abc");
    EXPECT_EQ(under.room.counters().keep_alives, 1U);
    EXPECT_EQ(under.room.counters().retransmitted_segments, 0U);
}

TEST(FlowRoom, ConflictingOverlapKeepsTheFirstCopyAndIsAnAnomaly) {
    RoomUnderTest under;
    under.feed(TcpConversation().handshake().packets());
    under.feed(PacketBuilder().sequence(1004).payload("good").frame());
    under.feed(PacketBuilder().sequence(1004).payload("evil").frame());
    under.feed(PacketBuilder().sequence(1001).payload("abc").frame());
    under.room.finish();
    EXPECT_EQ(under.flow(1).text[0], "abcgood");
    const auto anomalies = under.events.of_type("anomaly");
    ASSERT_EQ(anomalies.size(), 1U);
    EXPECT_EQ(anomalies[0]["anomaly.event"], "overlap_conflict");
    EXPECT_EQ(anomalies[0]["anomaly.type"], "stream");
    EXPECT_EQ(anomalies[0]["src_ip"], "192.0.2.1");
    EXPECT_TRUE(anomalies[0].has_packet);
}

TEST(FlowRoom, ASecondAnswerThatDiffersFromTheDeliveredOneIsAnAnomaly) {
    RoomUnderTest under;
    under.feed(TcpConversation().handshake().client("GET /").packets());
    const PacketBuilder answer = PacketBuilder()
                                     .ipv4("198.51.100.1", "192.0.2.1")
                                     .tcp(80, 40'000)
                                     .sequence(5001)
                                     .acknowledgement(1006);
    under.feed(PacketBuilder(answer).payload("302 elsewhere").frame());
    under.feed(PacketBuilder(answer).payload("302 elsewhere").frame());
    EXPECT_TRUE(under.events.of_type("anomaly").empty()) << "a true retransmission is none";
    under.feed(PacketBuilder(answer).payload("200 truthful.").frame());
    under.room.finish();
    EXPECT_EQ(under.flow(1).text[1], "302 elsewhere");
    const auto anomalies = under.events.of_type("anomaly");
    ASSERT_EQ(anomalies.size(), 1U);
    EXPECT_EQ(anomalies[0]["anomaly.event"], "overlap_conflict");
    EXPECT_EQ(anomalies[0]["src_ip"], "198.51.100.1");
}

TEST(FlowRoom, ResetEndsTheFlowAfterTheClosingTimeout) {
    RoomUnderTest under;
    TcpConversation talk;
    under.feed(talk.handshake().client("abc").server_resets().packets());
    under.room.on_time(Timestamp::from_seconds(1'700'000'030));
    EXPECT_EQ(under.flow(1).ends, (Ends{"to_server", "to_client", "end"}));
    EXPECT_EQ(under.events.of_type("flow").at(0)["flow.reason"], "reset");
}

TEST(FlowRoom, AForgedResetDoesNotBlindUs) {
    RoomUnderTest under;
    TcpConversation talk;
    talk.handshake().client("abc").client_resets().client("def");
    under.feed(talk.packets());
    under.room.finish();
    EXPECT_EQ(under.flow(1).text[0], "abcdef");
    EXPECT_EQ(under.events.of_type("anomaly").at(0)["anomaly.event"], "data_after_reset");
}

TEST(FlowRoom, AForgedFinDoesNotBlindUs) {
    RoomUnderTest under;
    under.feed(TcpConversation().handshake().client("abc").packets());
    under.feed(PacketBuilder().sequence(1004).acknowledgement(5001).flags(0x11).frame());
    under.feed(PacketBuilder().sequence(1004).acknowledgement(5001).payload("def").frame());
    under.room.finish();
    EXPECT_EQ(under.flow(1).text[0], "abcdef");
}

TEST(FlowRoom, BytesBehindAnAcknowledgedFinAreNotDelivered) {
    RoomUnderTest under;
    under.feed(TcpConversation().handshake().packets());
    under.feed(PacketBuilder().sequence(1010).acknowledgement(5001).payload("beyond").frame());
    under.feed(
        PacketBuilder().sequence(1001).acknowledgement(5001).flags(0x11).payload("abc").frame());
    under.feed(PacketBuilder()
                   .ipv4("198.51.100.1", "192.0.2.1")
                   .tcp(80, 40'000)
                   .sequence(5001)
                   .acknowledgement(1005)
                   .frame());
    EXPECT_EQ(under.flow(1).ends, Ends{"to_server"});
    EXPECT_EQ(under.room.counters().buffered_bytes, 0U);
    under.feed(PacketBuilder().sequence(1005).acknowledgement(5001).payload("later").frame());
    under.room.finish();
    EXPECT_EQ(under.flow(1).text[0], "abc");
    EXPECT_EQ(under.events.of_type("anomaly").at(0)["anomaly.event"], "data_after_fin");
}

TEST(FlowRoom, ANewConnectionOnTheSamePortsIsANewFlow) {
    RoomUnderTest under;
    under.feed(TcpConversation().handshake().client("one").close().packets());
    under.feed(TcpConversation({.client_sequence = 777'000, .server_sequence = 888'000})
                   .handshake()
                   .client("two")
                   .packets());
    under.room.finish();
    ASSERT_EQ(under.recorder.flows.size(), 2U);
    EXPECT_EQ(under.flow(1).text[0], "one");
    EXPECT_EQ(under.flow(2).text[0], "two");
}

TEST(FlowRoom, ANewConnectionIsBelievedWhenItsServerAnswersThoughTheOldOneNeverEnded) {
    RoomUnderTest under;
    under.feed(TcpConversation().handshake().client("one").packets());
    under.feed(TcpConversation({.client_sequence = 777'000, .server_sequence = 888'000})
                   .handshake()
                   .client("two")
                   .packets());
    under.room.finish();
    ASSERT_EQ(under.recorder.flows.size(), 2U);
    EXPECT_EQ(under.flow(2).text[0], "two");
    EXPECT_FALSE(under.flow(2).midstream);
}

TEST(FlowRoom, AForgedSynDoesNotEndAConnection) {
    RoomUnderTest under;
    TcpConversation talk;
    under.feed(talk.handshake().client("abc").packets());
    under.feed(PacketBuilder().sequence(123'456'789).flags(0x02).frame());
    under.feed(PacketBuilder().sequence(1004).acknowledgement(5001).payload("def").frame());
    under.room.finish();
    ASSERT_EQ(under.recorder.flows.size(), 1U);
    EXPECT_EQ(under.flow(1).text[0], "abcdef");
}

TEST(FlowRoom, DeliversDatagramsOfUdpAndIcmp) {
    RoomUnderTest under;
    under.feed(PacketBuilder().udp(5000, 53).payload("query").frame());
    under.feed(
        PacketBuilder().ipv4("198.51.100.1", "192.0.2.1").udp(53, 5000).payload("answer").frame());
    under.feed(PacketBuilder().icmp(8, 0).payload("ping").frame());
    under.room.finish();
    EXPECT_EQ(under.flow(1).datagrams[0], std::vector<std::string>{"query"});
    EXPECT_EQ(under.flow(1).datagrams[1], std::vector<std::string>{"answer"});
    ASSERT_EQ(under.flow(2).datagrams[0].size(), 1U);
    EXPECT_EQ(under.flow(2).datagrams[0][0].substr(8), "ping");
}

TEST(FlowRoom, VlansSeparateFlows) {
    RoomUnderTest under;
    under.feed(PacketBuilder().vlan(1).udp(5000, 53).payload("a").frame());
    under.feed(PacketBuilder().vlan(2).udp(5000, 53).payload("b").frame());
    under.feed(PacketBuilder().vlan(1).udp(5000, 53).payload("c").frame());
    under.room.finish();
    EXPECT_EQ(under.recorder.flows.size(), 2U);
    EXPECT_EQ(under.events.of_type("flow").at(0)["vlan"], "2") << "idle for longer";
}

TEST(FlowRoom, SilenceEndsAFlowAtItsDeadline) {
    RoomUnderTest under;
    under.feed(PacketBuilder().udp(5000, 53).payload("a").frame());
    under.room.on_time(Timestamp::from_seconds(1'700'000'059));
    EXPECT_EQ(under.events.events.size(), 0U);
    under.room.on_time(Timestamp::from_seconds(1'700'000'500));
    ASSERT_EQ(under.events.events.size(), 1U);
    EXPECT_EQ(under.events.events[0].time, Timestamp::from_seconds(1'700'000'060));
    EXPECT_EQ(under.events.events[0]["flow.reason"], "timeout");
    EXPECT_EQ(under.room.counters().active_flows, 0U);
}

TEST(FlowRoom, TimeThatStepsBackStartsAnew) {
    RoomUnderTest under;
    Packet later = PacketBuilder().udp(5000, 53).payload("a").packet();
    Packet earlier = later;
    earlier.time = Timestamp::from_seconds(1'600'000'000);
    under.feed(later);
    under.feed(earlier);
    EXPECT_EQ(under.room.counters().clock_steps_back, 1U);
    EXPECT_EQ(under.room.counters().flows_ended, 1U);
    EXPECT_EQ(under.room.counters().active_flows, 1U);
}

TEST(FlowRoom, EvictsTheFlowNearestToItsTimeoutWhenFull) {
    Limits limits;
    limits.max_flows = 3;
    RoomUnderTest under(limits);
    under.feed(TcpConversation().handshake().client("x").packets());  // established: 10 minutes
    for (std::uint16_t port = 1; port <= 10; ++port)
        under.feed(
            PacketBuilder().udp(static_cast<std::uint16_t>(2000 + port), 53).payload("q").frame());
    EXPECT_EQ(under.room.counters().active_flows, 3U);
    EXPECT_EQ(under.room.counters().flows_evicted, 8U);
    for (const auto& event : under.events.of_type("flow")) EXPECT_EQ(event["proto"], "UDP");
}

TEST(FlowRoom, AFullBufferGivesUpTheHole) {
    Limits limits;
    limits.max_buffered_segments = 3;
    RoomUnderTest under(limits);
    under.feed(TcpConversation()
                   .handshake()
                   .client("abc")
                   .client_unseen(5)
                   .client("1")
                   .client_unseen(1)
                   .client("2")
                   .client_unseen(1)
                   .client("3")
                   .client_unseen(1)
                   .client("4")
                   .packets());
    EXPECT_EQ(under.flow(1).text[0], "abc<gap 5>1");
    EXPECT_EQ(under.room.counters().buffer_limit_hits, 1U);
    under.room.finish();
    EXPECT_EQ(under.flow(1).text[0], "abc<gap 5>1<gap 1>2<gap 1>3<gap 1>4");
    EXPECT_EQ(under.room.counters().buffered_bytes, 0U);
}

TEST(FlowRoom, StopsReassemblingWhenTheObserverIsDone) {
    RoomUnderTest under;
    under.recorder.done_after_chunks = 1;
    under.feed(TcpConversation().handshake().client("abcdef", 1).server("x").close().packets());
    under.room.finish();
    EXPECT_EQ(under.flow(1).text[0], "a");
    EXPECT_EQ(under.flow(1).text[1], "");
    EXPECT_EQ(under.events.of_type("flow").at(0)["flow.state"], "closed");
}

TEST(FlowRoom, AnomaliesOfAFlowAreLimitedAndCounted) {
    Limits limits;
    limits.max_anomalies_per_flow = 2;
    RoomUnderTest under(limits);
    under.feed(TcpConversation().handshake().packets());
    under.feed(PacketBuilder().sequence(1004).payload("good").frame());
    for (int i = 0; i < 5; ++i) under.feed(PacketBuilder().sequence(1004).payload("evil").frame());
    EXPECT_EQ(under.events.of_type("anomaly").size(), 2U);
    EXPECT_EQ(under.room.counters().anomalies, 5U);
    EXPECT_EQ(under.room.counters().anomalies_suppressed, 3U);
}

TEST(FlowRoom, MalformedHeadersAreAnAnomalyWithOriginAndLimit) {
    RoomUnderTest under;
    Bytes frame = PacketBuilder().frame();
    frame[14] = std::byte{0x44};  // IPv4 header of 16 bytes
    under.feed(frame);
    ASSERT_EQ(under.events.events.size(), 1U);
    const auto& event = under.events.events[0];
    EXPECT_EQ(event["anomaly.type"], "decode");
    EXPECT_EQ(event["anomaly.event"], "ip_header_length");
    EXPECT_EQ(event["anomaly.layer"], "ipv4");
    EXPECT_EQ(event["anomaly.observed"], "16");
    EXPECT_EQ(event["anomaly.limit"], "20");
    EXPECT_TRUE(event.has_packet);
    EXPECT_EQ(under.room.counters().packets_malformed, 1U);
}

TEST(FlowRoom, ASnapLengthBecomesAGap) {
    RoomUnderTest under;
    auto packets = TcpConversation().handshake().client("abcdefgh").client("ijklmnop").packets();
    for (Packet& packet : packets) {
        packet.wire_length_bytes = static_cast<std::uint32_t>(packet.bytes.size());
        if (packet.bytes.size() > 58) packet.bytes.resize(58);
    }
    under.feed(packets);
    under.room.finish();
    EXPECT_EQ(under.flow(1).text[0], "abcd<gap 4>ijkl");
}

TEST(FlowRoom, SamePacketsGiveTheSameEventsWhateverTheSeed) {
    std::string lines[2];
    for (std::size_t run = 0; run < 2; ++run) {
        RoomUnderTest under({}, run == 0 ? 1 : 0xdeadbeef);
        for (std::uint16_t i = 0; i < 50; ++i)
            under.feed(
                PacketBuilder().udp(static_cast<std::uint16_t>(3000 + i), 53).payload("q").frame());
        under.feed(TcpConversation().handshake().client("x").close().packets());
        under.room.finish();
        for (const auto& event : under.events.events) lines[run] += event.line() + "\n";
    }
    EXPECT_EQ(lines[0], lines[1]);
    EXPECT_FALSE(lines[0].empty());
}

}  // namespace
}  // namespace persandian::flow
