// SPDX-License-Identifier: Apache-2.0
#include "detectors/flow/piece_list.h"

#include <algorithm>
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
