// SPDX-License-Identifier: Apache-2.0
#include "daemon/ledger/entries.h"

#include <algorithm>

#include "daemon/ledger/format.h"

namespace persandian::ledger {
namespace {
constexpr std::size_t read_ahead_bytes = 256_KiB;
static_assert(read_ahead_bytes > max_record_bytes + entry_prefix_bytes);
}  // namespace

Result<bool> EntryWalker::need(std::size_t count) {
    if (buffer_.size() - position_ >= count) return true;
    buffer_.erase(0, position_);
    buffer_offset_ += position_;
    position_ = 0;
    const std::size_t have = buffer_.size();
    buffer_.resize(read_ahead_bytes);
    const Result<std::size_t> got = file_.read_at(
        buffer_offset_ + have, std::as_writable_bytes(std::span(buffer_).subspan(have)));
    if (!got) return got.error();
    buffer_.resize(have + *got);
    return buffer_.size() >= count;
}

Result<EntryStatus> EntryWalker::next() {
    const Result<bool> has_prefix = need(entry_prefix_bytes);
    if (!has_prefix) return has_prefix.error();
    if (!*has_prefix) return position_ == buffer_.size() ? EntryStatus::end : EntryStatus::torn;
    const std::size_t length =
        ByteReader(as_bytes(buffer_).subspan(position_, entry_prefix_bytes)).u16();
    const Result<bool> has_record = need(entry_prefix_bytes + length);
    if (!has_record) return has_record.error();
    if (!*has_record) return EntryStatus::torn;
    record_ = as_bytes(buffer_).subspan(position_ + entry_prefix_bytes, length);
    position_ += entry_prefix_bytes + length;
    return EntryStatus::entry;
}

}  // namespace persandian::ledger
