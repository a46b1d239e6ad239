// SPDX-License-Identifier: Apache-2.0
//
// The test streams of Novak (2005) and of Novak and Sturges (2007), and what each system makes of
// them. One letter of the answer is eight bytes of a datagram, or one byte of a stream.
#include "detectors/flow/reassembly_policy.h"

#include <algorithm>
#include <random>

#include <gtest/gtest.h>

#include "detectors/flow/piece_list.h"
#include "tests/detectors/flow/flow_recorder.h"

namespace persandian::flow {
namespace {

using test::Bytes;
using test::PacketBuilder;
using test::TcpConversation;
using Policy = ReassemblyPolicy;

struct Piece {
    char letter;
    std::size_t at, size;
};

// in units of eight bytes; nine fragments without overlap, then eight that overlap them
constexpr std::array<Piece, 17> novak_pieces = {{{'A', 0, 3},
                                                 {'B', 4, 2},
                                                 {'C', 6, 3},
                                                 {'D', 10, 1},
                                                 {'E', 13, 2},
                                                 {'F', 15, 3},
                                                 {'G', 18, 2},
                                                 {'H', 20, 2},
                                                 {'I', 22, 1},
                                                 {'J', 1, 4},
                                                 {'K', 6, 3},
                                                 {'L', 9, 3},
                                                 {'M', 12, 3},
                                                 {'N', 16, 1},
                                                 {'O', 19, 1},
                                                 {'P', 20, 1},
                                                 {'Q', 22, 2}}};

struct Row {
    Policy policy;
    std::string_view fragments, segments;
};

void PrintTo(const Row& row, std::ostream* out) {
    *out << reassembly_policy_names[static_cast<std::size_t>(row.policy)];
}

class Published : public testing::TestWithParam<Row> {
  protected:
    RoomUnderTest under_policy(std::string_view network = "198.51.100.0/24") const {
        Limits limits;
        limits.reassembly.add(*IpNetwork::parse(network), GetParam().policy);
        return RoomUnderTest(limits);
    }
};

TEST_P(Published, FragmentsBecomeWhatTheReceiverMakesOfThem) {
    RoomUnderTest under = under_policy();
    for (const Piece& piece : novak_pieces)
        under.feed(PacketBuilder().ip_id(9).protocol(99).fragment(
            piece.at * 8, Bytes(piece.size * 8, static_cast<std::byte>(piece.letter)),
            piece.letter != 'Q'));
    EXPECT_EQ(under.room.counters().datagrams_reassembled, 1U);
    EXPECT_EQ(under.room.counters().fragment_bytes, 0U);
    EXPECT_EQ(under.room.counters().anomalies, 8U) << "each later fragment differs from earlier";
    PieceList list;
    for (const Piece& piece : novak_pieces) {
        const std::string text(piece.size, piece.letter);
        list.insert(piece.at, as_bytes(text), GetParam().policy, fragment_replaces);
    }
    std::string whole;
    for (const auto& piece : list.pieces()) whole += as_text(piece.bytes());
    EXPECT_EQ(whole, GetParam().fragments);
}

TEST_P(Published, UdpDatagramsAreReadAsTheReceiverReadsThem) {
    RoomUnderTest under = under_policy();
    // A is the UDP header's eight bytes and two more units
    const Bytes header = PacketBuilder().udp(5000, 53).payload(std::string(184, 'x')).transport();
    for (const Piece& piece : novak_pieces) {
        Bytes data(piece.size * 8, static_cast<std::byte>(piece.letter));
        if (piece.at == 0) std::copy_n(header.begin(), 8, data.begin());
        under.feed(PacketBuilder().udp(5000, 53).ip_id(9).fragment(piece.at * 8, data,
                                                                   piece.letter != 'Q'));
    }
    ASSERT_EQ(under.flow(1).datagrams[0].size(), 1U);
    std::string letters;
    for (std::size_t i = 0; i < 184; i += 8) letters += under.flow(1).datagrams[0][0][i];
    EXPECT_EQ(letters, GetParam().fragments.substr(1));
}

TEST_P(Published, SegmentsBecomeWhatTheReceiverMakesOfThem) {
    RoomUnderTest under = under_policy();
    under.feed(TcpConversation().handshake().packets());
    for (const Piece& piece : novak_pieces)
        under.feed(PacketBuilder()
                       .sequence(1002 + static_cast<std::uint32_t>(piece.at))
                       .payload(std::string(piece.size, piece.letter))
                       .frame());
    EXPECT_EQ(under.flow(1).text[0], "");
    under.feed(PacketBuilder().sequence(1001).payload("0").frame());
    EXPECT_EQ(under.flow(1).text[0], GetParam().segments);
    EXPECT_TRUE(under.flow(1).offsets_right);
    EXPECT_EQ(under.room.counters().buffered_bytes, 0U);
    EXPECT_EQ(under.room.counters().overlap_conflicts, 8U);
}

TEST_P(Published, APolicyIsThatOfTheReceiverNotOfTheSender) {
    RoomUnderTest under = under_policy("192.0.2.0/24");  // the client's
    under.feed(TcpConversation().handshake().packets());
    for (const Piece& piece : novak_pieces)
        under.feed(PacketBuilder()
                       .sequence(1001 + static_cast<std::uint32_t>(piece.at + 1))
                       .payload(std::string(piece.size, piece.letter))
                       .frame());
    under.feed(PacketBuilder().sequence(1001).payload("0").frame());
    EXPECT_EQ(under.flow(1).text[0], "0AAAJBBCCCLDLMEEFFFGGHHIQ");
}

TEST_P(Published, DeliveredBytesStay) {
    RoomUnderTest under = under_policy();
    under.feed(TcpConversation().handshake().client("abcd").packets());
    under.feed(PacketBuilder().sequence(1001).payload("XXXXefgh").frame());
    EXPECT_EQ(under.flow(1).text[0], "abcdefgh");
    EXPECT_EQ(under.room.counters().stream_bytes, 8U);
}

TEST_P(Published, ASegmentThatFillsTheHoleMayReplaceWhatWaited) {
    RoomUnderTest under = under_policy();
    under.feed(TcpConversation().handshake().packets());
    under.feed(PacketBuilder().sequence(1003).payload("cd").frame());
    under.feed(PacketBuilder().sequence(1001).payload("WXYZ").frame());
    const bool replaces = segment_replaces(GetParam().policy, {2, 4}, {0, 4});
    EXPECT_EQ(under.flow(1).text[0], replaces ? "WXYZ" : "WXcd");
    EXPECT_EQ(under.room.counters().buffered_bytes, 0U);
    EXPECT_EQ(under.events.of_type("anomaly").size(), 1U);
}

// First, last, bsd, linux, windows, solaris: the expectations that Suricata's unit tests publish.
// bsd-right after Novak's description (fragments).
INSTANTIATE_TEST_SUITE_P(
    Systems, Published,
    testing::Values(Row{Policy::first, "AAAJBBCCCLDLMEEFFFGGHHIQ", "0AAAJBBCCCLDLMEEFFFGGHHIQ"},
                    Row{Policy::last, "AJJJJBKKKLLLMMMFNFGOPHQQ", "0AJJJJBKKKLLLMMMFNFGOPHQQ"},
                    Row{Policy::bsd, "AAAJJBCCCLLLMMMFFFGGHHIQ", "0AAAJJBCCCLLLMMMFFFGGHHIQ"},
                    Row{Policy::bsd_right, "AJJJBBKKKLDLMEEFNFGOPHQQ", "0AAAJBBCCCLDLMEEFFFGGHHIQ"},
                    Row{Policy::linux, "AAAJJBKKKLLLMMMFFFGGPHQQ", "0AAAJJBCCCLLLMMMFFFGGHHQQ"},
                    Row{Policy::windows, "AAAJBBCCCLLLMEEFFFGGHHIQ", "0AAAJJBCCCLLLMMMFFFGGHHIQ"},
                    Row{Policy::vista, "AAAJBBCCCLLLMEEFFFGGHHIQ", "0AAAJBBCCCLDLMEEFFFGGHHIQ"},
                    Row{Policy::solaris, "AAAJBBCCCLLLMMMFFFGGHHIQ", "0AJJJBBKKKLLLMMMFFFGGHHQQ"}),
    [](const auto& row) {
        std::string name(reassembly_policy_names[static_cast<std::size_t>(row.param.policy)]);
        std::replace(name.begin(), name.end(), '-', '_');
        return name;
    });

TEST(ReassemblyPolicies, TheSmallestNetworkCounts) {
    ReassemblyPolicies policies;
    EXPECT_TRUE(policies.add(*IpNetwork::parse("10.0.0.0/8"), Policy::windows));
    EXPECT_TRUE(policies.add(*IpNetwork::parse("10.1.2.3"), Policy::solaris));
    EXPECT_TRUE(policies.add(*IpNetwork::parse("10.1.0.0/16"), Policy::linux));
    EXPECT_TRUE(policies.add(*IpNetwork::parse("2001:db8::/32"), Policy::bsd));
    EXPECT_EQ(policies.of(*IpAddress::parse("10.9.9.9")), Policy::windows);
    EXPECT_EQ(policies.of(*IpAddress::parse("10.1.9.9")), Policy::linux);
    EXPECT_EQ(policies.of(*IpAddress::parse("10.1.2.3")), Policy::solaris);
    EXPECT_EQ(policies.of(*IpAddress::parse("2001:db8::7")), Policy::bsd);
    EXPECT_EQ(policies.of(*IpAddress::parse("192.0.2.1")), Policy::first);
    EXPECT_TRUE(policies.add(*IpNetwork::parse("10.0.0.0/8"), Policy::last));
    EXPECT_EQ(policies.of(*IpAddress::parse("10.9.9.9")), Policy::last);
    EXPECT_EQ(policies.size(), 4U);
}

TEST(ReassemblyPolicies, AreLimited) {
    ReassemblyPolicies policies;
    for (std::uint32_t i = 0; i < ReassemblyPolicies::max_networks; ++i)
        ASSERT_TRUE(policies.add(IpNetwork::around(IpAddress::v4(i << 8U), 24), Policy::last));
    EXPECT_FALSE(policies.add(*IpNetwork::parse("192.0.2.0/24"), Policy::last));
}

TEST(ReassemblyPolicies, HaveNames) {
    for (std::size_t i = 0; i < reassembly_policy_names.size(); ++i)
        EXPECT_EQ(parse_reassembly_policy(reassembly_policy_names[i]), static_cast<Policy>(i));
    EXPECT_EQ(parse_reassembly_policy("Windows"), std::nullopt);
}

/// What a list should be, byte by byte: offset of each byte's owner and its letter.
class PieceListByPolicy : public testing::TestWithParam<unsigned> {};

TEST_P(PieceListByPolicy, HoldsEachByteOnceAndCountsItRight) {
    std::mt19937 random(GetParam());
    const auto policy = static_cast<Policy>(random() % reassembly_policy_names.size());
    PieceList list;
    std::array<bool, 300> known{};
    for (int i = 0; i < 60; ++i) {
        const std::size_t at = random() % 250;
        const std::string text(1 + random() % 40, static_cast<char>('a' + i % 26));
        std::size_t fresh = 0;
        for (std::size_t j = at; j < at + text.size(); ++j) fresh += known[j] ? 0U : 1U;
        std::fill_n(known.begin() + static_cast<std::ptrdiff_t>(at), text.size(), true);
        const auto replaces = random() % 2 == 0 ? segment_replaces : fragment_replaces;
        const PieceList::Inserted inserted = list.insert(at, as_bytes(text), policy, replaces);
        EXPECT_EQ(inserted.new_bytes, fresh);
        EXPECT_EQ(inserted.overlap_bytes, text.size() - fresh);
    }
    std::size_t size = 0;
    std::uint64_t end = 0;
    for (const PieceList::Piece& piece : list.pieces()) {
        EXPECT_GE(piece.offset, end);
        end = piece.end();
        size += piece.size_bytes;
        for (std::uint64_t j = piece.offset; j < end; ++j) EXPECT_TRUE(known[j]);
    }
    EXPECT_EQ(size, list.size_bytes());
    EXPECT_EQ(size, static_cast<std::size_t>(std::count(known.begin(), known.end(), true)));
}

INSTANTIATE_TEST_SUITE_P(Seeds, PieceListByPolicy, testing::Range(0U, 100U));

}  // namespace
}  // namespace persandian::flow
