// SPDX-License-Identifier: Apache-2.0
#include "daemon/ledger/tree_view.h"

#include <algorithm>
#include <bit>
#include <span>

#include "daemon/ledger/entries.h"
#include "daemon/ledger/format.h"
#include "daemon/ledger/paths.h"

namespace persandian::ledger {
namespace {

constexpr unsigned tile_level = 8;
static_assert(std::uint64_t{1} << tile_level == tile_width);
constexpr std::uint64_t leaves_per_read = 4'096;

constexpr Error bad_leaf_file{ErrorCode::malformed, "the leaf file does not fit the checkpoint"};
constexpr Error changed{ErrorCode::malformed, "the ledger's data differ from what is signed"};

Digest fold(std::span<const Digest> hashes) {
    MerkleFrontier frontier;
    for (const Digest& hash : hashes) frontier.append(hash);
    return frontier.root();
}

Digest digest_at(ByteView bytes, std::size_t i) {
    Digest out;
    std::ranges::copy(bytes.subspan(i * leaf_bytes, leaf_bytes), out.bytes.begin());
    return out;
}

/// Leaf hashes [first, first + count) of a segment, from its .leaf file.
Result<std::string> read_leaf_bytes(const File& file, std::uint64_t first, std::uint64_t count) {
    std::string bytes(count * leaf_bytes, '\0');
    const auto got = file.read_at(first * leaf_bytes, std::as_writable_bytes(std::span(bytes)));
    if (!got) return got.error();
    if (*got != bytes.size()) return bad_leaf_file;
    return bytes;
}

}  // namespace

void TreeView::State::add(const Digest& leaf) {
    partial.push_back(leaf);
    if (partial.size() < tile_width) return;
    tiles.push_back(fold(partial));
    full.append_subtree(tiles.back(), tile_level);
    partial.clear();
}

Digest TreeView::State::root() const {
    MerkleFrontier frontier = full;
    for (const Digest& leaf : partial) frontier.append(leaf);
    return frontier.root();
}

Result<void> TreeView::extend(const Checkpoint& checkpoint) {
    if (checkpoint.size < size_)
        return Error{ErrorCode::limit, "the checkpoint is smaller than what was seen before"};
    State next = state_;
    Result<void> done = Error{ErrorCode::malformed, ""};
    if (!next.from_entries) done = read_leaves(next, checkpoint.size);
    if (!done || next.root() != checkpoint.root) {
        next = {};
        next.from_entries = true;
        done = read_entries(next, checkpoint.size);
        if (!done) return done;
        if (next.root() != checkpoint.root) return changed;
        // What was shown before must still be there.
        const auto old = std::span(state_.tiles);
        if (!std::equal(old.begin(), old.end(), next.tiles.begin())) return changed;
    }
    state_ = std::move(next);
    size_ = checkpoint.size;
    cached_tile_ = none;
    return {};
}

Result<void> TreeView::read_leaves(State& state, std::uint64_t size) const {
    std::uint64_t have = state.tiles.size() * tile_width + state.partial.size();
    std::uint64_t first = 0;
    state.segments.clear();
    for (std::uint32_t number = 0; first < size; ++number) {
        const auto file = storage_.open_read(paths::segment(generation_, number, "leaf"));
        if (!file) return file.error();
        const Result<std::uint64_t> bytes = (*file)->size();
        if (!bytes) return bytes.error();
        const std::uint64_t records = std::min(*bytes / leaf_bytes, size - first);
        if (records == 0 || (first + records < size && records % tile_width != 0))
            return bad_leaf_file;
        state.segments.push_back({.number = number, .first = first, .records = records});
        while (have < first + records) {
            const std::uint64_t count = std::min(leaves_per_read, first + records - have);
            const Result<std::string> leaves = read_leaf_bytes(**file, have - first, count);
            if (!leaves) return leaves.error();
            for (std::size_t i = 0; i < count; ++i) state.add(digest_at(as_bytes(*leaves), i));
            have += count;
        }
        first += records;
    }
    return {};
}

Result<void> TreeView::read_entries(State& state, std::uint64_t size) const {
    std::uint64_t index = 0;
    for (std::uint32_t number = 0; index < size; ++number) {
        const auto file = storage_.open_read(paths::segment(generation_, number, "ent"));
        if (!file && file.error().code == ErrorCode::not_found) return changed;
        if (!file) return file.error();
        Segment segment{.number = number, .first = index};
        EntryWalker walker(**file);
        while (index < size) {
            const std::uint64_t offset = walker.offset();
            const Result<EntryStatus> status = walker.next();
            if (!status) return status.error();
            if (*status == EntryStatus::torn) return changed;
            if (*status == EntryStatus::end) break;
            if (segment.records % tile_width == 0) segment.offsets.push_back(offset);
            state.add(leaf_hash(walker.record()));
            ++segment.records;
            ++index;
        }
        if (segment.records == 0 || (index < size && segment.records % tile_width != 0))
            return changed;
        state.segments.push_back(std::move(segment));
    }
    return {};
}

const TreeView::Segment& TreeView::segment_at(std::uint64_t index) const {
    PERSANDIAN_CHECK(index < size_);
    const auto behind = std::ranges::upper_bound(state_.segments, index, {}, &Segment::first);
    return *std::prev(behind);
}

std::uint32_t TreeView::segment_of(std::uint64_t index) const {
    return segment_at(index).number;
}

Result<std::vector<Digest>> TreeView::tile_leaves(std::uint64_t tile) {
    if (tile == state_.tiles.size()) return state_.partial;
    if (tile == cached_tile_) return tile_;
    std::vector<Digest> leaves;
    if (state_.from_entries) {
        const Result<void> loaded = load_bundle(tile);
        if (!loaded) return loaded.error();
        for (const std::string& record : bundle_) leaves.push_back(leaf_hash(as_bytes(record)));
    } else {
        const Segment& segment = segment_at(tile * tile_width);
        const auto file = storage_.open_read(paths::segment(generation_, segment.number, "leaf"));
        if (!file) return file.error();
        const Result<std::string> bytes =
            read_leaf_bytes(**file, tile * tile_width - segment.first, tile_width);
        if (!bytes) return bytes.error();
        for (std::size_t i = 0; i < tile_width; ++i)
            leaves.push_back(digest_at(as_bytes(*bytes), i));
    }
    if (fold(leaves) != state_.tiles[tile]) return changed;
    cached_tile_ = tile;
    tile_ = leaves;
    return leaves;
}

Result<std::uint64_t> TreeView::bundle_offset(const Segment& segment, std::uint64_t bundle) const {
    const std::uint64_t i = bundle - segment.first / tile_width;
    if (state_.from_entries) return segment.offsets[i];
    const auto file = storage_.open_read(paths::segment(generation_, segment.number, "idx"));
    if (!file) return file.error();
    std::array<std::byte, 8> bytes{};
    const auto got = (*file)->read_at(i * bytes.size(), bytes);
    if (!got) return got.error();
    if (*got != bytes.size()) return changed;
    return ByteReader(bytes).u64();
}

Result<void> TreeView::load_bundle(std::uint64_t bundle) {
    if (bundle == cached_bundle_ && cached_bundle_size_ == size_) return {};
    cached_bundle_ = none;
    const Segment& segment = segment_at(bundle * tile_width);
    const Result<std::uint64_t> offset = bundle_offset(segment, bundle);
    if (!offset) return offset.error();
    const auto file = storage_.open_read(paths::segment(generation_, segment.number, "ent"));
    if (!file) return file.error();
    bundle_.clear();
    EntryWalker walker(**file, *offset);
    const std::uint64_t count = std::min(tile_width, size_ - bundle * tile_width);
    while (bundle_.size() < count) {
        const Result<EntryStatus> status = walker.next();
        if (!status) return status.error();
        if (*status != EntryStatus::entry) return changed;
        bundle_.emplace_back(as_text(walker.record()));
    }
    cached_bundle_ = bundle;
    cached_bundle_size_ = size_;
    return {};
}

Result<Digest> TreeView::leaf(std::uint64_t index) {
    if (index >= size_) return Error{ErrorCode::not_found, "no such record"};
    const Result<std::vector<Digest>> leaves = tile_leaves(index / tile_width);
    if (!leaves) return leaves.error();
    return (*leaves)[index % tile_width];
}

Result<std::string> TreeView::record(std::uint64_t index) {
    const Result<Digest> expected = leaf(index);
    if (!expected) return expected.error();
    const Result<void> loaded = load_bundle(index / tile_width);
    if (!loaded) return loaded.error();
    const std::string& found = bundle_[index % tile_width];
    if (leaf_hash(as_bytes(found)) != *expected) return changed;
    return found;
}

Result<Digest> TreeView::subtree(unsigned level, std::uint64_t index) {
    const std::uint64_t count = std::uint64_t{1} << level;
    PERSANDIAN_CHECK(index < size_ / count);
    if (level >= tile_level) {
        const std::uint64_t tiles = count / tile_width;
        return fold(std::span(state_.tiles).subspan(index * tiles, tiles));
    }
    const std::uint64_t first = index * count;
    const Result<std::vector<Digest>> leaves = tile_leaves(first / tile_width);
    if (!leaves) return leaves.error();
    return fold(std::span(*leaves).subspan(first % tile_width, count));
}

}  // namespace persandian::ledger
