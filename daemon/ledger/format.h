// SPDX-License-Identifier: Apache-2.0
//
// Constants of the ledger's format. Source: docs/formats/ledger.md, which is the contract; C2SP
// signed-note, tlog-checkpoint, tlog-tiles, tlog-proof; RFC 6962 section 2.1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "detectors/base/units.h"

namespace persandian::ledger {

/// The uint16 length prefix of an entry bounds a record (C2SP tlog-tiles).
inline constexpr std::size_t max_record_bytes = 65'535;
inline constexpr std::size_t entry_prefix_bytes = 2;
inline constexpr std::size_t leaf_bytes = 32;
/// Records per entry bundle and hashes per tile; segments end at a multiple of it.
inline constexpr std::uint64_t tile_width = 256;
/// A segment ends at whichever comes first, rounded up to the next multiple of tile_width.
inline constexpr std::uint64_t default_segment_records = 1'048'576;
inline constexpr std::uint64_t default_segment_bytes = 1_GiB;

/// One commit holds at most this much; a longer batch becomes several commits.
inline constexpr std::size_t max_commit_records = 4'096;
inline constexpr std::size_t max_commit_bytes = 4_MiB;

inline constexpr std::size_t slot_bytes = 16'384;
inline constexpr std::string_view slot_magic = "PSDCMT01";
inline constexpr std::size_t slot_header_bytes = 20;
inline constexpr std::size_t max_note_bytes = slot_bytes - slot_header_bytes - 4 - 8;

inline constexpr std::size_t max_origin_bytes = 128;
/// Signature lines a note may carry; C2SP asks for at least 16.
inline constexpr std::size_t max_note_signatures = 64;
inline constexpr std::byte ed25519_key_type{0x01};
inline constexpr std::size_t ed25519_public_bytes = 32;
inline constexpr std::size_t ed25519_signature_bytes = 64;

/// Largest tree: sizes and indexes stay exact in signed 64-bit readers.
inline constexpr std::uint64_t max_tree_size = std::uint64_t{1} << 63U;

/// Nesting of a record's JSON.
inline constexpr std::size_t max_record_depth = 32;

}  // namespace persandian::ledger
