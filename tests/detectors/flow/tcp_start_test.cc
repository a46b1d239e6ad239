// SPDX-License-Identifier: Apache-2.0
//
// How TCP connections begin in captures that are out of order or lack their beginning.
#include <gtest/gtest.h>

#include "detectors/flow/flow_room.h"
#include "tests/detectors/flow/flow_recorder.h"

namespace persandian::flow {
namespace {

using test::TcpConversation;

TEST(TcpStart, OfSeveralSynAcksTheOneCountsThatTheClientAnswers) {
    TcpConversation::Ends first;
    TcpConversation::Ends second;
    second.server_sequence = 9'000'000;
    auto packets = TcpConversation(first).handshake().packets();
    packets.pop_back();  // the client's answer
    const auto real = TcpConversation(second).handshake().client("hello").server("world").packets();
    packets.insert(packets.end(), real.begin() + 1, real.end());
    RoomUnderTest under;
    under.feed(packets);
    under.room.finish();
    ASSERT_EQ(under.recorder.flows.size(), 1U);
    EXPECT_EQ(under.flow(1).text[0], "hello");
    EXPECT_EQ(under.flow(1).text[1], "world");
    EXPECT_EQ(under.room.counters().gap_bytes, 0U);
}

TEST(TcpStart, AForgedSynAckThatNobodyAnswersMovesNothing) {
    TcpConversation::Ends forged;
    forged.server_sequence = 9'000'000;
    auto packets = TcpConversation().handshake().client("hello").server("world").packets();
    packets.insert(packets.begin() + 2, TcpConversation(forged).handshake().packets()[1]);
    RoomUnderTest under;
    under.feed(packets);
    under.room.finish();
    EXPECT_EQ(under.flow(1).text[1], "world");
    EXPECT_EQ(under.room.counters().gap_bytes, 0U);
}

TEST(TcpStart, WhatIsSentInsideATunnelJoinsNoFlowOutsideIt) {
    auto packets = TcpConversation().handshake().client("hello").client("world").packets();
    test::Packet forged = packets.back();
    const test::Bytes inner = test::PacketBuilder()
                                  .ipv4("192.0.2.1", "198.51.100.1")
                                  .tcp(40'000, 80)
                                  .sequence(1006)
                                  .payload("wrong")
                                  .ip_packet();
    forged.bytes = test::PacketBuilder()
                       .ipv4("203.0.113.5", "198.51.100.77")
                       .protocol(4)
                       .payload(as_text(inner))
                       .frame();
    packets.insert(packets.end() - 1, forged);
    RoomUnderTest under;
    under.feed(packets);
    under.room.finish();
    EXPECT_EQ(under.recorder.flows.size(), 2U);
    EXPECT_EQ(under.flow(1).text[0], "helloworld");
    EXPECT_EQ(under.room.counters().overlap_conflicts, 0U);
}

}  // namespace
}  // namespace persandian::flow
