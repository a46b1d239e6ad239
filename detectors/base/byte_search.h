// SPDX-License-Identifier: Apache-2.0
//
// Searching texts many bytes at a time, with AVX2 where the processor has it.
#pragma once

#include <string_view>

namespace persandian {

/// Whether `needle` stands in `text`.
[[nodiscard]] bool contains(std::string_view text, std::string_view needle) noexcept;
/// Whether no byte of `text` is above 127.
[[nodiscard]] bool is_ascii(std::string_view text) noexcept;

}  // namespace persandian
