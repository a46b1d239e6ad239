// SPDX-License-Identifier: Apache-2.0
//
// Letters of ASCII, whatever the locale. Bytes above 127 are no letters. Unicode folds in
// detectors/sigma/modifiers/utf8.h.
#pragma once

#include <string>
#include <string_view>

namespace persandian {

[[nodiscard]] constexpr bool is_ascii_capital(char c) noexcept {
    return c >= 'A' && c <= 'Z';
}
[[nodiscard]] constexpr char ascii_lower(char c) noexcept {
    return is_ascii_capital(c) ? static_cast<char>(c + ('a' - 'A')) : c;
}
[[nodiscard]] constexpr char ascii_upper(char c) noexcept {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c;
}
[[nodiscard]] constexpr bool is_ascii_letter(char c) noexcept {
    return is_ascii_capital(ascii_upper(c));
}
[[nodiscard]] inline std::string ascii_lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) c = ascii_lower(c);
    return out;
}

}  // namespace persandian
