// SPDX-License-Identifier: Apache-2.0
#include "daemon/ledger/merkle.h"

#include <cstdlib>
#include <filesystem>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "detectors/base/encoding.h"
#include "tests/daemon/ledger/fixture.h"
#include "tests/support/temp_dir.h"

namespace persandian::test {
namespace {

using namespace ledger;

std::vector<Digest> some_leaves(std::size_t count) {
    std::vector<Digest> out;
    for (std::size_t i = 0; i < count; ++i) out.push_back(leaf_hash(as_bytes(std::to_string(i))));
    return out;
}

/// Subtrees by the definition, from a vector of leaves.
SubtreeSource source_of(const std::vector<Digest>& leaves) {
    return [&leaves](unsigned level, std::uint64_t index) -> Result<Digest> {
        const auto count = std::ptrdiff_t{1} << level;
        const auto first = leaves.begin() + static_cast<std::ptrdiff_t>(index) * count;
        return naive_root({first, first + count});
    };
}

TEST(Merkle, KnownHashesOfRfc6962) {
    EXPECT_EQ(empty_root().hex(),
              "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(leaf_hash({}).hex(),
              "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
    EXPECT_EQ(node_hash(leaf_hash({}), leaf_hash({})).hex(),
              sha256({as_bytes("\x01"), leaf_hash({}).bytes, leaf_hash({}).bytes}).hex());
}

TEST(Merkle, FrontierGivesTheRootOfTheDefinition) {
    const std::vector<Digest> leaves = some_leaves(300);
    MerkleFrontier frontier;
    EXPECT_EQ(frontier.root(), empty_root());
    for (std::size_t size = 1; size <= leaves.size(); ++size) {
        frontier.append(leaves[size - 1]);
        ASSERT_EQ(frontier.root(),
                  naive_root({leaves.begin(), leaves.begin() + static_cast<std::ptrdiff_t>(size)}))
            << size;
        EXPECT_EQ(frontier.size(), size);
    }
}

TEST(Merkle, EveryInclusionProofUpTo40Verifies) {
    for (std::size_t size = 1; size <= 40; ++size) {
        const std::vector<Digest> leaves = some_leaves(size);
        const Digest root = naive_root(leaves);
        for (std::size_t index = 0; index < size; ++index) {
            auto proof = inclusion_proof(source_of(leaves), index, size);
            ASSERT_TRUE(proof);
            EXPECT_TRUE(verify_inclusion(leaves[index], index, size, *proof, root));
            EXPECT_FALSE(verify_inclusion(leaves[index], index + 1, size, *proof, root));
            EXPECT_FALSE(verify_inclusion(leaf_hash(as_bytes("x")), index, size, *proof, root));
            proof->push_back(root);
            EXPECT_FALSE(verify_inclusion(leaves[index], index, size, *proof, root));
            for (std::size_t i = 0; i + 1 < proof->size(); ++i) {
                auto bad = *proof;
                bad.pop_back();
                bad[i].bytes[31] ^= std::byte{1};
                EXPECT_FALSE(verify_inclusion(leaves[index], index, size, bad, root));
            }
        }
    }
}

TEST(Merkle, EveryConsistencyProofUpTo40Verifies) {
    const std::vector<Digest> leaves = some_leaves(40);
    const auto root_of = [&](std::size_t size) {
        return naive_root({leaves.begin(), leaves.begin() + static_cast<std::ptrdiff_t>(size)});
    };
    for (std::size_t size = 1; size <= 40; ++size) {
        for (std::size_t old_size = 1; old_size <= size; ++old_size) {
            auto proof = consistency_proof(source_of(leaves), old_size, size);
            ASSERT_TRUE(proof);
            const Digest root = root_of(size);
            const Digest old_root = root_of(old_size);
            EXPECT_TRUE(verify_consistency(old_size, old_root, size, root, *proof))
                << old_size << " " << size;
            Digest other = old_root;
            other.bytes[0] ^= std::byte{1};
            EXPECT_FALSE(verify_consistency(old_size, other, size, root, *proof));
            proof->push_back(root);
            EXPECT_FALSE(verify_consistency(old_size, old_root, size, root, *proof));
        }
    }
}

TEST(Merkle, SizesNear2To63StayExact) {
    const Digest hash = leaf_hash({});
    const SubtreeSource same = [&](unsigned, std::uint64_t) -> Result<Digest> { return hash; };
    const std::uint64_t most = max_tree_size;
    for (const std::uint64_t size : {most, most - 1, most / 2 + 1}) {
        for (const std::uint64_t index : {std::uint64_t{0}, size / 2, size - 1}) {
            const auto proof = inclusion_proof(same, index, size);
            ASSERT_TRUE(proof);
            const auto root = tree_root(same, size);
            ASSERT_TRUE(root);
            EXPECT_LE(proof->size(), 63U);
            if (size != most) {
                EXPECT_TRUE(verify_inclusion(hash, index, size, *proof, hash) ||
                            !verify_inclusion(hash, index, size - 1, *proof, *root));
            }
        }
        EXPECT_TRUE(consistency_proof(same, size - 1, size));
    }
    EXPECT_FALSE(inclusion_proof(same, 0, most + 1));
    EXPECT_FALSE(inclusion_proof(same, 5, 5));
    EXPECT_FALSE(consistency_proof(same, 6, 5));
    EXPECT_FALSE(consistency_proof(same, 0, 5));
    EXPECT_FALSE(verify_consistency(0, empty_root(), 5, hash, {}));
    EXPECT_FALSE(verify_consistency(0, empty_root(), 0, empty_root(), {}));
    EXPECT_FALSE(verify_inclusion(hash, most, most + 1, {}, hash));
    EXPECT_FALSE(verify_consistency(1, hash, most + 1, hash, {}));
}

// Vectors of others, good and bad. They are shared data, not part of the source tree.

std::vector<std::filesystem::path> vector_files(const char* kind) {
    std::vector<std::filesystem::path> out;
    const char* const shared = std::getenv("PERSANDIAN_SHARED_DATA");
    if (shared == nullptr) return out;
    const auto folder = std::filesystem::path(shared) / "merkle/testdata" / kind;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
        if (entry.path().extension() == ".json") out.push_back(entry.path());
    return out;
}

std::optional<Digest> digest_member(const boost::json::value& value) {
    const auto bytes = base64_decode(value.as_string().c_str());
    Digest out;
    if (!bytes || bytes->size() != out.bytes.size()) return std::nullopt;
    std::ranges::copy(as_bytes(*bytes), out.bytes.begin());
    return out;
}

/// A root; where the vectors say "don't care" in other lengths, something that is equal as they
/// are.
std::optional<Digest> root_member(const boost::json::value& value) {
    const auto digest = digest_member(value);
    if (digest) return digest;
    return sha256(as_bytes(value.as_string().c_str()));
}

/// nullopt when a hash is not 32 bytes, which a parser refuses before any proof is checked.
std::optional<std::vector<Digest>> proof_member(const boost::json::value& value) {
    std::vector<Digest> out;
    if (value.is_null()) return out;
    for (const boost::json::value& item : value.as_array()) {
        const auto digest = digest_member(item);
        if (!digest) return std::nullopt;
        out.push_back(*digest);
    }
    return out;
}

std::uint64_t number(const boost::json::object& object, const char* name) {
    return object.at(name).to_number<std::uint64_t>();
}

TEST(MerkleVectors, Inclusion) {
    const auto files = vector_files("inclusion");
    if (files.empty()) GTEST_SKIP() << "skipped: PERSANDIAN_SHARED_DATA is not set";
    EXPECT_EQ(files.size(), 98U);
    for (const auto& file : files) {
        const auto parsed = boost::json::parse(read_file(file));
        const boost::json::object& v = parsed.as_object();
        const auto leaf = digest_member(v.at("leafHash"));
        const auto root = digest_member(v.at("root"));
        const auto proof = proof_member(v.at("proof"));
        const bool accepted =
            leaf && root && proof &&
            verify_inclusion(*leaf, number(v, "leafIdx"), number(v, "treeSize"), *proof, *root);
        EXPECT_EQ(accepted, !v.at("wantErr").as_bool()) << file;
    }
}

TEST(MerkleVectors, Consistency) {
    const auto files = vector_files("consistency");
    if (files.empty()) GTEST_SKIP() << "skipped: PERSANDIAN_SHARED_DATA is not set";
    EXPECT_EQ(files.size(), 98U);
    for (const auto& file : files) {
        const auto parsed = boost::json::parse(read_file(file));
        const boost::json::object& v = parsed.as_object();
        const auto old_root = root_member(v.at("root1"));
        const auto root = root_member(v.at("root2"));
        const auto proof = proof_member(v.at("proof"));
        const bool accepted =
            old_root && root && proof &&
            verify_consistency(number(v, "size1"), *old_root, number(v, "size2"), *root, *proof);
        EXPECT_EQ(accepted, !v.at("wantErr").as_bool()) << file;
    }
}

}  // namespace
}  // namespace persandian::test
