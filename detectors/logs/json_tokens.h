// SPDX-License-Identifier: Apache-2.0
//
// JsonTokens: where the tokens of a JSON text begin, found by simdjson, which also sees to it that
// the text is UTF-8, that strings end and that no bare control character stands in one (RFC 8259
// section 7). What the tokens mean is the reader's business.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace persandian::logs {

class JsonTokens {
  public:
    /// How many bytes beyond its end a text must allow to be read.
    static constexpr std::size_t padding_bytes = 64;

    JsonTokens();
    ~JsonTokens();
    JsonTokens(const JsonTokens&) = delete;
    JsonTokens& operator=(const JsonTokens&) = delete;
    JsonTokens(JsonTokens&&) = delete;
    JsonTokens& operator=(JsonTokens&&) = delete;

    /// Offsets of braces, brackets, colons, commas, and of the first byte of each string and other
    /// scalar, ascending; the text's size last. Empty when the text is not as said above. Valid
    /// until the next call.
    [[nodiscard]] std::span<const std::uint32_t> find(std::string_view text);

  private:
    struct Parser;
    std::unique_ptr<Parser> parser_;
};

}  // namespace persandian::logs
