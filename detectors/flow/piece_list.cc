// SPDX-License-Identifier: Apache-2.0
#include "detectors/flow/piece_list.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace persandian::flow {

bool differs(const PieceList::Piece& piece, std::uint64_t offset, ByteView bytes) noexcept {
    const std::uint64_t from = std::max(piece.offset, offset);
    const std::uint64_t to = std::min(piece.end(), offset + bytes.size());
    if (from >= to) return false;
    return std::memcmp(piece.storage.get() + (from - piece.offset), bytes.data() + (from - offset),
                       to - from) != 0;
}

PieceList::Inserted PieceList::insert(std::uint64_t offset, ByteView bytes) {
    Inserted result;
    auto next = std::partition_point(pieces_.begin(), pieces_.end(),
                                     [&](const Piece& piece) { return piece.end() <= offset; });
    auto at = static_cast<std::size_t>(next - pieces_.begin());
    while (!bytes.empty()) {
        std::uint64_t end = offset + bytes.size();
        if (at < pieces_.size() && pieces_[at].offset <= offset) {  // covered by a first copy
            const Piece& piece = pieces_[at];
            const auto overlap = static_cast<std::size_t>(std::min(piece.end(), end) - offset);
            result.conflict = result.conflict || differs(piece, offset, bytes);
            result.overlap_bytes += overlap;
            bytes = bytes.subspan(overlap);
            offset += overlap;
            ++at;
            continue;
        }
        if (at < pieces_.size()) end = std::min(end, pieces_[at].offset);
        const auto size = static_cast<std::size_t>(end - offset);
        Piece piece{offset, std::make_unique<std::byte[]>(size), static_cast<std::uint32_t>(size)};
        std::memcpy(piece.storage.get(), bytes.data(), size);
        pieces_.insert(pieces_.begin() + static_cast<std::ptrdiff_t>(at), std::move(piece));
        size_bytes_ += size;
        result.new_bytes += size;
        ++result.new_pieces;
        bytes = bytes.subspan(size);
        offset = end;
        ++at;
    }
    return result;
}

namespace {

PieceList::Piece piece_of(std::uint64_t offset, ByteView bytes) {
    PieceList::Piece piece{offset, std::make_unique<std::byte[]>(bytes.size()),
                           static_cast<std::uint32_t>(bytes.size())};
    std::memcpy(piece.storage.get(), bytes.data(), bytes.size());
    return piece;
}

}  // namespace

/// Takes `range` out of the piece at index `at`, which overlaps it. What is left gets memory of its
/// own size: a piece must not hold more than it is counted for.
void PieceList::cut_out(std::size_t at, const ByteRange& range) {
    const Piece piece = std::move(pieces_[at]);
    std::array<Piece, 2> left;
    std::size_t count = 0;
    size_bytes_ -= piece.size_bytes;
    if (piece.offset < range.begin)
        left[count++] = piece_of(piece.offset, piece.bytes().first(range.begin - piece.offset));
    if (piece.end() > range.end)
        left[count++] = piece_of(range.end, piece.bytes().last(piece.end() - range.end));
    const auto place = pieces_.begin() + static_cast<std::ptrdiff_t>(at);
    if (count == 0) {
        pieces_.erase(place);
        return;
    }
    for (std::size_t i = 0; i < count; ++i) size_bytes_ += left[i].size_bytes;
    *place = std::move(left[0]);
    if (count == 2) pieces_.insert(place + 1, std::move(left[1]));
}

PieceList::Inserted PieceList::insert(std::uint64_t offset, ByteView bytes, ReassemblyPolicy policy,
                                      Replaces replaces) {
    if (policy == ReassemblyPolicy::first) return insert(offset, bytes);
    const ByteRange later{offset, offset + bytes.size()};
    const auto first = std::partition_point(
        pieces_.begin(), pieces_.end(), [&](const Piece& piece) { return piece.end() <= offset; });
    auto at = static_cast<std::size_t>(first - pieces_.begin());
    std::size_t overlap = 0;
    bool conflict = false;
    while (at < pieces_.size() && pieces_[at].offset < later.end) {
        const Piece& piece = pieces_[at];
        const std::uint64_t begin = std::max(piece.offset, later.begin);
        const std::uint64_t end = std::min(piece.end(), later.end);
        const bool differ = differs(piece, offset, bytes);
        overlap += static_cast<std::size_t>(end - begin);
        conflict = conflict || differ;
        const ByteRange earlier{piece.offset, piece.end()};
        const bool same_place = earlier.begin == later.begin && earlier.end == later.end;
        if ((same_place && !differ) || !replaces(policy, earlier, later)) {
            ++at;
            continue;
        }
        cut_out(at, {begin, end});
        if (earlier.begin < later.begin) ++at;  // past what is left in front of the new bytes
        if (earlier.end > later.end) break;
    }
    Inserted result = insert(offset, bytes);
    result.new_bytes -= std::min(result.new_bytes, overlap - result.overlap_bytes);
    result.overlap_bytes = overlap;
    result.conflict = conflict;
    return result;
}

void PieceList::erase_front(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) size_bytes_ -= pieces_[i].size_bytes;
    pieces_.erase(pieces_.begin(), pieces_.begin() + static_cast<std::ptrdiff_t>(count));
    if (pieces_.empty()) clear();
}

void PieceList::clear() {
    pieces_.clear();
    pieces_.shrink_to_fit();
    size_bytes_ = 0;
}

}  // namespace persandian::flow
