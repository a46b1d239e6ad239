// SPDX-License-Identifier: Apache-2.0
#include "detectors/flow/payload_tap.h"

#include <string>

#include <gtest/gtest.h>

#include "tests/detectors/flow/flow_recorder.h"

namespace persandian::flow {
namespace {

using test::PacketBuilder;
using test::RecordedEvent;
using test::TcpConversation;

struct TapUnderTest {
    explicit TapUnderTest(bool wanted = true) : tap(recorder, events), room({}, 1, tap, events) {
        tap.set_wanted(wanted);
    }
    void feed(const std::vector<test::Packet>& packets) {
        for (const test::Packet& packet : packets) {
            const RawPacket raw = packet.raw(++number);
            tap.set_origin(origin_of(raw));
            room.on_packet(raw);
            tap.set_origin({});
        }
    }
    std::vector<RecordedEvent> payloads() {
        room.finish();
        return events.of_type("payload");
    }

    FlowRecorder recorder;
    test::EventRecorder events;
    PayloadTap tap;
    FlowRoom room;
    std::uint64_t number = 0;
};

TEST(PayloadTap, EachTurnIsOneEventHoweverItIsCut) {
    TapUnderTest under;
    under.feed(TcpConversation()
                   .handshake()
                   .server("220 ready\r\n", 3)
                   .client("USER root\r\n", 4)
                   .server("331 ok\r\n")
                   .close()
                   .packets());
    const auto payloads = under.payloads();
    ASSERT_EQ(payloads.size(), 3U);
    EXPECT_EQ(payloads[0]["payload"], "220 ready\r\n");
    EXPECT_EQ(payloads[0]["direction"], "to_client");
    EXPECT_EQ(payloads[0]["src_port"], "80");
    EXPECT_EQ(payloads[1]["payload"], "USER root\r\n");
    EXPECT_EQ(payloads[1]["direction"], "to_server");
    EXPECT_EQ(payloads[1]["payload_length"], "11");
    EXPECT_EQ(payloads[2]["payload_offset"], "11");
    for (const RecordedEvent& payload : payloads) EXPECT_TRUE(payload.has_packet);
    EXPECT_EQ(under.recorder.flows.at(1).text[0], "USER root\r\n") << "handed on";
    EXPECT_EQ(under.tap.counters().held_bytes, 0U);
}

TEST(PayloadTap, LongTurnsComeInWindowsThatOverlap) {
    std::string sent;
    for (int i = 0; sent.size() < 3 * PayloadTap::window_bytes; ++i)
        sent += std::to_string(i) + ' ';
    TapUnderTest under;
    under.feed(TcpConversation().handshake().client(sent, 700).close().packets());
    const auto payloads = under.payloads();
    ASSERT_GE(payloads.size(), 4U);
    std::size_t known = 0;
    for (const RecordedEvent& payload : payloads) {
        const std::string text = payload["payload"];
        const std::size_t offset = std::stoul(payload["payload_offset"]);
        EXPECT_EQ(sent.substr(offset, text.size()), text);
        if (known > 0) {
            EXPECT_EQ(offset, known - PayloadTap::overlap_bytes);
        }
        known = offset + text.size();
    }
    EXPECT_EQ(known, sent.size());
}

TEST(PayloadTap, ADatagramIsAnEvent) {
    TapUnderTest under;
    test::Packet one = PacketBuilder().udp(4000, 5000).payload("ping").packet();
    under.feed({one, one});
    const auto payloads = under.payloads();
    ASSERT_EQ(payloads.size(), 2U);
    EXPECT_EQ(payloads[0]["payload"], "ping");
    EXPECT_EQ(payloads[0]["proto"], "UDP");
}

TEST(PayloadTap, LooksOnlySoDeep) {
    TapUnderTest under;
    const std::string much(PayloadTap::depth_bytes + 5000, 'x');
    under.feed(TcpConversation().handshake().client(much).server("ok").close().packets());
    std::size_t deepest = 0;
    for (const RecordedEvent& payload : under.payloads())
        if (payload["direction"] == "to_server")
            deepest = std::stoul(payload["payload_offset"]) + payload["payload"].size();
    EXPECT_EQ(deepest, PayloadTap::depth_bytes);
    EXPECT_EQ(under.tap.counters().bytes_beyond_depth, 5000U);
}

TEST(PayloadTap, WhatWasLostEndsATurn) {
    TapUnderTest under;
    under.feed(TcpConversation()
                   .handshake()
                   .client("before")
                   .client_unseen(1000)
                   .client("after")
                   .server("ok")
                   .close()
                   .packets());
    const auto payloads = under.payloads();
    ASSERT_GE(payloads.size(), 3U);
    EXPECT_EQ(payloads[0]["payload"], "before");
    EXPECT_EQ(payloads.back()["payload"], "after") << "known to be lost only when it is answered";
    EXPECT_EQ(payloads.back()["payload_offset"], "1006");
}

TEST(PayloadTap, NobodyAsksNothingIsMade) {
    TapUnderTest under(false);
    under.feed(TcpConversation().handshake().client("hello").close().packets());
    EXPECT_TRUE(under.payloads().empty());
    EXPECT_EQ(under.recorder.flows.at(1).text[0], "hello");
}

TEST(PayloadTap, GoesOnAfterItsListenerIsDone) {
    TapUnderTest under;
    under.recorder.done_after_chunks = 1;
    under.feed(TcpConversation().handshake().client("one").server("two").client("three").packets());
    EXPECT_EQ(under.payloads().size(), 3U);
    EXPECT_EQ(under.recorder.flows.at(1).text[0], "one");
}

}  // namespace
}  // namespace persandian::flow
