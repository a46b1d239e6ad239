// SPDX-License-Identifier: Apache-2.0
//
// Searching texts many bytes at a time, with AVX2 where the processor has it.
#pragma once

#include <string_view>

namespace persandian {

/// Where `needle` first stands in `text`; npos when it does not.
[[nodiscard]] std::size_t find(std::string_view text, std::string_view needle) noexcept;
[[nodiscard]] inline bool contains(std::string_view text, std::string_view needle) noexcept {
    return find(text, needle) != std::string_view::npos;
}
/// Whether no byte of `text` is above 127.
[[nodiscard]] bool is_ascii(std::string_view text) noexcept;
/// Whether the processor has AVX2, for searches of the same kind elsewhere.
[[nodiscard]] bool has_avx2() noexcept;

}  // namespace persandian
