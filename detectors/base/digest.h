// SPDX-License-Identifier: Apache-2.0
//
// Hash functions (OpenSSL) and their text forms. SHA-256 names evidence, rules and ledger leaves;
// SHA-1 and MD5 exist only for identities that others defined (community-id, JA3) and are never
// used for security.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "detectors/base/bytes.h"

struct evp_md_ctx_st;  // OpenSSL's EVP_MD_CTX

namespace persandian {

/// A SHA-256 value.
struct Digest {
    std::array<std::byte, 32> bytes{};
    auto operator<=>(const Digest&) const = default;
    [[nodiscard]] std::string hex() const;
    /// 64 hexadecimal digits, either case.
    [[nodiscard]] static std::optional<Digest> from_hex(std::string_view text);
};

/// SHA-256 of the concatenation of `parts`.
[[nodiscard]] Digest sha256(std::initializer_list<ByteView> parts);
[[nodiscard]] inline Digest sha256(ByteView bytes) {
    return sha256({bytes});
}
[[nodiscard]] std::array<std::byte, 20> sha1(ByteView bytes);
[[nodiscard]] std::array<std::byte, 16> md5(ByteView bytes);

/// Hashes what comes piece by piece.
class Hasher {
  public:
    enum class Algorithm : std::uint8_t { md5, sha1, sha256 };
    explicit Hasher(Algorithm algorithm);
    ~Hasher();
    Hasher(Hasher&&) noexcept;
    Hasher& operator=(Hasher&&) noexcept;

    void add(ByteView bytes);
    /// The digest in hexadecimal. Last call.
    [[nodiscard]] std::string finish();

  private:
    struct Free {
        void operator()(evp_md_ctx_st* context) const noexcept;
    };
    std::unique_ptr<evp_md_ctx_st, Free> context_;
};

}  // namespace persandian
