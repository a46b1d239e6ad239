// SPDX-License-Identifier: Apache-2.0
//
// Small steps in reading protocols of text. All views are valid as long as their input.
#pragma once

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

#include "detectors/base/ascii.h"

namespace persandian::protocols {

/// Without blanks and tabs at both ends.
[[nodiscard]] inline std::string_view trimmed(std::string_view text) noexcept {
    constexpr std::string_view blanks = " \t";
    const std::size_t begin = text.find_first_not_of(blanks);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

/// Letters of ASCII in either case; other bytes as they are.
[[nodiscard]] inline bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept {
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
               return ascii_lower(x) == ascii_lower(y);
           });
}
[[nodiscard]] inline bool starts_with_ignoring_case(std::string_view text,
                                                    std::string_view start) noexcept {
    return equals_ignoring_case(text.substr(0, start.size()), start);
}

/// Takes the first word and the blanks behind it off the front of `text`.
[[nodiscard]] inline std::string_view take_word(std::string_view& text) noexcept {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(word.size());
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    return word;
}

/// The whole of `text` as a number without sign; nothing when it is none or does not fit.
template <class Number>
[[nodiscard]] std::optional<Number> number_in(std::string_view text, int base = 10) noexcept {
    Number value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (text.empty() || error != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

/// The three digits that a reply of FTP or SMTP begins with; empty when it does not.
[[nodiscard]] inline std::string_view reply_code(std::string_view line) noexcept {
    const std::string_view code = line.substr(0, 3);
    const bool digits = code.size() == 3 && std::all_of(code.begin(), code.end(), [](char c) {
                            return c >= '0' && c <= '9';
                        });
    return digits ? code : std::string_view{};
}

/// Printable ASCII, blanks and tabs alone.
[[nodiscard]] inline bool is_printable(std::string_view text) noexcept {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return (c >= ' ' && c <= '~') || c == '\t'; });
}

}  // namespace persandian::protocols
