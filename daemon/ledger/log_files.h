// SPDX-License-Identifier: Apache-2.0
//
// The open files of the generation that is written: the segment's three, its disclosures, the two
// commit slots. Knows offsets, not meaning.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "daemon/ledger/recovery.h"
#include "daemon/ledger/storage.h"
#include "detectors/base/result.h"

namespace persandian::ledger {

/// Single-threaded; `storage` must outlive it.
class LogFiles {
  public:
    explicit LogFiles(Storage& storage) : storage_(storage) {}

    /// Makes the folders and slots of a generation, durably. Fine when they are there.
    [[nodiscard]] Result<void> make_generation(std::uint32_t generation);
    /// Opens the segment at `position` for writing behind its `records` records.
    [[nodiscard]] Result<void> open(std::uint32_t generation, const LogPosition& position);
    /// Finishes the segment and begins the next one at record `first`.
    [[nodiscard]] Result<void> next_segment();

    /// Durable when it returns.
    [[nodiscard]] Result<void> write_disclosures(const std::string& lines);
    [[nodiscard]] Result<void> write_entries(ByteView entries);
    /// Derived: not synced before the segment ends.
    [[nodiscard]] Result<void> write_derived(ByteView leaves, ByteView offsets);
    [[nodiscard]] Result<void> write_slot(unsigned which, const std::string& slot);

    [[nodiscard]] std::uint64_t segment_records() const { return records_; }
    [[nodiscard]] std::uint64_t segment_entry_bytes() const { return entry_bytes_; }

  private:
    Result<void> open_segment(std::uint32_t segment, std::uint64_t records,
                              std::uint64_t entry_bytes);

    Storage& storage_;
    std::uint32_t generation_ = 0;
    std::uint32_t segment_ = 0;
    std::uint64_t records_ = 0;
    std::uint64_t entry_bytes_ = 0;
    std::uint64_t offsets_ = 0;  ///< entries of .idx
    std::unique_ptr<File> entries_;
    std::unique_ptr<File> leaves_;
    std::unique_ptr<File> index_;
    std::unique_ptr<File> disclosures_;  ///< opened when there is something to disclose
    std::unique_ptr<File> slots_[2];
};

}  // namespace persandian::ledger
