// SPDX-License-Identifier: Apache-2.0
//
// A verified view of one generation's tree for readers: one hash per 256 records in memory, each
// checked against the signed root; leaf hashes and records are read on demand and checked against
// these. Uses the derived .leaf and .idx files, and the entries themselves when those do not give
// the signed root.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "daemon/ledger/checkpoint.h"
#include "daemon/ledger/merkle.h"
#include "daemon/ledger/storage.h"
#include "detectors/base/result.h"

namespace persandian::ledger {

/// Single-threaded; `storage` must outlive it.
class TreeView {
  public:
    TreeView(const Storage& storage, std::uint32_t generation)
        : storage_(storage), generation_(generation) {}

    /// Reads what is new up to `checkpoint` and verifies the root. `malformed` when neither the
    /// derived files nor the entries give it; then the view stays as it was. `limit` when the
    /// checkpoint is smaller than the view.
    [[nodiscard]] Result<void> extend(const Checkpoint& checkpoint);

    [[nodiscard]] std::uint64_t size() const { return size_; }
    [[nodiscard]] Result<Digest> leaf(std::uint64_t index);
    [[nodiscard]] Result<std::string> record(std::uint64_t index);
    /// Root of a full subtree below size(); for proofs.
    [[nodiscard]] Result<Digest> subtree(unsigned level, std::uint64_t index);
    /// The segment that holds a record below size().
    [[nodiscard]] std::uint32_t segment_of(std::uint64_t index) const;

  private:
    /// Records [first, first + records) lie in this segment.
    struct Segment {
        std::uint32_t number = 0;
        std::uint64_t first = 0;
        std::uint64_t records = 0;
        /// Offsets of every 256th record; only when the entries were walked.
        std::vector<std::uint64_t> offsets;
    };
    /// All that extend() builds, so that it can be dropped when the root is wrong.
    struct State {
        std::vector<Segment> segments;
        std::vector<Digest> tiles;    ///< roots of full tiles
        std::vector<Digest> partial;  ///< leaf hashes behind the last full tile
        MerkleFrontier full;          ///< over `tiles`
        bool from_entries = false;

        void add(const Digest& leaf);
        [[nodiscard]] Digest root() const;
    };

    Result<void> read_leaves(State& state, std::uint64_t size) const;
    Result<void> read_entries(State& state, std::uint64_t size) const;
    Result<std::vector<Digest>> tile_leaves(std::uint64_t tile);
    Result<void> load_bundle(std::uint64_t bundle);
    [[nodiscard]] const Segment& segment_at(std::uint64_t index) const;
    Result<std::uint64_t> bundle_offset(const Segment& segment, std::uint64_t bundle) const;

    const Storage& storage_;
    std::uint32_t generation_;
    std::uint64_t size_ = 0;
    State state_;

    static constexpr std::uint64_t none = ~std::uint64_t{0};
    std::uint64_t cached_tile_ = none;
    std::vector<Digest> tile_;
    std::uint64_t cached_bundle_ = none;
    std::uint64_t cached_bundle_size_ = 0;  ///< size_ when it was read
    std::vector<std::string> bundle_;
};

}  // namespace persandian::ledger
