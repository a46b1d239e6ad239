// SPDX-License-Identifier: Apache-2.0
//
// Text encodings shared by all rooms: hexadecimal, base64 (RFC 4648), UTF-8, JSON strings, and the
// escaping that every outside text passes before it reaches a terminal.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "detectors/base/bytes.h"

namespace persandian {

/// Lower-case hexadecimal.
[[nodiscard]] std::string hex_encode(ByteView bytes);
/// The bytes written as hexadecimal digits of either case; nullopt on odd length or other letters.
[[nodiscard]] std::optional<std::string> hex_decode(std::string_view text);

/// Standard base64 with padding (RFC 4648 section 4).
[[nodiscard]] std::string base64_encode(ByteView bytes);
/// Strict: canonical padding, no other characters, unused bits 0.
[[nodiscard]] std::optional<std::string> base64_decode(std::string_view text);

/// Whether `text` is UTF-8 without surrogates and overlong forms (RFC 3629).
[[nodiscard]] bool is_utf8(std::string_view text);

/// Appends `text` as a JSON string literal with quotes. Control characters become \u00XX; bytes
/// that are not UTF-8 become U+FFFD unless `lossless`, which writes each as \u00XX (Latin-1 value).
void append_json_string(std::string& out, std::string_view text, bool lossless = false);

/// Writes to `out`, which has room for `written.size()` bytes, what a JSON string with `written`
/// between its quotes stands for (RFC 8259 section 7), and returns it. nullopt when an escape is
/// none or half of a surrogate pair stands alone. What is not escaped is not looked at.
[[nodiscard]] std::optional<std::string_view> json_unescape(std::string_view written, char* out);

/// `text` safe for a terminal: control characters, ESC, DEL, C1 controls, bidirectional overrides
/// and bytes that are not UTF-8 become \xNN or \u{NNNN}. At most `max_bytes` of input are shown,
/// with "…" after a cut.
[[nodiscard]] std::string escape_for_terminal(std::string_view text, std::size_t max_bytes = 4096);

}  // namespace persandian
