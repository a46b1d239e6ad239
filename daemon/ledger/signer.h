// SPDX-License-Identifier: Apache-2.0
//
// Ed25519 for the ledger: the key that signs checkpoints, its files, its C2SP names. `Signer` is an
// interface so that the key may later live in another process or a security module.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "daemon/ledger/format.h"
#include "daemon/ledger/storage.h"
#include "detectors/base/bytes.h"
#include "detectors/base/random.h"
#include "detectors/base/result.h"

namespace persandian::ledger {

using PublicKey = std::array<std::byte, ed25519_public_bytes>;
using Signature = std::array<std::byte, ed25519_signature_bytes>;

class Signer {
  public:
    virtual ~Signer() = default;
    [[nodiscard]] virtual const PublicKey& public_key() const = 0;
    /// Ed25519 (RFC 8032, pure) over `message`. Error `io` when the key cannot be reached.
    [[nodiscard]] virtual Result<Signature> sign(ByteView message) = 0;
};

/// A key in this process's memory, wiped when destroyed.
class MemorySigner : public Signer {
  public:
    /// Draws a new key.
    [[nodiscard]] static std::unique_ptr<MemorySigner> generate(RandomSource& random);
    /// The key of a 32-byte seed (RFC 8032 "private key").
    [[nodiscard]] static std::unique_ptr<MemorySigner> from_seed(
        std::span<const std::byte, 32> seed);
    /// Reads PKCS#8 PEM, unencrypted. `malformed` when it is not an Ed25519 key.
    [[nodiscard]] static Result<std::unique_ptr<MemorySigner>> from_pem(std::string_view pem);
    /// PKCS#8 PEM, unencrypted.
    [[nodiscard]] virtual std::string private_pem() const = 0;
};

/// SubjectPublicKeyInfo PEM, as `openssl pkey -pubin` reads it.
[[nodiscard]] std::string public_key_pem(const PublicKey& key);
[[nodiscard]] Result<PublicKey> parse_public_key_pem(std::string_view pem);
[[nodiscard]] bool verify_signature(const PublicKey& key, ByteView message,
                                    const Signature& signature);

/// First 4 bytes of SHA-256(name || 0x0A || 0x01 || key) (C2SP signed-note).
[[nodiscard]] std::uint32_t key_id(std::string_view name, const PublicKey& key);
/// "<name>+<key id, 8 hex digits>+<base64(0x01 || key)>"
[[nodiscard]] std::string vkey(std::string_view name, const PublicKey& key);
struct NamedKey {
    std::string name;
    PublicKey key{};
};
/// Strict; `malformed` when the key id does not fit, `unsupported` for other key types.
[[nodiscard]] Result<NamedKey> parse_vkey(std::string_view text);

}  // namespace persandian::ledger
