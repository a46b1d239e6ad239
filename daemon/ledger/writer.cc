// SPDX-License-Identifier: Apache-2.0
//
// Group commit: the order of docs/formats/ledger.md, "Order of writing". Opening is in
// writer_open.cc.
#include "daemon/ledger/writer.h"

#include "daemon/ledger/slot.h"
#include "daemon/ledger/writer_impl.h"

namespace persandian::ledger {

Result<IndexRange> LedgerWriter::Impl::append(std::span<const incident::RecordDraft> drafts) {
    if (failure_) return *failure_;
    for (const incident::RecordDraft& draft : drafts)
        if (!is_caller_kind(draft.kind))
            return Error{ErrorCode::malformed, "the ledger does not know this kind of record"};
    return append_checked(drafts);
}

Result<IndexRange> LedgerWriter::Impl::append_checked(
    std::span<const incident::RecordDraft> drafts) {
    const IndexRange range{.first = state_.size, .count = drafts.size()};
    Result<void> done = compose(drafts);
    if (!done) return done.error();
    std::size_t begin = 0;
    while (begin < drafts.size()) {
        const std::size_t end = group_end(begin);
        done = commit(drafts, begin, end);
        if (!done) {
            failure_ = done.error();
            return done.error();
        }
        begin = end;
    }
    return range;
}

Result<void> LedgerWriter::Impl::compose(std::span<const incident::RecordDraft> drafts) {
    const ClockReading reading = clock_.read();
    mono_ns_ = std::max(mono_ns_, reading.monotonic_ns - mono_start_ns_);
    composer_.begin({.origin = state_.origin,
                     .boot = boot_,
                     .now = reading.now,
                     .mono_ns = mono_ns_,
                     .error_bound_ns = reading.error_bound_ns});
    entries_.clear();
    ends_.clear();
    leaves_.clear();
    for (const incident::RecordDraft& draft : drafts) {
        check_promises(draft);
        const std::size_t begin = entries_.size();
        const Result<void> added = composer_.append(entries_, state_.size + ends_.size(), draft,
                                                    options_.record_limit_bytes);
        if (!added) return added;
        ends_.push_back(entries_.size());
        leaves_.push_back(leaf_hash(as_bytes(entries_).subspan(begin + entry_prefix_bytes)));
    }
    return {};
}

std::size_t LedgerWriter::Impl::entry_begin(std::size_t i) const {
    return i == 0 ? 0 : ends_[i - 1];
}

bool LedgerWriter::Impl::is_segment_full(std::uint64_t records, std::uint64_t bytes) const {
    return records % tile_width == 0 &&
           (records >= options_.segment_records || bytes >= options_.segment_bytes);
}

std::size_t LedgerWriter::Impl::group_end(std::size_t begin) const {
    // The segment that takes the group: the present one, or the next one when it is full.
    const bool full = is_segment_full(files_.segment_records(), files_.segment_entry_bytes());
    const std::uint64_t records = full ? 0 : files_.segment_records();
    const std::uint64_t bytes = full ? 0 : files_.segment_entry_bytes();
    std::size_t end = begin;
    while (end < ends_.size()) {
        const std::size_t group_bytes = ends_[end] - entry_begin(begin);
        const std::size_t count = end - begin + 1;
        if (count > max_commit_records || (count > 1 && group_bytes > max_commit_bytes)) break;
        ++end;
        if (is_segment_full(records + count, bytes + group_bytes)) break;
    }
    return end;
}

Result<void> LedgerWriter::Impl::commit(std::span<const incident::RecordDraft> drafts,
                                        std::size_t begin, std::size_t end) {
    Result<void> done;
    if (is_segment_full(files_.segment_records(), files_.segment_entry_bytes()))
        done = files_.next_segment();
    if (done) done = evidence_.store(drafts.subspan(begin, end - begin));
    if (!done) return done;

    disclosure_lines_.clear();
    for (std::size_t i = begin; i < end; ++i)
        for (const incident::Disclosure& disclosure : drafts[i].disclosures)
            append_disclosure_line(disclosure_lines_, state_.size + (i - begin), disclosure);
    done = files_.write_disclosures(disclosure_lines_);
    if (!done) return done;

    const std::size_t first_byte = entry_begin(begin);
    const ByteView entries = as_bytes(entries_).subspan(first_byte, ends_[end - 1] - first_byte);
    derive(begin, end);
    done = files_.write_entries(entries);
    if (done)
        done = files_.write_derived(std::as_bytes(std::span(leaf_bytes_)), as_bytes(offsets_));
    if (!done) return done;
    return sign(entries, begin, end);
}

/// Bytes for .leaf and .idx of records [begin, end), before they are written.
void LedgerWriter::Impl::derive(std::size_t begin, std::size_t end) {
    leaf_bytes_.assign(leaves_.begin() + static_cast<std::ptrdiff_t>(begin),
                       leaves_.begin() + static_cast<std::ptrdiff_t>(end));
    offsets_.clear();
    for (std::size_t i = begin; i < end; ++i) {
        if ((files_.segment_records() + (i - begin)) % tile_width != 0) continue;
        const std::uint64_t offset =
            files_.segment_entry_bytes() + entry_begin(i) - entry_begin(begin);
        for (unsigned shift = 64; shift > 0; shift -= 8)
            offsets_ += static_cast<char>((offset >> (shift - 8)) & 0xFFU);
    }
}

/// Computes leaf hashes and root a second time from the bytes that were written: a bit that flipped
/// in memory must not be signed (a whole log was lost to that).
std::optional<Digest> LedgerWriter::Impl::root_computed_twice(ByteView entries, std::size_t begin,
                                                              std::size_t end) {
    MerkleFrontier first = frontier_;
    for (std::size_t i = begin; i < end; ++i) first.append(leaves_[i]);
    MerkleFrontier second = frontier_;
    ByteReader reader(entries);
    for (std::size_t i = begin; i < end; ++i) {
        const std::uint16_t length = reader.u16();
        second.append(leaf_hash(reader.take(length)));
    }
    if (!reader.ok() || !reader.at_end() || first.root() != second.root()) return std::nullopt;
    frontier_ = std::move(second);
    return first.root();
}

Result<void> LedgerWriter::Impl::sign(ByteView entries, std::size_t begin, std::size_t end) {
    const std::optional<Digest> root = root_computed_twice(entries, begin, end);
    if (!root) return Error{ErrorCode::io, "memory error: two hashes of the same records differ"};
    Checkpoint next{.origin = state_.origin, .size = state_.size + (end - begin), .root = *root};
    PERSANDIAN_CHECK(next.size == frontier_.size() && next.size > state_.size);
    Result<std::string> note = sign_checkpoint(next, signer_);
    if (!note) return note.error();
    const Result<Checkpoint> opened = open_checkpoint(*note, signer_.public_key());
    if (!opened || *opened != next)
        return Error{ErrorCode::io, "the signing key made a wrong signature"};
    const unsigned which = 1 - slot_;
    const Result<void> written =
        files_.write_slot(which, encode_slot({.sequence = slot_sequence_ + 1, .note = *note}));
    if (!written) return written;
    slot_ = which;
    ++slot_sequence_;
    state_ = std::move(next);
    note_ = std::move(*note);
    return {};
}

LedgerWriter::LedgerWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
LedgerWriter::~LedgerWriter() = default;

Result<IndexRange> LedgerWriter::append(std::span<const incident::RecordDraft> drafts) {
    return impl_->append(drafts);
}

Result<void> LedgerWriter::close(std::string_view reason) {
    incident::RecordDraft draft{.kind = "close", .members = ",\"reason\":"};
    append_json_string(draft.members, reason);
    const Result<IndexRange> written = impl_->append(std::span(&draft, 1));
    if (!written) return written.error();
    impl_->failure_ = Error{ErrorCode::conflict, "the ledger was closed"};
    return {};
}

const std::optional<Error>& LedgerWriter::failed() const {
    return impl_->failure_;
}
const Checkpoint& LedgerWriter::checkpoint() const {
    return impl_->state_;
}
const std::string& LedgerWriter::checkpoint_note() const {
    return impl_->note_;
}
const OpenReport& LedgerWriter::report() const {
    return impl_->report_;
}

}  // namespace persandian::ledger
