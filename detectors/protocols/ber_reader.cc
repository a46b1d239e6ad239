// SPDX-License-Identifier: Apache-2.0
#include "detectors/protocols/ber_reader.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

namespace persandian::protocols::ber {

std::string dotted_oid(ByteView oid) {
    constexpr std::uint64_t largest_arc = std::uint64_t{1} << 56U;
    std::string out;
    std::uint64_t arc = 0;
    for (const std::byte b : oid) {
        if (arc >= largest_arc) return out;
        arc = (arc << 7U) | (std::to_integer<std::uint64_t>(b) & 0x7FU);
        if ((b & std::byte{0x80}) != std::byte{}) continue;
        if (out.empty()) {
            const std::uint64_t first = std::min<std::uint64_t>(arc / 40, 2);
            out = fmt::format("{}.{}", first, arc - first * 40);
        } else {
            fmt::format_to(std::back_inserter(out), ".{}", arc);
        }
        arc = 0;
    }
    return out;
}

}  // namespace persandian::protocols::ber
