// SPDX-License-Identifier: Apache-2.0
//
// PieceList: bytes that arrived out of order, kept by offset until the ones before them come.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "detectors/base/bytes.h"
#include "detectors/flow/reassembly_policy.h"

namespace persandian::flow {

/// Owns copies of byte ranges, sorted by offset, never overlapping: of two copies of a byte the
/// first one stays, unless a policy says otherwise. Inserting takes O(log n) to find the place and
/// O(n) moves of piece records (24 bytes each); the caller bounds n.
class PieceList {
  public:
    struct Piece {
        std::uint64_t offset = 0;
        std::unique_ptr<std::byte[]> storage;
        std::uint32_t size_bytes = 0;
        [[nodiscard]] std::uint64_t end() const noexcept { return offset + size_bytes; }
        [[nodiscard]] ByteView bytes() const noexcept { return {storage.get(), size_bytes}; }
    };
    struct Inserted {
        std::size_t new_bytes = 0;      ///< copied
        std::size_t overlap_bytes = 0;  ///< already there
        std::size_t new_pieces = 0;
        bool conflict = false;  ///< some of the overlap differed from the copy already there
    };
    /// What a piece costs beside its bytes: the least that the allocator gives out, and its record
    /// twice, because the vector doubles.
    static constexpr std::size_t piece_overhead_bytes = 80;

    /// fragment_replaces or segment_replaces.
    using Replaces = bool (*)(ReassemblyPolicy policy, const ByteRange& earlier,
                              const ByteRange& later) noexcept;

    /// The first copy of each byte stays.
    Inserted insert(std::uint64_t offset, ByteView bytes);
    /// Whether a piece or the new bytes stay where they overlap is up to `replaces`. Pieces are
    /// cut, never longer than their bytes; at most one piece more than with insert().
    Inserted insert(std::uint64_t offset, ByteView bytes, ReassemblyPolicy policy,
                    Replaces replaces);

    /// Sorted by offset. Valid until the next non-const call.
    [[nodiscard]] const std::vector<Piece>& pieces() const noexcept { return pieces_; }
    [[nodiscard]] bool empty() const noexcept { return pieces_.empty(); }
    [[nodiscard]] std::size_t size_bytes() const noexcept { return size_bytes_; }
    /// Bytes plus overhead, as counted against memory limits.
    [[nodiscard]] std::size_t cost_bytes() const noexcept {
        return size_bytes_ + pieces_.size() * piece_overhead_bytes;
    }
    void erase_front(std::size_t count);
    /// Also gives the memory of the records back.
    void clear();

  private:
    void cut_out(std::size_t at, const ByteRange& range);

    std::vector<Piece> pieces_;
    std::size_t size_bytes_ = 0;
};

/// Whether `bytes` at `offset` differ from `piece` where they overlap.
[[nodiscard]] bool differs(const PieceList::Piece& piece, std::uint64_t offset,
                           ByteView bytes) noexcept;

}  // namespace persandian::flow
