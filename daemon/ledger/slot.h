// SPDX-License-Identifier: Apache-2.0
//
// The commit slot: 16 KiB that hold one signed checkpoint with a sequence number and a CRC. Two are
// written in turn, so that a torn write leaves the other. Format: docs/formats/ledger.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "detectors/base/bytes.h"
#include "detectors/base/result.h"

namespace persandian::ledger {

struct Slot {
    std::uint64_t sequence = 0;
    std::string note;
};

/// CRC-32C (Castagnoli), as in RFC 3720.
[[nodiscard]] std::uint32_t crc32c(ByteView bytes);
/// Exactly slot_bytes bytes. `note` has 1..max_note_bytes bytes.
[[nodiscard]] std::string encode_slot(const Slot& slot);
/// `not_found` when it was never written (empty or all zero), else `malformed`.
[[nodiscard]] Result<Slot> decode_slot(ByteView bytes);

}  // namespace persandian::ledger
