// SPDX-License-Identifier: Apache-2.0
//
// SHA-256 and Ed25519 through OpenSSL. The only header of this tool behind which OpenSSL stands.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

namespace persandian::verify {

using Digest = std::array<unsigned char, 32>;
using PublicKey = std::array<unsigned char, 32>;

/// One SHA-256 computation after the other, without an allocation for each.
/// Single-threaded. Ends the program when OpenSSL has no SHA-256.
class Sha256 {
  public:
    Sha256();
    ~Sha256();
    Sha256(const Sha256&) = delete;
    Sha256& operator=(const Sha256&) = delete;

    void begin();
    void update(std::string_view bytes);
    [[nodiscard]] Digest finish();

    [[nodiscard]] Digest of(std::string_view bytes);
    /// RFC 6962 section 2.1: SHA-256(0x00 || record).
    [[nodiscard]] Digest leaf(std::string_view record);
    /// RFC 6962 section 2.1: SHA-256(0x01 || left || right).
    [[nodiscard]] Digest node(const Digest& left, const Digest& right);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

[[nodiscard]] inline std::string_view view_of(const Digest& digest) {
    return {static_cast<const char*>(static_cast<const void*>(digest.data())), digest.size()};
}

/// Pure Ed25519 (RFC 8032). False for every malformed input: wrong length, S >= L, bad point.
[[nodiscard]] bool ed25519_verify(const PublicKey& key, std::string_view message,
                                  std::string_view signature);

/// Whether the key is one of the points of small order, under which anybody can forge.
[[nodiscard]] bool is_small_order(const PublicKey& key);

}  // namespace persandian::verify
