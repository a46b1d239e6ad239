// SPDX-License-Identifier: Apache-2.0
//
// UTF-16 for the modifiers wide, utf16le, utf16be and utf16.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace persandian::sigma {

enum class ByteOrder : std::uint8_t { little, big };

/// UTF-8 text as UTF-16 bytes without byte order mark. Bytes that are not UTF-8 become the unit of
/// their own value.
[[nodiscard]] std::string to_utf16(std::string_view text, ByteOrder order);

}  // namespace persandian::sigma
