// SPDX-License-Identifier: Apache-2.0
//
// UTF-8 one character at a time, and Unicode simple case folding: what Sigma's "case-insensitive by
// default" means here. Bytes that are not UTF-8 count as one character each and fold to themselves.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace persandian::sigma {

/// A decoded character. `valid` false: the byte at this place is not the start of a character.
struct Character {
    char32_t code_point = 0;
    std::size_t size_bytes = 1;
    bool valid = false;
};

/// The character at `at` (which must be below text.size()).
[[nodiscard]] Character character_at(std::string_view text, std::size_t at) noexcept;
/// How many bytes the character has that ends before `end` (which must be above 0).
[[nodiscard]] std::size_t character_size_before(std::string_view text, std::size_t end) noexcept;
void append_utf8(std::string& out, char32_t code_point);

/// Simple case folding (CaseFolding.txt status C and S, Unicode 14). Never changes the number of
/// characters; may change the number of bytes.
[[nodiscard]] char32_t fold(char32_t code_point) noexcept;
/// Appends `text` folded.
void append_folded(std::string& out, std::string_view text);
[[nodiscard]] std::string folded(std::string_view text);

}  // namespace persandian::sigma
