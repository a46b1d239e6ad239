// SPDX-License-Identifier: Apache-2.0
//
// PieceList, SlabTable, FlowTable.
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "detectors/flow/flow_table.h"
#include "detectors/flow/piece_list.h"

namespace persandian::flow {
namespace {

std::string text_of(const PieceList& list) {
    std::string text;
    for (const PieceList::Piece& piece : list.pieces())
        text += std::to_string(piece.offset) + ":" + std::string(as_text(piece.bytes())) + " ";
    return text;
}

TEST(PieceList, FillsOnlyWhatIsMissing) {
    PieceList list;
    list.insert(2, as_bytes("cd"));
    list.insert(6, as_bytes("gh"));
    const PieceList::Inserted inserted = list.insert(0, as_bytes("abCDefGHij"));
    EXPECT_EQ(text_of(list), "0:ab 2:cd 4:ef 6:gh 8:ij ");
    EXPECT_EQ(inserted.new_bytes, 6U);
    EXPECT_EQ(inserted.overlap_bytes, 4U);
    EXPECT_EQ(inserted.new_pieces, 3U);
    EXPECT_TRUE(inserted.conflict);
    EXPECT_EQ(list.size_bytes(), 10U);
}

TEST(PieceList, AnEqualCopyIsNoConflict) {
    PieceList list;
    list.insert(2, as_bytes("cdef"));
    const PieceList::Inserted inserted = list.insert(3, as_bytes("de"));
    EXPECT_EQ(inserted.new_bytes, 0U);
    EXPECT_FALSE(inserted.conflict);
}

TEST(PieceList, ErasingGivesItsCostBack) {
    PieceList list;
    list.insert(0, as_bytes("ab"));
    list.insert(5, as_bytes("cd"));
    list.erase_front(1);
    EXPECT_EQ(text_of(list), "5:cd ");
    EXPECT_EQ(list.cost_bytes(), 2 + PieceList::piece_overhead_bytes);
    list.erase_front(1);
    EXPECT_EQ(list.cost_bytes(), 0U);
}

TEST(SlabTable, FindsEveryEntryAfterGrowingAndErasing) {
    SlabTable<int, int, 1> table;
    for (int i = 0; i < 5000; ++i) table.insert(i, static_cast<std::uint64_t>(i % 97), 0).value = i;
    for (int i = 0; i < 5000; i += 2)
        table.erase(*table.find(i, static_cast<std::uint64_t>(i % 97)));
    EXPECT_EQ(table.size(), 2500U);
    for (int i = 0; i < 5000; ++i) {
        auto* node = table.find(i, static_cast<std::uint64_t>(i % 97));
        ASSERT_EQ(node != nullptr, i % 2 == 1) << i;
        if (node != nullptr) {
            EXPECT_EQ(node->value, i);
        }
    }
}

TEST(SlabTable, KeepsEachListInTheOrderOfTouching) {
    SlabTable<int, int, 2> table;
    auto& a = table.insert(1, 1, 0);
    auto& b = table.insert(2, 2, 0);
    auto& c = table.insert(3, 3, 0);
    table.touch(a, 0);
    EXPECT_EQ(table.oldest(0), &b);
    table.touch(b, 1);
    EXPECT_EQ(table.oldest(0), &c);
    EXPECT_EQ(table.oldest(1), &b);
    table.erase(c);
    EXPECT_EQ(table.oldest(0), &a);
    table.erase(a);
    EXPECT_EQ(table.oldest(0), nullptr);
}

TEST(SlabTable, ReusesEntriesWithAFreshValue) {
    SlabTable<int, std::string, 1> table;
    table.insert(1, 1, 0).value = "old";
    table.erase(*table.find(1, 1));
    EXPECT_EQ(table.insert(2, 2, 0).value, "");
}

FlowKey key(std::uint16_t port) {
    FlowKey made;
    made.low_port = port;
    return made;
}

TEST(FlowTable, ExpiresInTheOrderOfDeadlinesAcrossKinds) {
    FlowTable table(Limits(), 1);
    const Timestamp start = Timestamp::from_seconds(1000);
    table.insert(key(1), FlowKind::tcp_established, start);            // 1600
    table.insert(key(2), FlowKind::udp, start);                        // 1060
    FlowNode& icmp = table.insert(key(3), FlowKind::icmp, start);      // 1030
    table.touch(icmp, FlowKind::icmp, Timestamp::from_seconds(1040));  // 1070
    EXPECT_EQ(table.expired(Timestamp::from_seconds(1059)), nullptr);
    FlowNode* first = table.expired(Timestamp::from_seconds(2000));
    ASSERT_NE(first, nullptr);
    EXPECT_EQ(first->key, key(2));
    table.erase(*first);
    EXPECT_EQ(table.expired(Timestamp::from_seconds(2000)), &icmp);
    table.erase(icmp);
    EXPECT_EQ(table.expired(Timestamp::from_seconds(2000))->key, key(1));
}

TEST(FlowTable, AnIdleFlowStaysBelowOneKibibyte) {
    EXPECT_LE(FlowTable::flow_cost_bytes(), 1024U);
}

TEST(FlowKey, HashesDependOnTheSeed) {
    std::set<std::uint64_t> hashes;
    for (std::uint64_t seed = 0; seed < 100; ++seed) hashes.insert(hash_of(key(1), seed));
    EXPECT_EQ(hashes.size(), 100U);
}

}  // namespace
}  // namespace persandian::flow
