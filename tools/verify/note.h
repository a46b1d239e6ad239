// SPDX-License-Identifier: Apache-2.0
//
// C2SP signed notes, checkpoints, public keys, cosignatures, and the ledger's commit slot.
// Everything is accepted in one spelling only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tools/verify/digest.h"

namespace persandian::verify {

inline constexpr std::size_t max_origin_bytes = 128;
inline constexpr std::size_t max_note_bytes = 16'352;
inline constexpr std::size_t max_note_signatures = 64;
inline constexpr std::size_t slot_bytes = 16'384;

struct NoteSignature {
    std::string name;
    std::uint32_t key_id = 0;
    std::string signature;  ///< what follows the key id
};

struct Checkpoint {
    std::string origin;
    std::uint64_t size = 0;
    Digest root{};
    std::string text;  ///< the three lines: what is signed
    std::vector<NoteSignature> signatures;
};

/// Null-terminated static text says what is wrong.
using Fault = const char*;

/// A note whose text is exactly the three lines of a checkpoint.
[[nodiscard]] std::variant<Checkpoint, Fault> parse_checkpoint(std::string_view note);

/// ASCII 0x21..0x7E without '+', 1..128 bytes.
[[nodiscard]] bool is_origin(std::string_view text);
/// The origin without its last component, and that component; nullopt unless it is 8 digits.
struct OriginParts {
    std::string_view log;         ///< valid as long as the origin
    std::string_view generation;  ///< "00000001"
};
[[nodiscard]] std::optional<OriginParts> split_origin(std::string_view origin);

/// First 4 bytes of SHA-256(name || 0x0A || type || key), big-endian.
[[nodiscard]] std::uint32_t key_id_of(std::string_view name, unsigned char type,
                                      const PublicKey& key);

/// A public key as the auditor gives it.
struct KeyFile {
    PublicKey key{};
    std::string origin;  ///< empty when the file (PEM) names none
};
/// PEM (SubjectPublicKeyInfo of Ed25519) or one C2SP vkey line, type 0x01.
[[nodiscard]] std::variant<KeyFile, Fault> parse_key_file(std::string_view text);
/// One vkey of the given type: name+8 hex digits+base64(type || key).
[[nodiscard]] std::variant<KeyFile, Fault> parse_vkey(std::string_view line, unsigned char type);
/// The one spelling of the files that stand in a ledger.
[[nodiscard]] std::string pem_of(const PublicKey& key);
[[nodiscard]] std::string vkey_of(std::string_view origin, const PublicKey& key);

enum class SignatureState : std::uint8_t { good, bad, absent };
/// Looks for the log's own signature (type 0x01, name = origin). A line with the right name and
/// key id whose signature is wrong makes the whole note bad, whatever else stands beside it.
[[nodiscard]] SignatureState check_log_signature(const Checkpoint& checkpoint,
                                                 const PublicKey& key);

/// A witness's cosignature (C2SP cosignature/v1, type 0x04).
struct Cosignature {
    SignatureState state = SignatureState::absent;
    std::uint64_t time = 0;  ///< seconds since 1970
};
[[nodiscard]] Cosignature check_cosignature(const Checkpoint& checkpoint, std::string_view name,
                                            const PublicKey& key);

struct Slot {
    std::uint64_t sequence = 0;
    std::string note;
};
struct UnwrittenSlot {};
/// `bytes`: the whole file. UnwrittenSlot when it is empty or all zero.
[[nodiscard]] std::variant<Slot, UnwrittenSlot, Fault> parse_slot(std::string_view bytes);

}  // namespace persandian::verify
