// SPDX-License-Identifier: Apache-2.0
//
// Searching texts many bytes at a time; the C library's memmem() looks at one.
#pragma once

#include <string_view>

namespace persandian {

/// Whether `needle` stands in `text`.
[[nodiscard]] bool contains(std::string_view text, std::string_view needle) noexcept;

}  // namespace persandian
