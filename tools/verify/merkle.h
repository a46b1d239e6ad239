// SPDX-License-Identifier: Apache-2.0
//
// RFC 6962 section 2.1 trees: the root of a stream of leaves, and the checks of inclusion and
// consistency proofs as RFC 9162 sections 2.1.3.2 and 2.1.4.2 write them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tools/verify/digest.h"

namespace persandian::verify {

/// Sizes beyond this are refused: no log has them, and sums stay exact.
inline constexpr std::uint64_t max_tree_size = std::uint64_t{1} << 62U;

/// Takes leaf hashes in order and knows the root of those taken; holds at most 62 hashes.
class TreeBuilder {
  public:
    void append(const Digest& leaf, Sha256& sha);
    [[nodiscard]] std::uint64_t size() const { return size_; }
    [[nodiscard]] Digest root(Sha256& sha) const;

  private:
    std::uint64_t size_ = 0;
    std::vector<Digest> peaks_;  ///< roots of full subtrees, largest first
};

[[nodiscard]] bool verify_inclusion(Sha256& sha, const Digest& leaf, std::uint64_t index,
                                    std::uint64_t size, std::span<const Digest> proof,
                                    const Digest& root);
/// Whether the tree of `new_size` leaves begins with the tree of `old_size` leaves. False for
/// `old_size` 0: that everything extends nothing proves nothing.
[[nodiscard]] bool verify_consistency(Sha256& sha, std::uint64_t old_size, const Digest& old_root,
                                      std::uint64_t new_size, const Digest& new_root,
                                      std::span<const Digest> proof);

/// C2SP tlog-proof, version 1.
struct TlogProof {
    std::uint64_t index = 0;
    std::vector<Digest> hashes;  ///< leaf to root
    std::string checkpoint;      ///< the signed note
};
/// At most 63 hashes; every line in its one spelling. An `extra` line is accepted and not used.
[[nodiscard]] std::optional<TlogProof> parse_tlog_proof(std::string_view text);

}  // namespace persandian::verify
