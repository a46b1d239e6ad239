// SPDX-License-Identifier: Apache-2.0
//
// Finds out in which state a generation is, and brings it back to its last checkpoint. The rules:
// docs/formats/ledger.md, "Recovery". Writes nothing into the log itself; the writer does.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/ledger/checkpoint.h"
#include "daemon/ledger/errors.h"
#include "daemon/ledger/merkle.h"
#include "daemon/ledger/signer.h"
#include "daemon/ledger/storage.h"

namespace persandian::ledger {

/// Reads the slots of a generation and picks the checkpoint that counts.
struct SlotState {
    enum class Kind : std::uint8_t {
        valid,        ///< checkpoint, note, sequence and which are set
        never_begun,  ///< no checkpoint was ever acknowledged
        foreign,      ///< a sound slot, signed by another key
        damaged,      ///< no usable slot, but there was one
    };
    Kind kind = Kind::never_begun;
    Checkpoint checkpoint;
    std::string note;
    std::uint64_t sequence = 0;  ///< largest seen in a sound slot
    unsigned which = 1;          ///< slot that holds it; the other one is written next
};
[[nodiscard]] Result<SlotState> read_slots(const Storage& storage, std::uint32_t generation,
                                           const PublicKey& key);

/// The part of one segment that lies below the checkpoint.
struct SegmentExtent {
    std::uint32_t segment = 0;
    std::uint64_t records = 0;
    std::uint64_t entry_bytes = 0;
};

/// Where the writer goes on.
struct LogPosition {
    std::uint32_t segment = 0;
    std::uint64_t segment_first = 0;        ///< index of its first record
    std::uint64_t segment_entry_bytes = 0;  ///< of .ent below the checkpoint
    MerkleFrontier frontier;
    bool ends_with_close = false;
    std::vector<SegmentExtent> stale;  ///< segments whose derived files must be made again
};

/// Why the records below a checkpoint are not what it says; static text.
struct Damage {
    const char* reason = nullptr;  ///< null = none
};

/// Reads the records below `checkpoint` again, computes the root, and tells the position.
/// Changes nothing.
[[nodiscard]] Result<Damage> read_again(const Storage& storage, std::uint32_t generation,
                                        const Checkpoint& checkpoint, LogPosition& position);
/// The root of the first `size` records, which must be there.
[[nodiscard]] Result<Digest> root_of_entries(const Storage& storage, std::uint32_t generation,
                                             std::uint64_t size);

/// A tail in quarantine that no record mentions yet.
struct QuarantinedTail {
    std::uint64_t bytes = 0;
    Digest sha256;
};

/// Moves everything beyond `size` to quarantine, cuts it off, and makes .leaf and .idx what they
/// must be. Can be interrupted anywhere and run again. Returns all tails of this size.
[[nodiscard]] Result<std::vector<QuarantinedTail>> cut_tail(Storage& storage,
                                                            std::uint32_t generation,
                                                            std::uint64_t size,
                                                            const LogPosition& position);

}  // namespace persandian::ledger
