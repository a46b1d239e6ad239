// SPDX-License-Identifier: Apache-2.0
//
// Senders that want the sensor's memory or time: what they can make the room hold is limited, and
// given back. tests/bench/flow_memory.cc measures the same with the allocator's own count.
#include <algorithm>
#include <array>
#include <random>

#include <gtest/gtest.h>

#include "detectors/flow/flow_key.h"
#include "tests/detectors/flow/flow_recorder.h"

namespace persandian::flow {
namespace {

using test::Bytes;
using test::PacketBuilder;
using test::TcpConversation;

Limits small_limits(ReassemblyPolicy policy) {
    Limits limits;
    limits.max_memory_bytes = 2_MiB;
    limits.max_buffered_bytes = 64_KiB;
    limits.max_buffered_segments = 128;
    limits.max_datagrams = 64;
    limits.reassembly.add(*IpNetwork::parse("0.0.0.0/0"), policy);
    return limits;
}

class Hostile : public testing::TestWithParam<std::size_t> {
  protected:
    [[nodiscard]] static ReassemblyPolicy policy() {
        return static_cast<ReassemblyPolicy>(GetParam());
    }
    /// What must hold whatever was sent.
    static void expect_bounds(RoomUnderTest& under, const Limits& limits) {
        const Counters& counters = under.room.counters();
        // a piece that is cut in two may exceed a limit by its overhead
        EXPECT_LE(counters.peak_memory_bytes, limits.max_memory_bytes + 4096);
        under.room.finish();
        EXPECT_EQ(counters.memory_bytes, 0U);
        EXPECT_EQ(counters.buffered_bytes, 0U);
        EXPECT_EQ(counters.fragment_bytes, 0U);
        for (const auto& [id, flow] : under.recorder.flows)
            EXPECT_TRUE(flow.offsets_right) << "flow " << id;
    }
};

TEST_P(Hostile, TinySegmentsBehindHolesInManyFlows) {
    const Limits limits = small_limits(policy());
    RoomUnderTest under(limits);
    for (std::uint16_t flow = 0; flow < 200; ++flow) {
        PacketBuilder base;
        base.tcp(static_cast<std::uint16_t>(30'000 + flow), 80);
        under.feed(PacketBuilder(base).flags(0x02).sequence(1000).frame());
        for (std::uint32_t i = 0; i < 150; ++i)
            under.feed(PacketBuilder(base).sequence(1003 + 2 * i).payload("x").frame());
        const Counters& counters = under.room.counters();
        EXPECT_LE(counters.buffered_bytes, 2_MiB / 8 * 3 + 4096);
    }
    EXPECT_GT(under.room.counters().buffer_limit_hits, 1000U);
    EXPECT_GT(under.room.counters().buffered_bytes, 500'000U) << "it is used as far as it goes";
    expect_bounds(under, limits);
}

TEST_P(Hostile, SegmentsThatOverlapInEveryWay) {
    const Limits limits = small_limits(policy());
    RoomUnderTest under(limits);
    under.feed(TcpConversation().handshake().packets());
    std::mt19937 random(1);
    for (int i = 0; i < 20'000; ++i) {
        const std::uint32_t at = 1002 + static_cast<std::uint32_t>(random() % 8000);
        const std::string text(1 + random() % 300, static_cast<char>('a' + i % 26));
        under.feed(PacketBuilder().sequence(at).payload(text).frame());
        ASSERT_LE(under.room.counters().buffered_bytes, limits.max_buffered_bytes + 4096) << i;
    }
    EXPECT_GT(under.room.counters().overlap_conflicts, 100U);
    EXPECT_EQ(under.room.counters().anomalies_suppressed,
              under.room.counters().anomalies - limits.max_anomalies_per_flow);
    expect_bounds(under, limits);
}

TEST_P(Hostile, SegmentsThatEachBeginOneByteEarlier) {
    const Limits limits = small_limits(policy());
    RoomUnderTest under(limits);
    under.feed(TcpConversation().handshake().packets());
    const std::string text(1400, 'x');
    for (std::uint32_t i = 0; i < 3000; ++i)
        under.feed(PacketBuilder().sequence(6000 - i).payload(text).frame());
    expect_bounds(under, limits);
    EXPECT_EQ(under.room.counters().overlap_conflicts, 0U);
}

TEST_P(Hostile, FragmentsThatNeverBecomeWhole) {
    const Limits limits = small_limits(policy());
    RoomUnderTest under(limits);
    for (std::uint32_t id = 0; id < 5000; ++id)
        for (const std::size_t at : {8U, 1600U})
            under.feed(PacketBuilder().ip_id(id).udp(1, 2).fragment(at, Bytes(1400), true));
    EXPECT_GT(under.room.counters().datagrams_evicted, 4000U);
    expect_bounds(under, limits);
}

TEST_P(Hostile, FragmentsThatOverlapInEveryWay) {
    const Limits limits = small_limits(policy());
    RoomUnderTest under(limits);
    std::mt19937 random(2);
    for (std::uint32_t i = 0; i < 20'000; ++i) {
        const Bytes data(8 + random() % 100 * 8, static_cast<std::byte>(i));
        under.feed(PacketBuilder()
                       .ip_id(static_cast<std::uint32_t>(random() % 100))
                       .udp(1, 2)
                       .fragment(random() % 500 * 8, data, random() % 50 != 0));
        ASSERT_LE(under.room.counters().fragment_bytes, 2_MiB / 8 + 4096) << i;
    }
    expect_bounds(under, limits);
}

INSTANTIATE_TEST_SUITE_P(Policies, Hostile,
                         testing::Range<std::size_t>(0, reassembly_policy_names.size()),
                         [](const auto& row) {
                             std::string name(reassembly_policy_names[row.param]);
                             std::replace(name.begin(), name.end(), '-', '_');
                             return name;
                         });

TEST(HostileFlood, AFloodOfSynsLeavesEstablishedConnectionsAlone) {
    const Limits limits = small_limits(ReassemblyPolicy::first);
    RoomUnderTest under(limits);
    TcpConversation talk;
    under.feed(talk.handshake().client("GET /").packets());
    for (std::uint32_t i = 0; i < 10'000; ++i)
        under.feed(PacketBuilder()
                       .ip(IpAddress::v4(0x0a000000U + i), IpAddress::v4(0xc6336401))
                       .tcp(1024, 80)
                       .flags(0x02)
                       .frame());
    EXPECT_GT(under.room.counters().flows_evicted, 5'000U);
    under.feed(PacketBuilder().sequence(1006).acknowledgement(5001).payload(" more").frame());
    EXPECT_LE(under.room.counters().peak_memory_bytes, limits.max_memory_bytes);
    under.room.finish();
    EXPECT_EQ(under.room.counters().memory_bytes, 0U);
    EXPECT_EQ(under.flow(1).text[0], "GET / more");
}

TEST(HostileKeys, ChosenToCollideUnderOneSeedDoNotUnderAnother) {
    constexpr std::uint64_t mask = 0xff;
    std::vector<FlowKey> colliding;
    for (std::uint32_t i = 0; i < 200'000; ++i) {
        FlowKey key;
        key.low = IpAddress::v4(0x0a000000U + i);
        key.high = IpAddress::v4(0xc6336401U);
        key.ip_protocol = 6;
        if ((hash_of(key, 1) & mask) == 0) colliding.push_back(key);
    }
    ASSERT_GT(colliding.size(), 500U);
    std::array<std::size_t, mask + 1> buckets{};
    for (const FlowKey& key : colliding) ++buckets[hash_of(key, 2) & mask];
    EXPECT_LT(*std::max_element(buckets.begin(), buckets.end()), 20U);
}

}  // namespace
}  // namespace persandian::flow
