// SPDX-License-Identifier: Apache-2.0
//
// RFC 6962 Merkle tree over leaf hashes: incremental root, inclusion and consistency proofs, and
// their checks. Exactly section 2.1, no private variant. Sizes and indexes up to 2^63.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "detectors/base/bytes.h"
#include "detectors/base/digest.h"
#include "detectors/base/result.h"

namespace persandian::ledger {

/// SHA-256(0x00 || record).
[[nodiscard]] Digest leaf_hash(ByteView record);
/// SHA-256(0x01 || left || right).
[[nodiscard]] Digest node_hash(const Digest& left, const Digest& right);
/// SHA-256 of nothing: the root of no records.
[[nodiscard]] Digest empty_root();

/// A tree that only remembers its right edge: at most 63 hashes. Copyable, which is how a root is
/// computed a second time.
class MerkleFrontier {
  public:
    void append(const Digest& leaf);
    /// Appends a whole subtree of 2^level leaves; size() must be a multiple of 2^level.
    void append_subtree(const Digest& root, unsigned level);
    [[nodiscard]] std::uint64_t size() const { return size_; }
    [[nodiscard]] Digest root() const;

  private:
    std::uint64_t size_ = 0;
    std::vector<Digest> edge_;  ///< roots of the full subtrees, largest first
};

/// Gives the root of the full subtree of leaves [index * 2^level, (index + 1) * 2^level).
using SubtreeSource = std::function<Result<Digest>(unsigned level, std::uint64_t index)>;

/// Root of the first `size` leaves.
[[nodiscard]] Result<Digest> tree_root(const SubtreeSource& source, std::uint64_t size);
/// Hashes from leaf to root (RFC 6962 2.1.1). `limit` unless index < size <= 2^63.
[[nodiscard]] Result<std::vector<Digest>> inclusion_proof(const SubtreeSource& source,
                                                          std::uint64_t index, std::uint64_t size);
/// RFC 6962 2.1.2; empty when the sizes are equal. `limit` unless 0 < old_size <= size <= 2^63: the
/// empty tree says nothing, so nothing is consistent with it.
[[nodiscard]] Result<std::vector<Digest>> consistency_proof(const SubtreeSource& source,
                                                            std::uint64_t old_size,
                                                            std::uint64_t size);

/// Whether `proof` leads from `leaf` at `index` to `root` of a tree of `size` leaves.
[[nodiscard]] bool verify_inclusion(const Digest& leaf, std::uint64_t index, std::uint64_t size,
                                    std::span<const Digest> proof, const Digest& root);
/// Whether the tree of `size` leaves with `root` is an extension of that of `old_size`.
[[nodiscard]] bool verify_consistency(std::uint64_t old_size, const Digest& old_root,
                                      std::uint64_t size, const Digest& root,
                                      std::span<const Digest> proof);

}  // namespace persandian::ledger
