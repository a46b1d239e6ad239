// SPDX-License-Identifier: Apache-2.0
//
// The stream of roots and both proof checks against the definitions of RFC 6962 section 2.1,
// written down as recursions.
#include "tools/verify/merkle.h"

#include <gtest/gtest.h>

#include "tools/verify/encoding.h"

namespace persandian::verify {
namespace {

std::uint64_t split_of(std::uint64_t size) {
    std::uint64_t half = 1;
    while (half * 2 < size) half *= 2;
    return half;
}

Digest naive_root(Sha256& sha, std::span<const Digest> leaves) {
    if (leaves.empty()) return sha.of("");
    if (leaves.size() == 1) return leaves[0];
    const std::size_t half = split_of(leaves.size());
    const Digest left = naive_root(sha, leaves.first(half));
    return sha.node(left, naive_root(sha, leaves.subspan(half)));
}

std::vector<Digest> naive_path(Sha256& sha, std::size_t index, std::span<const Digest> leaves) {
    if (leaves.size() == 1) return {};
    const std::size_t half = split_of(leaves.size());
    std::vector<Digest> out;
    if (index < half) {
        out = naive_path(sha, index, leaves.first(half));
        out.push_back(naive_root(sha, leaves.subspan(half)));
    } else {
        out = naive_path(sha, index - half, leaves.subspan(half));
        out.push_back(naive_root(sha, leaves.first(half)));
    }
    return out;
}

std::vector<Digest> naive_consistency(Sha256& sha, std::size_t old, std::span<const Digest> leaves,
                                      bool whole) {
    if (old == leaves.size())
        return whole ? std::vector<Digest>{} : std::vector<Digest>{naive_root(sha, leaves)};
    const std::size_t half = split_of(leaves.size());
    std::vector<Digest> out;
    if (old <= half) {
        out = naive_consistency(sha, old, leaves.first(half), whole);
        out.push_back(naive_root(sha, leaves.subspan(half)));
    } else {
        out = naive_consistency(sha, old - half, leaves.subspan(half), false);
        out.push_back(naive_root(sha, leaves.first(half)));
    }
    return out;
}

class Merkle : public testing::Test {
  protected:
    Merkle() {
        for (int i = 0; i < 70; ++i) leaves_.push_back(sha_.leaf("record " + std::to_string(i)));
    }
    std::span<const Digest> first(std::size_t size) { return std::span(leaves_).first(size); }

    Sha256 sha_;
    std::vector<Digest> leaves_;
};

TEST_F(Merkle, StreamGivesTheRootOfEverySize) {
    TreeBuilder tree;
    for (std::size_t size = 0; size <= leaves_.size(); ++size) {
        EXPECT_EQ(tree.root(sha_), naive_root(sha_, first(size))) << size;
        if (size < leaves_.size()) tree.append(leaves_[size], sha_);
    }
}

TEST_F(Merkle, EveryInclusionProofHoldsAndOnlyAsItIs) {
    for (std::size_t size = 1; size <= 40; ++size) {
        const Digest root = naive_root(sha_, first(size));
        for (std::size_t index = 0; index < size; ++index) {
            const auto proof = naive_path(sha_, index, first(size));
            EXPECT_TRUE(verify_inclusion(sha_, leaves_[index], index, size, proof, root));
            EXPECT_FALSE(verify_inclusion(sha_, leaves_[index + 1], index, size, proof, root));
            for (std::size_t other = 0; other < size + 2; ++other)
                EXPECT_EQ(verify_inclusion(sha_, leaves_[index], other, size, proof, root),
                          other == index);
            auto longer = proof;
            longer.push_back(root);
            EXPECT_FALSE(verify_inclusion(sha_, leaves_[index], index, size, longer, root));
            longer.back() = Digest{};
            EXPECT_FALSE(verify_inclusion(sha_, leaves_[index], index, size, longer, root));
            if (proof.empty()) continue;
            EXPECT_FALSE(verify_inclusion(sha_, leaves_[index], index, size,
                                          std::span(proof).first(proof.size() - 1), root));
            EXPECT_FALSE(verify_inclusion(sha_, leaves_[index], index, size,
                                          std::span(proof).subspan(1), root));
        }
    }
}

TEST_F(Merkle, EveryConsistencyProofHoldsAndOnlyAsItIs) {
    for (std::size_t size = 1; size <= 40; ++size) {
        const Digest root = naive_root(sha_, first(size));
        for (std::size_t old = 1; old <= size; ++old) {
            const Digest old_root = naive_root(sha_, first(old));
            const auto proof = naive_consistency(sha_, old, first(size), true);
            EXPECT_TRUE(verify_consistency(sha_, old, old_root, size, root, proof));
            EXPECT_FALSE(verify_consistency(sha_, old, leaves_[60], size, root, proof));
            EXPECT_FALSE(verify_consistency(sha_, old, old_root, size, leaves_[60], proof));
            auto longer = proof;
            longer.push_back(root);
            EXPECT_FALSE(verify_consistency(sha_, old, old_root, size, root, longer));
            if (proof.empty()) continue;
            EXPECT_FALSE(verify_consistency(sha_, old, old_root, size, root,
                                            std::span(proof).first(proof.size() - 1)));
        }
    }
}

TEST_F(Merkle, SizesAtTheEdgeOfTheNumbersDoNotOverflow) {
    const std::vector<Digest> proof(63, Digest{});
    for (const std::uint64_t size : {std::uint64_t{1} << 62U, std::uint64_t{1} << 63U, UINT64_MAX})
        for (const std::uint64_t index : {std::uint64_t{0}, size - 1, size, size / 2}) {
            EXPECT_FALSE(verify_inclusion(sha_, leaves_[0], index, size, proof, leaves_[1]));
            EXPECT_FALSE(verify_inclusion(sha_, leaves_[0], index, size, {}, leaves_[1]));
            EXPECT_FALSE(verify_consistency(sha_, index, leaves_[0], size, leaves_[1], proof));
        }
}

// A node passed off as a leaf: 64 bytes that are two child hashes (RFC 6962: 0x00 and 0x01 differ).
TEST_F(Merkle, ANodeIsNotALeaf) {
    const std::string children =
        std::string(view_of(leaves_[0])) + std::string(view_of(leaves_[1]));
    EXPECT_NE(sha_.leaf(children), sha_.node(leaves_[0], leaves_[1]));
    const Digest root = naive_root(sha_, first(4));
    const std::vector<Digest> proof = {sha_.node(leaves_[2], leaves_[3])};
    EXPECT_FALSE(verify_inclusion(sha_, sha_.leaf(children), 0, 2, proof, root));
}

TEST(TlogProofText, AcceptsOneSpellingOnly) {
    const std::string hash = base64_encode(std::string(32, 'h'));
    const std::string good = "c2sp.org/tlog-proof@v1\nindex 7\n" + hash + "\n\nnote\n";
    const auto parsed = parse_tlog_proof(good);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->index, 7U);
    EXPECT_EQ(parsed->hashes.size(), 1U);
    EXPECT_EQ(parsed->checkpoint, "note\n");
    for (const std::string& bad : {
             std::string(),
             std::string("c2sp.org/tlog-proof@v2\nindex 7\n\nnote\n"),
             std::string("c2sp.org/tlog-proof@v1\nindex 07\n\nnote\n"),
             std::string("c2sp.org/tlog-proof@v1\nindex -1\n\nnote\n"),
             std::string("c2sp.org/tlog-proof@v1\nindex 18446744073709551615\n\nnote\n"),
             std::string("c2sp.org/tlog-proof@v1\r\nindex 7\r\n\r\nnote\r\n"),
             std::string("c2sp.org/tlog-proof@v1\nindex 7\nAAAA\n\nnote\n"),
             std::string("c2sp.org/tlog-proof@v1\nindex 7\n" + hash),
             std::string("c2sp.org/tlog-proof@v1\nindex 7\n" + hash + "\n"),
         })
        EXPECT_FALSE(parse_tlog_proof(bad)) << bad;
    std::string many = "c2sp.org/tlog-proof@v1\nindex 7\n";
    for (int i = 0; i < 64; ++i) many += hash + "\n";
    EXPECT_FALSE(parse_tlog_proof(many + "\nnote\n"));
}

}  // namespace
}  // namespace persandian::verify
