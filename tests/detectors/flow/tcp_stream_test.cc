// SPDX-License-Identifier: Apache-2.0
#include "detectors/flow/tcp_stream.h"

#include <string>

#include <gtest/gtest.h>

namespace persandian::flow {
namespace {

class TextSink : public StreamSink {
  public:
    void on_bytes(ByteView bytes, std::uint64_t, std::uint64_t gap_bytes) noexcept override {
        if (gap_bytes != 0) text += "<" + std::to_string(gap_bytes) + ">";
        text += as_text(bytes);
    }
    std::string text;
};

class TcpStreamTest : public testing::Test {
  protected:
    TcpStreamTest() { stream.start(100, false); }
    SegmentReport add(std::uint32_t sequence, std::string_view text) {
        return stream.add(sequence, as_bytes(text), static_cast<std::uint32_t>(text.size()),
                          {limits, counters, sink});
    }
    Limits limits;
    Counters counters;
    TextSink sink;
    TcpStream stream;
};

TEST_F(TcpStreamTest, OldBytesInFrontOfNewOnesAreCutOff) {
    add(100, "abcd");
    EXPECT_TRUE(add(102, "cdef").new_bytes);
    EXPECT_EQ(sink.text, "abcdef");
}

TEST_F(TcpStreamTest, ASegmentFarAheadIsNotBelievedUntilASecondFollowsOnIt) {
    add(100, "abc");
    const std::uint32_t far = 103 + limits.max_ahead_bytes + 1;
    const SegmentReport first = add(far, "forged");
    EXPECT_TRUE(first.out_of_window);
    EXPECT_EQ(first.ahead_bytes, limits.max_ahead_bytes + 1U);
    EXPECT_TRUE(add(far + 1000, "forged").out_of_window);
    EXPECT_EQ(counters.buffered_bytes, 0U);
    EXPECT_FALSE(add(far + 1006, "true").out_of_window);
    stream.flush({limits, counters, sink});
    EXPECT_EQ(sink.text, "abc<" + std::to_string(limits.max_ahead_bytes + 1007) + ">true");
}

TEST_F(TcpStreamTest, ABufferThatAllShareIsHeldToItsLimit) {
    limits.max_total_buffered_bytes = 200;
    counters.buffered_bytes = 150;  // of other flows
    EXPECT_FALSE(add(110, "xyz").out_of_order);
    EXPECT_EQ(sink.text, "<10>xyz");
    EXPECT_EQ(counters.buffer_limit_hits, 1U);
    EXPECT_EQ(counters.buffered_bytes, 150U);
}

TEST_F(TcpStreamTest, AFullBufferDeliversInOrderWhatItCan) {
    limits.max_buffered_bytes = 3 * (PieceList::piece_overhead_bytes + 1);
    add(102, "c");
    add(104, "e");
    add(106, "g");
    add(101, "b");
    EXPECT_EQ(sink.text,
              "<1>b"
              "c")
        << "the new bytes come first, then what follows them";
    stream.flush({limits, counters, sink});
    EXPECT_EQ(sink.text, "<1>bc<1>e<1>g");
    EXPECT_EQ(counters.gap_bytes, 3U);
    EXPECT_EQ(counters.buffered_bytes, 0U);
}

TEST_F(TcpStreamTest, FinishesWhenExactlyTheFinIsAcknowledged) {
    add(100, "abc");
    stream.set_fin(103, limits);
    EXPECT_FALSE(stream.finished());
    stream.acknowledge(103, 0, {limits, counters, sink});
    EXPECT_FALSE(stream.finished());
    stream.acknowledge(104, 0, {limits, counters, sink});
    EXPECT_TRUE(stream.finished());
}

TEST_F(TcpStreamTest, AnAcknowledgementBeyondTheFinShowsThatItWasForged) {
    add(100, "abc");
    stream.set_fin(103, limits);
    stream.acknowledge(110, 0, {limits, counters, sink});
    EXPECT_FALSE(stream.fin_seen());
}

TEST_F(TcpStreamTest, AcknowledgedHolesWaitForLatecomers) {
    add(104, "efg");
    stream.acknowledge(107, 0, {limits, counters, sink});
    for (std::uint32_t i = 0; i < limits.acknowledged_hole_packets; ++i)
        stream.on_packet({limits, counters, sink});
    EXPECT_EQ(sink.text, "");
    add(100, "abcd");
    EXPECT_EQ(sink.text, "abcdefg");
    EXPECT_EQ(counters.gaps, 0U);
}

TEST_F(TcpStreamTest, WhatTheCaptureCutIsAGapUnlessItWaitsAlready) {
    add(104, "ef");
    const std::string_view cut = "ab";
    stream.add(100, as_bytes(cut), 8, {limits, counters, sink});
    EXPECT_EQ(sink.text, "ab<2>ef");
    add(108, "ij");
    EXPECT_EQ(sink.text, "ab<2>ef<2>ij");
}

TEST_F(TcpStreamTest, IgnoringGivesTheBufferBackAndDeliversNoMore) {
    add(104, "efg");
    EXPECT_GT(counters.buffered_bytes, 0U);
    stream.ignore(counters);
    EXPECT_EQ(counters.buffered_bytes, 0U);
    add(100, "abcd");
    EXPECT_EQ(sink.text, "");
}

}  // namespace
}  // namespace persandian::flow
