// SPDX-License-Identifier: Apache-2.0
#include "detectors/flow/packet_ring.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace persandian::flow {
namespace {

RawPacket packet(std::uint64_t number, std::string_view bytes) {
    RawPacket out;
    out.bytes = as_bytes(bytes);
    out.wire_length_bytes = static_cast<std::uint32_t>(bytes.size());
    out.number = number;
    out.time = Timestamp::from_seconds(static_cast<std::int64_t>(number));
    return out;
}

std::string numbers(const PacketRing& ring, PacketRing::Place newest, std::size_t most = 100) {
    std::string out;
    ring.visit(newest, [&](const RawPacket& kept) {
        out += std::to_string(kept.number) + ' ';
        EXPECT_EQ(kept.time, Timestamp::from_seconds(static_cast<std::int64_t>(kept.number)));
        return --most > 0;
    });
    return out;
}

TEST(PacketRing, FlowsAreKeptApartNewestFirst) {
    PacketRing ring(10'000);
    PacketRing::Place a = 0;
    PacketRing::Place b = 0;
    for (std::uint64_t i = 1; i <= 6; ++i) {
        PacketRing::Place& flow = i % 2 == 0 ? b : a;
        flow = ring.add(packet(i, "bytes"), flow);
    }
    EXPECT_EQ(numbers(ring, a), "5 3 1 ");
    EXPECT_EQ(numbers(ring, b), "6 4 2 ");
    EXPECT_EQ(numbers(ring, b, 2), "6 4 ");
    EXPECT_EQ(numbers(ring, 0), "");
}

TEST(PacketRing, WhatWasOverwrittenIsGone) {
    for (const std::size_t size : {1'000U, 1'001U, 1'013U, 1'499U}) {
        PacketRing ring(size);
        PacketRing::Place newest = 0;
        std::vector<std::string> sent;
        for (std::uint64_t i = 1; i <= 500; ++i) {
            sent.push_back(std::string(i % 97, static_cast<char>('a' + i % 26)));
            newest = ring.add(packet(i, sent.back()), newest);
            std::uint64_t expected = i;
            std::size_t bytes = 0;
            ring.visit(newest, [&](const RawPacket& kept) {
                EXPECT_EQ(kept.number, expected);
                EXPECT_EQ(as_text(kept.bytes), sent[expected - 1]);
                bytes += kept.bytes.size();
                --expected;
                return true;
            });
            EXPECT_LE(bytes, size);
            if (i > 20) {
                EXPECT_GE(i - expected, 5U);
            }
        }
    }
}

TEST(PacketRing, LongPacketIsCutAndSaysItsLength) {
    PacketRing ring(100'000);
    const std::string jumbo(9'000, 'j');
    const PacketRing::Place place = ring.add(packet(1, jumbo), 0);
    ring.visit(place, [](const RawPacket& kept) {
        EXPECT_EQ(kept.bytes.size(), PacketRing::max_kept_bytes);
        EXPECT_EQ(kept.wire_length_bytes, 9'000U);
        return true;
    });
}

TEST(PacketRing, WithoutRoomNothingIsKept) {
    PacketRing none(0);
    EXPECT_EQ(none.add(packet(1, "bytes"), 0), 0U);
    PacketRing tiny(20);
    EXPECT_EQ(tiny.add(packet(1, "bytes"), 0), 0U);
}

}  // namespace
}  // namespace persandian::flow
