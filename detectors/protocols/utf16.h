// SPDX-License-Identifier: Apache-2.0
//
// Windows writes names in UTF-16, little-endian.
#pragma once

#include <string>

#include "detectors/base/bytes.h"

namespace persandian::protocols {

/// `bytes` up to the first NUL as UTF-8. Lone surrogates become U+FFFD, an odd last octet is left
/// out.
[[nodiscard]] inline std::string utf8_of_utf16le(ByteView bytes) {
    std::string out;
    const auto put = [&](std::uint32_t c) {
        if (c < 0x80) {
            out += static_cast<char>(c);
            return;
        }
        const unsigned more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
        constexpr std::uint32_t lead[] = {0, 0xC0, 0xE0, 0xF0};
        out += static_cast<char>(lead[more] | (c >> (6 * more)));
        for (unsigned i = more; i-- > 0;) out += static_cast<char>(0x80 | ((c >> (6 * i)) & 0x3F));
    };
    constexpr std::uint32_t replacement = 0xFFFD;
    ByteReader reader(bytes);
    std::uint32_t high = 0;
    while (reader.remaining() >= 2) {
        const std::uint32_t unit = reader.u16_le();
        if (unit == 0) break;
        const bool is_high = unit >= 0xD800 && unit < 0xDC00;
        const bool is_low = unit >= 0xDC00 && unit < 0xE000;
        if (high != 0 && is_low) {
            put(0x10000 + ((high - 0xD800) << 10U) + (unit - 0xDC00));
            high = 0;
            continue;
        }
        if (high != 0) put(replacement);
        high = is_high ? unit : 0;
        if (!is_high) put(is_low ? replacement : unit);
    }
    if (high != 0) put(replacement);
    return out;
}

}  // namespace persandian::protocols
