// SPDX-License-Identifier: Apache-2.0
//
// Signs notes for tests, so that what is refused is refused for its form and not for its signature.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "daemon/ledger/signer.h"
#include "tools/verify/encoding.h"
#include "tools/verify/note.h"

namespace persandian::verify::test {

class NoteSigner {
  public:
    explicit NoteSigner(unsigned char seed = 1) {
        std::array<std::byte, 32> bytes{};
        bytes[0] = std::byte{seed};
        signer_ = ledger::MemorySigner::from_seed(bytes);
        for (std::size_t i = 0; i < key_.size(); ++i)
            key_[i] = std::to_integer<unsigned char>(signer_->public_key()[i]);
    }

    [[nodiscard]] const PublicKey& key() const { return key_; }
    [[nodiscard]] std::string signature(std::string_view message) {
        const auto bytes = signer_->sign(as_bytes(message)).value();
        return std::string(as_text(bytes));
    }
    /// "— name base64(key id || signature)\n" over `text`.
    [[nodiscard]] std::string line(std::string_view name, std::string_view text,
                                   unsigned char type = 1) {
        return raw_line(name, key_id_of(name, type, key_), signature(text));
    }
    [[nodiscard]] static std::string raw_line(std::string_view name, std::uint32_t id,
                                              std::string_view signature) {
        std::string blob;
        for (unsigned shift = 32; shift > 0; shift -= 8)
            blob += static_cast<char>((id >> (shift - 8)) & 0xFFU);
        blob += signature;
        return "\xE2\x80\x94 " + std::string(name) + " " + base64_encode(blob) + "\n";
    }
    /// A witness's line: timestamp and signature over it and the text.
    [[nodiscard]] std::string cosignature(std::string_view name, std::string_view text,
                                          std::uint64_t time, std::uint64_t claimed_time) {
        std::string blob;
        for (unsigned shift = 64; shift > 0; shift -= 8)
            blob += static_cast<char>((claimed_time >> (shift - 8)) & 0xFFU);
        blob +=
            signature("cosignature/v1\ntime " + std::to_string(time) + "\n" + std::string(text));
        return raw_line(name, key_id_of(name, 4, key_), blob);
    }

  private:
    std::unique_ptr<ledger::MemorySigner> signer_;
    PublicKey key_{};
};

inline std::string checkpoint_text(std::string_view origin, std::string_view size,
                                   char root = 'r') {
    return std::string(origin) + "\n" + std::string(size) + "\n" +
           base64_encode(std::string(32, root)) + "\n";
}

}  // namespace persandian::verify::test
