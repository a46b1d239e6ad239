// SPDX-License-Identifier: Apache-2.0
#include "daemon/ledger/merkle.h"

#include <algorithm>
#include <bit>
#include <memory>

#include <openssl/evp.h>

#include "daemon/ledger/format.h"

namespace persandian::ledger {
namespace {

/// SHA-256 with the algorithm fetched once per thread: a fetch costs as much as a node hash.
class TreeHasher {
  public:
    TreeHasher() {
        const std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> algorithm{
            EVP_MD_fetch(nullptr, "SHA256", nullptr), &EVP_MD_free};
        PERSANDIAN_CHECK(algorithm && context_);
        PERSANDIAN_CHECK(EVP_DigestInit_ex2(context_.get(), algorithm.get(), nullptr) == 1);
    }

    Digest hash(std::uint8_t prefix, ByteView first, ByteView second) {
        PERSANDIAN_CHECK(EVP_DigestInit_ex2(context_.get(), nullptr, nullptr) == 1);
        PERSANDIAN_CHECK(EVP_DigestUpdate(context_.get(), &prefix, 1) == 1);
        PERSANDIAN_CHECK(EVP_DigestUpdate(context_.get(), first.data(), first.size()) == 1);
        if (!second.empty())
            PERSANDIAN_CHECK(EVP_DigestUpdate(context_.get(), second.data(), second.size()) == 1);
        std::array<unsigned char, leaf_bytes> raw{};
        unsigned int size = 0;
        PERSANDIAN_CHECK(EVP_DigestFinal_ex(context_.get(), raw.data(), &size) == 1);
        PERSANDIAN_CHECK(size == raw.size());
        return {std::bit_cast<std::array<std::byte, leaf_bytes>>(raw)};
    }

  private:
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_{EVP_MD_CTX_new(),
                                                                     &EVP_MD_CTX_free};
};

TreeHasher& hasher() {
    thread_local TreeHasher instance;
    return instance;
}

constexpr Error outside_tree{ErrorCode::limit, "index or size outside of the tree"};

/// Largest power of two below `n`, for n >= 2.
std::uint64_t split_of(std::uint64_t n) {
    return std::bit_floor(n - 1);
}

unsigned level_of(std::uint64_t power_of_two) {
    return static_cast<unsigned>(std::countr_zero(power_of_two));
}

/// MTH of leaves [begin, begin + count); `begin` is a multiple of the power of two >= count.
Result<Digest> range_root(const SubtreeSource& source, std::uint64_t begin, std::uint64_t count) {
    if (std::has_single_bit(count)) return source(level_of(count), begin >> level_of(count));
    const std::uint64_t left_count = split_of(count);
    Result<Digest> left = range_root(source, begin, left_count);
    if (!left) return left;
    Result<Digest> right = range_root(source, begin + left_count, count - left_count);
    if (!right) return right;
    return node_hash(*left, *right);
}

/// Collects sibling hashes from the leaf upwards, stopping at the first error.
class ProofBuilder {
  public:
    explicit ProofBuilder(const SubtreeSource& source) : source_(source) {}

    void path(std::uint64_t index, std::uint64_t begin, std::uint64_t count) {
        if (count == 1) return;
        const std::uint64_t left = split_of(count);
        if (index < left) {
            path(index, begin, left);
            add(begin + left, count - left);
        } else {
            path(index - left, begin + left, count - left);
            add(begin, left);
        }
    }

    /// RFC 6962 SUBPROOF(m, D[n], b).
    void subproof(std::uint64_t old_count, std::uint64_t begin, std::uint64_t count, bool whole) {
        if (old_count == count) {
            if (!whole) add(begin, count);
            return;
        }
        const std::uint64_t left = split_of(count);
        if (old_count <= left) {
            subproof(old_count, begin, left, whole);
            add(begin + left, count - left);
        } else {
            subproof(old_count - left, begin + left, count - left, false);
            add(begin, left);
        }
    }

    Result<std::vector<Digest>> take() {
        if (failure_) return *failure_;
        return std::move(proof_);
    }

  private:
    void add(std::uint64_t begin, std::uint64_t count) {
        if (failure_) return;
        const Result<Digest> root = range_root(source_, begin, count);
        if (root)
            proof_.push_back(*root);
        else
            failure_ = root.error();
    }

    const SubtreeSource& source_;
    std::vector<Digest> proof_;
    std::optional<Error> failure_;
};

bool is_odd(std::uint64_t n) {
    return (n & 1U) != 0;
}

}  // namespace

Digest leaf_hash(ByteView record) {
    return hasher().hash(0x00, record, {});
}

Digest node_hash(const Digest& left, const Digest& right) {
    return hasher().hash(0x01, left.bytes, right.bytes);
}

Digest empty_root() {
    return sha256(ByteView{});
}

void MerkleFrontier::append(const Digest& leaf) {
    append_subtree(leaf, 0);
}

void MerkleFrontier::append_subtree(const Digest& root, unsigned level) {
    const std::uint64_t count = std::uint64_t{1} << level;
    PERSANDIAN_CHECK(size_ % count == 0 && size_ <= max_tree_size - count);
    edge_.push_back(root);
    for (std::uint64_t merged = size_ >> level; is_odd(merged); merged >>= 1U) {
        const Digest right = edge_.back();
        edge_.pop_back();
        edge_.back() = node_hash(edge_.back(), right);
    }
    size_ += count;
}

Digest MerkleFrontier::root() const {
    if (edge_.empty()) return empty_root();
    Digest root = edge_.back();
    for (std::size_t i = edge_.size() - 1; i > 0; --i) root = node_hash(edge_[i - 1], root);
    return root;
}

Result<Digest> tree_root(const SubtreeSource& source, std::uint64_t size) {
    if (size > max_tree_size) return outside_tree;
    if (size == 0) return empty_root();
    return range_root(source, 0, size);
}

Result<std::vector<Digest>> inclusion_proof(const SubtreeSource& source, std::uint64_t index,
                                            std::uint64_t size) {
    if (index >= size || size > max_tree_size) return outside_tree;
    ProofBuilder builder(source);
    builder.path(index, 0, size);
    return builder.take();
}

Result<std::vector<Digest>> consistency_proof(const SubtreeSource& source, std::uint64_t old_size,
                                              std::uint64_t size) {
    if (old_size == 0 || old_size > size || size > max_tree_size) return outside_tree;
    ProofBuilder builder(source);
    builder.subproof(old_size, 0, size, true);
    return builder.take();
}

// RFC 9162 section 2.1.3.2.
bool verify_inclusion(const Digest& leaf, std::uint64_t index, std::uint64_t size,
                      std::span<const Digest> proof, const Digest& root) {
    if (index >= size || size > max_tree_size) return false;
    std::uint64_t node = index;
    std::uint64_t last = size - 1;
    Digest hash = leaf;
    for (const Digest& sibling : proof) {
        if (last == 0) return false;
        if (is_odd(node) || node == last) {
            hash = node_hash(sibling, hash);
            while (!is_odd(node) && node != 0) {
                node >>= 1U;
                last >>= 1U;
            }
        } else {
            hash = node_hash(hash, sibling);
        }
        node >>= 1U;
        last >>= 1U;
    }
    return last == 0 && hash == root;
}

// RFC 9162 section 2.1.4.2.
bool verify_consistency(std::uint64_t old_size, const Digest& old_root, std::uint64_t size,
                        const Digest& root, std::span<const Digest> proof) {
    if (old_size == 0 || old_size > size || size > max_tree_size) return false;
    if (old_size == size) return proof.empty() && old_root == root;
    std::uint64_t node = old_size - 1;
    std::uint64_t last = size - 1;
    while (is_odd(node)) {
        node >>= 1U;
        last >>= 1U;
    }
    // A full old tree is its own first hash; otherwise the proof starts with one.
    const bool old_is_full = std::has_single_bit(old_size);
    if (!old_is_full && proof.empty()) return false;
    Digest old_hash = old_is_full ? old_root : proof.front();
    Digest new_hash = old_hash;
    for (const Digest& sibling : old_is_full ? proof : proof.subspan(1)) {
        if (last == 0) return false;
        if (is_odd(node) || node == last) {
            old_hash = node_hash(sibling, old_hash);
            new_hash = node_hash(sibling, new_hash);
            while (!is_odd(node) && node != 0) {
                node >>= 1U;
                last >>= 1U;
            }
        } else {
            new_hash = node_hash(new_hash, sibling);
        }
        node >>= 1U;
        last >>= 1U;
    }
    return last == 0 && old_hash == old_root && new_hash == root;
}

}  // namespace persandian::ledger
