// SPDX-License-Identifier: Apache-2.0
#include "detectors/flow/fragments.h"

#include <algorithm>
#include <random>

#include <gtest/gtest.h>

#include "tests/detectors/flow/flow_recorder.h"

namespace persandian::flow {
namespace {

using test::Bytes;
using test::Packet;
using test::PacketBuilder;

std::string text_of(std::size_t size) {
    std::string text(size, ' ');
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i % 26);
    return text;
}

PacketBuilder datagram(bool v6, std::string_view payload) {
    PacketBuilder builder;
    if (v6) builder.ipv6("2001:db8::1", "2001:db8::2");
    return builder.ip_id(9).udp(5000, 53).payload(payload);
}

class Fragments : public testing::TestWithParam<bool> {};

TEST_P(Fragments, InAnyOrderAndRepeatedMakeTheSameDatagram) {
    const std::string text = text_of(1000);
    std::mt19937 random(1);
    for (int round = 0; round < 20; ++round) {
        auto frames = datagram(GetParam(), text).fragments(104);
        frames.push_back(frames[random() % frames.size()]);
        std::shuffle(frames.begin(), frames.end(), random);
        RoomUnderTest under;
        for (const Bytes& frame : frames) under.feed(frame);
        ASSERT_EQ(under.recorder.flows.size(), 1U);
        EXPECT_EQ(under.flow(1).datagrams[0], std::vector<std::string>{text});
        EXPECT_EQ(under.room.counters().datagrams_reassembled, 1U);
    }
}

TEST_P(Fragments, OfOneDatagramWithoutItsLastNeverArrive) {
    auto frames = datagram(GetParam(), text_of(300)).fragments(104);
    frames.pop_back();
    RoomUnderTest under;
    for (const Bytes& frame : frames) under.feed(frame);
    EXPECT_GT(under.room.counters().fragment_bytes, 200U);
    under.room.on_time(Timestamp::from_seconds(1'700'000'031));
    EXPECT_EQ(under.room.counters().datagrams_timed_out, 1U);
    EXPECT_EQ(under.room.counters().fragment_bytes, 0U);
    EXPECT_TRUE(under.recorder.flows.empty());
}

TEST_P(Fragments, ThatDisagreeOnTheLengthDropTheDatagram) {
    const PacketBuilder builder = datagram(GetParam(), {});
    RoomUnderTest under;
    under.feed(builder.fragment(8, Bytes(8), false));
    under.feed(builder.fragment(16, Bytes(8), true));
    under.feed(builder.fragment(0, Bytes(8), true));
    EXPECT_TRUE(under.recorder.flows.empty());
    EXPECT_EQ(under.events.of_type("anomaly").at(0)["anomaly.event"], "fragment_contradiction");
    EXPECT_EQ(under.room.counters().datagrams_malformed, 1U);
}

TEST_P(Fragments, AreLimitedPerDatagram) {
    Limits limits;
    limits.max_fragments_per_datagram = 4;
    RoomUnderTest under(limits);
    const PacketBuilder builder = datagram(GetParam(), {});
    for (std::size_t i = 1; i < 10; ++i) under.feed(builder.fragment(16 * i, Bytes(8), true));
    const auto anomalies = under.events.of_type("anomaly");
    ASSERT_EQ(anomalies.size(), 1U);
    EXPECT_EQ(anomalies[0]["anomaly.event"], "fragments_per_datagram");
    EXPECT_EQ(anomalies[0]["anomaly.limit"], "4");
    EXPECT_EQ(under.room.counters().packets_fragments, 9U);
}

TEST_P(Fragments, OfTooManyDatagramsEvictTheOldest) {
    Limits limits;
    limits.max_datagrams = 5;
    RoomUnderTest under(limits);
    for (std::uint32_t id = 0; id < 20; ++id)
        under.feed(datagram(GetParam(), {}).ip_id(id).fragment(8, Bytes(8), true));
    EXPECT_EQ(under.room.counters().datagrams_evicted, 15U);
}

TEST_P(Fragments, OfTooManyBytesEvictTheOldest) {
    Limits limits;
    limits.max_fragment_bytes = 16 * 1024;
    RoomUnderTest under(limits);
    for (std::uint32_t id = 0; id < 50; ++id)
        under.feed(datagram(GetParam(), {}).ip_id(id).fragment(8, Bytes(1400), true));
    EXPECT_GT(under.room.counters().datagrams_evicted, 30U);
    EXPECT_LE(under.room.counters().fragment_bytes, limits.max_fragment_bytes);
}

INSTANTIATE_TEST_SUITE_P(Versions, Fragments, testing::Bool(),
                         [](const auto& row) { return row.param ? "v6" : "v4"; });

TEST(Ipv4Fragments, OverlapKeepsTheFirstCopyAndAConflictIsAnAnomaly) {
    const std::string text = text_of(32);
    const PacketBuilder builder = datagram(false, text);
    const Bytes whole = builder.transport();
    RoomUnderTest under;
    under.feed(builder.fragment(16, Bytes(whole.begin() + 16, whole.end()), false));
    under.feed(builder.fragment(16, Bytes(8, std::byte{'!'}), true));
    under.feed(builder.fragment(0, Bytes(whole.begin(), whole.begin() + 24), true));
    EXPECT_EQ(under.flow(1).datagrams[0], std::vector<std::string>{text});
    EXPECT_EQ(under.events.of_type("anomaly").at(0)["anomaly.event"], "fragment_conflict");
}

TEST(Ipv6Fragments, OverlapDropsTheDatagram) {
    const PacketBuilder builder = datagram(true, text_of(32));
    const Bytes whole = builder.transport();
    RoomUnderTest under;
    under.feed(builder.fragment(16, Bytes(whole.begin() + 16, whole.end()), false));
    under.feed(builder.fragment(0, Bytes(whole.begin(), whole.begin() + 24), true));
    under.feed(builder.fragment(0, Bytes(whole.begin(), whole.begin() + 16), true));
    EXPECT_TRUE(under.recorder.flows.empty());
    EXPECT_EQ(under.events.of_type("anomaly").at(0)["anomaly.event"], "fragment_overlap");
}

TEST(FragmentedTcp, FindsItsFlow) {
    RoomUnderTest under;
    under.feed(test::TcpConversation().handshake().packets());
    const std::string text = text_of(500);
    for (const Bytes& frame :
         PacketBuilder().sequence(1001).acknowledgement(5001).payload(text).fragments(96))
        under.feed(frame);
    under.room.finish();
    EXPECT_EQ(under.flow(1).text[0], text);
}

}  // namespace
}  // namespace persandian::flow
