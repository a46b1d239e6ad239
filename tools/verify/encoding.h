// SPDX-License-Identifier: Apache-2.0
//
// Text encodings, each accepted in one spelling only: what decodes is what the writer would have
// written, so that no byte can change without being noticed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace persandian::verify {

[[nodiscard]] std::string hex_encode(std::string_view bytes);
/// Lower-case digits only, even length.
[[nodiscard]] std::optional<std::string> hex_decode(std::string_view text);
[[nodiscard]] std::string base64_encode(std::string_view bytes);
/// RFC 4648 section 4: canonical padding, unused bits zero, nothing else.
[[nodiscard]] std::optional<std::string> base64_decode(std::string_view text);
/// Decimal without sign and leading zeros, at most 2^64-1.
[[nodiscard]] std::optional<std::uint64_t> decimal_decode(std::string_view text);
/// RFC 3629: no overlong forms, no surrogates.
[[nodiscard]] bool is_utf8(std::string_view text);
/// Length of the UTF-8 sequence at the start of `text`; 0 when it is not UTF-8.
[[nodiscard]] std::size_t utf8_length(std::string_view text);
/// CRC-32C (Castagnoli), RFC 3720 appendix B.4.
[[nodiscard]] std::uint32_t crc32c(std::string_view bytes);
/// Exactly `count` (<= 8) bytes at the start of `bytes` as a big-endian number.
[[nodiscard]] std::uint64_t big_endian(std::string_view bytes, std::size_t count);
/// A JSON string literal as the writer spells it: \" \\ \n, \u00xx for other control characters and
/// DEL, all else as it is.
void append_json_string(std::string& out, std::string_view text);
/// `text` safe for a terminal and for one line: other than printable characters becomes \xNN.
[[nodiscard]] std::string printable(std::string_view text, std::size_t max_bytes = 200);

}  // namespace persandian::verify
