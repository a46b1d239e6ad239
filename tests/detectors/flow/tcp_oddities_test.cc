// SPDX-License-Identifier: Apache-2.0
//
// What TCP allows and few senders do, and what attackers send: several SYNs, data on SYN, resets
// and FINs at wrong numbers, windows, keep-alives, urgent data. The client is 192.0.2.1 with bytes
// from 1001 on, the server 198.51.100.1 with bytes from 5001 on.
#include <gtest/gtest.h>

#include "detectors/flow/flow_room.h"
#include "tests/detectors/flow/flow_recorder.h"

namespace persandian::flow {
namespace {

using test::Bytes;
using test::PacketBuilder;
using test::TcpConversation;

constexpr std::uint8_t fin = 0x01, syn = 0x02, rst = 0x04, ack = 0x10;

PacketBuilder from_client(std::uint32_t sequence, std::uint32_t acknowledgement = 5001) {
    return PacketBuilder().sequence(sequence).acknowledgement(acknowledgement);
}

PacketBuilder from_server(std::uint32_t sequence, std::uint32_t acknowledgement) {
    return PacketBuilder()
        .ipv4("198.51.100.1", "192.0.2.1")
        .tcp(80, 40'000)
        .sequence(sequence)
        .acknowledgement(acknowledgement);
}

Bytes scale_option(std::uint8_t shift) {
    return {std::byte{3}, std::byte{3}, std::byte{shift}, std::byte{0}};
}

class TcpOddities : public testing::Test {
  protected:
    void established() { under.feed(TcpConversation().handshake().packets()); }
    void feed(const PacketBuilder& builder) { under.feed(builder.frame()); }
    void feed_at(std::int64_t seconds, const PacketBuilder& builder) {
        test::Packet packet = builder.packet();
        packet.time = Timestamp::from_seconds(1'700'000'000 + seconds);
        under.feed(packet);
    }
    [[nodiscard]] std::vector<std::string> anomalies() const {
        std::vector<std::string> names;
        for (const auto& event : under.events.of_type("anomaly"))
            names.push_back(event["anomaly.event"]);
        return names;
    }
    using Names = std::vector<std::string>;
    RoomUnderTest under;
};

// --- several SYNs ---

TEST_F(TcpOddities, OfTwoSynsTheOneCountsThatTheServerAnswers) {
    feed(PacketBuilder().flags(syn).sequence(1000));
    feed(PacketBuilder().flags(syn).sequence(900'000));
    feed(from_server(5000, 1001).flags(syn | ack));
    feed(from_client(1001).payload("hello"));
    under.room.finish();
    EXPECT_EQ(under.flow(1).text[0], "hello");
    EXPECT_EQ(under.room.counters().gap_bytes, 0U);
    EXPECT_FALSE(under.flow(1).midstream);
}

TEST_F(TcpOddities, OfTwoSynsTheOneCountsOnWhichTheClientGoesOn) {
    feed(PacketBuilder().flags(syn).sequence(1000));
    feed(PacketBuilder().flags(syn).sequence(900'000));
    feed(from_client(1001).payload("hello"));
    under.room.finish();
    EXPECT_EQ(under.flow(1).text[0], "hello");
}

TEST_F(TcpOddities, ASecondSynThatTheServerAnswersBeginsTheStream) {
    feed(PacketBuilder().flags(syn).sequence(900'000));
    feed(PacketBuilder().flags(syn).sequence(1000));
    feed(from_server(5000, 1001).flags(syn | ack));
    feed(from_client(1001).payload("hello"));
    under.room.finish();
    EXPECT_EQ(under.flow(1).text[0], "hello");
}

// --- data on SYN ---

TEST_F(TcpOddities, DataOnSynThatTheServerAcknowledgesAreTheBeginning) {
    feed(PacketBuilder().flags(syn).sequence(1000).payload("GET "));
    EXPECT_EQ(under.flow(1).text[0], "") << "nobody knows yet whether the server takes them";
    feed(from_server(5000, 1005).flags(syn | ack));
    EXPECT_EQ(under.flow(1).text[0], "GET ");
    feed(from_client(1005).payload("/"));
    under.room.finish();
    EXPECT_EQ(under.flow(1).text[0], "GET /");
    EXPECT_EQ(anomalies(), Names{});
}

TEST_F(TcpOddities, DataOnSynThatTheServerRefusedAreThoseSentAgain) {
    feed(PacketBuilder().flags(syn).sequence(1000).payload("fake"));
    feed(from_server(5000, 1001).flags(syn | ack));
    for (int i = 0; i < 10; ++i) feed(from_client(1001));
    feed(from_client(1001).payload("true and more"));
    under.room.finish();
    EXPECT_EQ(under.flow(1).text[0], "true and more");
    EXPECT_EQ(anomalies(), Names{"overlap_conflict"});
    EXPECT_EQ(under.room.counters().buffered_bytes, 0U);
}

TEST_F(TcpOddities, DataOnSynSentAgainFromInFrontOfTheStreamAreThoseSentAgain) {
    feed(PacketBuilder().flags(syn).sequence(1000).payload("ab"));
    feed(from_client(1000).payload("x"));
    EXPECT_EQ(under.flow(1).text[0], "") << "nothing of it is in the stream";
    feed(from_client(1000).payload("xAB"));
    EXPECT_EQ(under.flow(1).text[0], "AB");
    feed(from_client(1003).payload("cd"));
    under.room.finish();
    EXPECT_EQ(under.flow(1).text[0], "ABcd");
    EXPECT_EQ(under.room.counters().buffered_bytes, 0U);
}

TEST_F(TcpOddities, DataOnSynOfAOneSidedCaptureAreDeliveredInTheEnd) {
    feed(PacketBuilder().flags(syn).sequence(1000).payload("GET /"));
    under.room.finish();
    EXPECT_EQ(under.flow(1).text[0], "GET /");
    EXPECT_EQ(under.room.counters().gaps, 0U);
}

// --- RST ---

TEST_F(TcpOddities, AResetAtTheNumberExpectedEndsTheFlowSoon) {
    established();
    feed(from_client(1001).payload("abc"));
    feed(from_client(1004).flags(rst));
    under.room.on_time(Timestamp::from_seconds(1'700'000'011));
    ASSERT_EQ(under.events.of_type("flow").size(), 1U);
    EXPECT_EQ(under.events.of_type("flow")[0]["flow.reason"], "reset");
    EXPECT_EQ(under.room.counters().resets_doubted, 0U);
}

TEST_F(TcpOddities, AResetElsewhereInTheWindowDoesNotShortenTheTimeout) {
    established();
    feed(from_client(1001).payload("abc"));
    feed(from_client(1100).flags(rst));
    feed_at(300, from_client(1004).payload("def"));
    under.room.finish();
    ASSERT_EQ(under.recorder.flows.size(), 1U) << "the connection is still known after 5 minutes";
    EXPECT_EQ(under.flow(1).text[0], "abcdef");
    EXPECT_EQ(anomalies(), Names{"data_after_reset"});
    EXPECT_EQ(under.room.counters().resets_doubted, 1U);
}

TEST_F(TcpOddities, AResetElsewhereInTheWindowIsTheReasonWhenNothingMoreComes) {
    established();
    feed(from_client(1100).flags(rst));
    under.room.finish();
    EXPECT_EQ(under.events.of_type("flow").at(0)["flow.reason"], "reset");
}

TEST_F(TcpOddities, AResetOutsideTheWindowIsIgnored) {
    established();
    feed(from_server(5001, 1001));
    feed(from_client(1001 + 70'000).flags(rst));
    feed(from_client(400).flags(rst));
    under.room.finish();
    EXPECT_EQ(anomalies(), (Names{"reset_out_of_window", "reset_out_of_window"}));
    EXPECT_EQ(under.events.of_type("anomaly")[0]["anomaly.observed"], "70000");
    EXPECT_EQ(under.events.of_type("flow").at(0)["flow.reason"], "shutdown");
}

TEST_F(TcpOddities, AResetThatAnswersASynEndsTheFlow) {
    feed(PacketBuilder().flags(syn).sequence(1000));
    feed(from_server(0, 1001).flags(rst | ack));
    under.room.finish();
    EXPECT_EQ(under.events.of_type("flow").at(0)["flow.reason"], "reset");
    EXPECT_EQ(anomalies(), Names{});
}

TEST_F(TcpOddities, ASynWithARstBeginsNothing) {
    established();
    feed(from_client(1001).payload("abc"));
    feed(from_server(777'000, 1004).flags(syn | ack | rst));
    feed(from_client(1004).payload("def"));
    under.room.finish();
    ASSERT_EQ(under.recorder.flows.size(), 1U);
    EXPECT_EQ(under.flow(1).text[0], "abcdef");
}

// --- FIN ---

TEST_F(TcpOddities, AFinAtAWrongNumberEndsNothing) {
    established();
    for (const std::uint32_t sequence : {1500U, 1001U + (65U << 20U), 900U})
        feed(from_client(sequence).flags(fin | ack));
    feed(from_client(1001).payload("abc"));
    feed(from_server(5001, 1004));
    feed_at(300, from_client(1004).payload("def"));
    under.room.finish();
    ASSERT_EQ(under.recorder.flows.size(), 1U);
    EXPECT_EQ(under.flow(1).text[0], "abcdef");
    EXPECT_NE(under.events.of_type("flow").at(0)["flow.reason"], "closed");
}

// --- windows ---

TEST_F(TcpOddities, BytesBehindTheWindowOfferedAreAnAnomaly) {
    established();
    feed(from_server(5001, 1001).window(100));
    feed(from_client(1001 + 64'240).payload("far"));
    EXPECT_EQ(anomalies(), Names{"segment_beyond_window"}) << "a window never shrinks";
    EXPECT_EQ(under.events.of_type("anomaly")[0]["anomaly.observed"], "1");
    feed(from_client(1001 + 64'200).payload("near"));
    EXPECT_EQ(anomalies().size(), 1U);
    EXPECT_EQ(under.room.counters().segments_beyond_window, 1U);
}

TEST_F(TcpOddities, ASenderWhoGoesOnWithoutAHoleIsNotSuspected) {
    established();
    feed(from_server(5001, 1001).window(100));
    for (std::uint32_t i = 0; i < 70; ++i)
        feed(from_client(1001 + i * 1000).payload(std::string(1000, 'x')));
    EXPECT_EQ(anomalies(), Names{}) << "acknowledgements are missing from the capture";
}

TEST_F(TcpOddities, AWindowIsScaledWhenBothSynsSaySo) {
    feed(PacketBuilder().flags(syn).sequence(1000).tcp_options(scale_option(2)));
    feed(from_server(5000, 1001).flags(syn | ack).window(1000).tcp_options(scale_option(7)));
    feed(from_client(1001));
    feed(from_server(5001, 1001).window(1000));
    feed(from_client(1001 + 127'900).payload("inside"));
    EXPECT_EQ(anomalies(), Names{});
    feed(from_client(1001 + 128'000).payload("behind"));
    EXPECT_EQ(anomalies(), Names{"segment_beyond_window"});
}

TEST_F(TcpOddities, AWindowIsNotScaledWhenOneSynIsSilent) {
    feed(PacketBuilder().flags(syn).sequence(1000));
    feed(from_server(5000, 1001).flags(syn | ack).window(1000).tcp_options(scale_option(7)));
    feed(from_client(1001));
    feed(from_server(5001, 1001).window(1000));
    feed(from_client(1001 + 1000).payload("behind"));
    EXPECT_EQ(anomalies(), Names{"segment_beyond_window"});
}

TEST_F(TcpOddities, AWindowWhoseScaleWasNotCapturedSaysNothing) {
    feed(from_client(1001).payload("midstream"));
    feed(from_server(5001, 1010).window(10));
    feed(from_client(1010).payload("twelve bytes"));
    feed(from_client(1022 + 500).payload("later"));
    EXPECT_EQ(anomalies(), Names{});
}

TEST_F(TcpOddities, AProbeOfAClosedWindowIsNoAnomaly) {
    feed(PacketBuilder().flags(syn).sequence(1000));
    feed(from_server(5000, 1001).flags(syn | ack).window(4));
    feed(from_client(1001).payload("abcd"));
    feed(from_server(5001, 1005).window(0));
    feed(from_client(1005).payload("e"));
    under.room.finish();
    EXPECT_EQ(anomalies(), Names{});
    EXPECT_EQ(under.flow(1).text[0], "abcde");
}

// --- keep-alives, urgent data ---

TEST_F(TcpOddities, AByteThatNobodyAcknowledgedIsARetransmissionNotAKeepAlive) {
    established();
    feed(from_client(1001).payload("a"));
    feed(from_client(1001).payload("a"));
    EXPECT_EQ(under.room.counters().retransmitted_segments, 1U);
    feed(from_server(5001, 1002));
    feed(from_client(1001).payload(std::string_view("\0", 1)));
    EXPECT_EQ(under.room.counters().retransmitted_segments, 1U);
    EXPECT_EQ(under.room.counters().keep_alives, 1U);
    under.room.finish();
    EXPECT_EQ(under.flow(1).text[0], "a");
    EXPECT_EQ(anomalies(), Names{});
}

TEST_F(TcpOddities, UrgentBytesStayInTheStreamAndAreToldOncePerDirection) {
    established();
    feed(from_client(1001).payload("ab!").urgent(3));
    feed(from_client(1004).payload("c!").urgent(2));
    feed(from_server(5001, 1006).payload("?").urgent(1));
    under.room.finish();
    EXPECT_EQ(under.flow(1).text[0], "ab!c!");
    EXPECT_EQ(anomalies(), (Names{"urgent_data", "urgent_data"}));
    EXPECT_EQ(under.events.of_type("anomaly")[0]["anomaly.observed"], "3");
    EXPECT_EQ(under.room.counters().urgent_segments, 3U);
}

TEST_F(TcpOddities, AScanWithUrgAndNoDataIsNoUrgentData) {
    feed(PacketBuilder().flags(0x29).sequence(1000));
    under.room.finish();
    EXPECT_EQ(anomalies(), Names{});
}

}  // namespace
}  // namespace persandian::flow
