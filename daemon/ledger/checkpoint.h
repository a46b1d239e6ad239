// SPDX-License-Identifier: Apache-2.0
//
// C2SP checkpoints: three lines, signed as a note. No extension lines, ever. Built here, and parsed
// strictly: what does not build back to the same bytes is refused.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/ledger/signer.h"
#include "detectors/base/digest.h"
#include "detectors/base/result.h"

namespace persandian::ledger {

/// What a checkpoint says: this log had this many records and this root.
struct Checkpoint {
    std::string origin;  ///< "<domain>/<province>/<sensor>/<generation, 8 digits>"
    std::uint64_t size = 0;
    Digest root;
    bool operator==(const Checkpoint&) const = default;
};

/// ASCII without space, '+' and control characters, 1..128 bytes, at least one '/'.
[[nodiscard]] bool is_origin(std::string_view text);
/// The three lines with their newlines: what the signature covers.
[[nodiscard]] std::string checkpoint_text(const Checkpoint& checkpoint);
/// Signs and builds the whole note.
[[nodiscard]] Result<std::string> sign_checkpoint(const Checkpoint& checkpoint, Signer& signer);
/// Parses a note and requires a valid signature of `key` under the checkpoint's own origin. Lines
/// of other keys are ignored; a bad one of ours refuses the note. Errors: `malformed`; `permission`
/// when no line is of our key or the signature is wrong.
[[nodiscard]] Result<Checkpoint> open_checkpoint(std::string_view note, const PublicKey& key);
/// Parses without looking at signatures (their form is checked). For display only.
[[nodiscard]] Result<Checkpoint> parse_checkpoint(std::string_view note);
/// The generation at the end of an origin; nullopt when it is not 8 digits, or 0.
[[nodiscard]] std::optional<std::uint32_t> generation_of(std::string_view origin);

}  // namespace persandian::ledger
