// SPDX-License-Identifier: Apache-2.0
//
// Reads the entries of one segment in order: uint16 big-endian length, then the record.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "daemon/ledger/storage.h"
#include "detectors/base/bytes.h"
#include "detectors/base/result.h"

namespace persandian::ledger {

/// What EntryWalker::next() found.
enum class EntryStatus : std::uint8_t {
    entry,  ///< record() is it
    end,    ///< the file ends between two entries
    torn,   ///< the file ends within an entry
};

/// `file` must outlive it. Reads ahead in large pieces.
class EntryWalker {
  public:
    explicit EntryWalker(const File& file, std::uint64_t offset = 0)
        : file_(file), buffer_offset_(offset) {}

    [[nodiscard]] Result<EntryStatus> next();
    /// The record last found. Valid until the next call of next().
    [[nodiscard]] ByteView record() const PERSANDIAN_LIFETIME_BOUND { return record_; }
    /// Offset in the file behind the record last found.
    [[nodiscard]] std::uint64_t offset() const { return buffer_offset_ + position_; }

  private:
    /// Makes `count` bytes available from position_ on, if the file has them.
    Result<bool> need(std::size_t count);

    const File& file_;
    std::string buffer_;
    std::uint64_t buffer_offset_ = 0;  ///< of buffer_[0] in the file
    std::size_t position_ = 0;
    ByteView record_;
};

}  // namespace persandian::ledger
