// SPDX-License-Identifier: Apache-2.0
//
// However a stream is cut into segments, repeated, overlapped and shuffled: the same bytes arrive.
#include <algorithm>
#include <random>

#include <gtest/gtest.h>

#include "tests/detectors/flow/flow_recorder.h"

namespace persandian::flow {
namespace {

using test::PacketBuilder;
using test::TcpConversation;

struct Cut {
    std::size_t from, size;
};

std::string pattern(std::size_t size, std::mt19937& random) {
    std::string text(size, ' ');
    for (char& c : text) c = static_cast<char>('!' + random() % 90);
    return text;
}

/// Segments that together cover the stream, some twice, some overlapping.
std::vector<Cut> random_cuts(std::size_t size, std::mt19937& random) {
    std::vector<Cut> cuts;
    for (std::size_t at = 0; at < size;) {
        const std::size_t length = std::min<std::size_t>(1 + random() % 40, size - at);
        cuts.push_back({at, length});
        if (random() % 4 == 0) cuts.push_back({at, length});
        if (random() % 4 == 0) {
            const std::size_t back = std::min<std::size_t>(at, random() % 30);
            cuts.push_back({at - back, std::min(length + back + random() % 30, size - at + back)});
        }
        at += length;
    }
    return cuts;
}

class Reassembly : public testing::TestWithParam<unsigned> {};

TEST_P(Reassembly, DeliversTheSameBytesForAnyCutOrderAndRepetition) {
    std::mt19937 random(GetParam());
    const std::string text = pattern(200 + random() % 2000, random);
    const std::uint32_t syn =
        random() % 3 == 0 ? 0xffffff00U : static_cast<std::uint32_t>(random());
    std::vector<Cut> cuts = random_cuts(text.size(), random);
    std::shuffle(cuts.begin(), cuts.end(), random);

    RoomUnderTest under;
    TcpConversation::Ends ends;
    ends.client_sequence = syn;
    under.feed(TcpConversation(ends).handshake().packets());
    for (const Cut& cut : cuts)
        under.feed(PacketBuilder()
                       .sequence(syn + 1 + static_cast<std::uint32_t>(cut.from))
                       .acknowledgement(ends.server_sequence + 1)
                       .payload(text.substr(cut.from, cut.size))
                       .frame());
    EXPECT_EQ(under.flow(1).text[0], text);
    EXPECT_TRUE(under.flow(1).offsets_right);
    EXPECT_EQ(under.room.counters().buffered_bytes, 0U) << "nothing is left waiting";
    EXPECT_EQ(under.room.counters().gap_bytes, 0U);
    EXPECT_EQ(under.room.counters().overlap_conflicts, 0U);
}

INSTANTIATE_TEST_SUITE_P(Seeds, Reassembly, testing::Range(0U, 200U));

class LossyReassembly : public testing::TestWithParam<unsigned> {};

TEST_P(LossyReassembly, DeliversEveryCapturedByteOnceAndSaysWhatIsMissing) {
    std::mt19937 random(GetParam());
    const std::string text = pattern(500, random);
    std::vector<Cut> cuts = random_cuts(text.size(), random);
    std::string captured(text.size(), '\0');
    std::vector<Cut> kept;
    for (const Cut& cut : cuts)
        if (random() % 5 != 0) kept.push_back(cut);
    for (const Cut& cut : kept) captured.replace(cut.from, cut.size, text, cut.from, cut.size);
    std::shuffle(kept.begin(), kept.end(), random);

    Limits limits;
    limits.max_buffered_segments = 1000;
    RoomUnderTest under(limits);
    under.feed(TcpConversation().handshake().packets());
    for (const Cut& cut : kept)
        under.feed(PacketBuilder()
                       .sequence(1001 + static_cast<std::uint32_t>(cut.from))
                       .payload(text.substr(cut.from, cut.size))
                       .frame());
    under.room.finish();
    std::string expected;
    std::size_t gap = 0;
    for (const char c : captured) {
        if (c == '\0') {
            ++gap;
            continue;
        }
        if (gap != 0) expected += "<gap " + std::to_string(gap) + ">";
        gap = 0;
        expected += c;
    }
    EXPECT_EQ(under.flow(1).text[0], expected);
    EXPECT_TRUE(under.flow(1).offsets_right);
}

INSTANTIATE_TEST_SUITE_P(Seeds, LossyReassembly, testing::Range(0U, 100U));

}  // namespace
}  // namespace persandian::flow
