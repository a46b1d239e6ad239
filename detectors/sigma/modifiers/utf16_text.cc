// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/modifiers/utf16_text.h"

#include "detectors/sigma/modifiers/utf8.h"

namespace persandian::sigma {

std::string to_utf16(std::string_view text, ByteOrder order) {
    std::string out;
    const auto unit = [&](char32_t value) {
        const char high = static_cast<char>((value >> 8U) & 0xFFU);
        const char low = static_cast<char>(value & 0xFFU);
        out += order == ByteOrder::little ? low : high;
        out += order == ByteOrder::little ? high : low;
    };
    for (std::size_t at = 0; at < text.size();) {
        const Character character = character_at(text, at);
        const char32_t c = character.code_point;
        if (c >= 0x10000) {
            unit(0xD800U + ((c - 0x10000U) >> 10U));
            unit(0xDC00U + ((c - 0x10000U) & 0x3FFU));
        } else {
            unit(c);
        }
        at += character.size_bytes;
    }
    return out;
}

}  // namespace persandian::sigma
