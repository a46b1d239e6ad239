// SPDX-License-Identifier: Apache-2.0
#include "detectors/base/byte_search.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace persandian {
namespace {

using Block [[gnu::vector_size(16)]] = signed char;

Block block_at(const char* at) noexcept {
    Block out;
    std::memcpy(&out, at, sizeof out);
    return out;
}

Block filled_with(char c) noexcept {
    return Block{} + static_cast<signed char>(c);
}

bool any(const Block& block) noexcept {
    std::array<std::uint64_t, 2> halves;
    std::memcpy(halves.data(), &block, sizeof block);
    return (halves[0] | halves[1]) != 0;
}

}  // namespace

bool contains(std::string_view text, std::string_view needle) noexcept {
    if (needle.empty()) return true;
    if (text.size() < needle.size()) return false;
    const auto stands_at = [&](std::size_t at) {
        return std::memcmp(text.data() + at, needle.data(), needle.size()) == 0;
    };
    // Where both the first and the last byte are right, the others are looked at.
    const std::size_t places = text.size() - needle.size() + 1;
    const Block first = filled_with(needle.front());
    const Block last = filled_with(needle.back());
    const char* const last_of_text = text.data() + needle.size() - 1;
    std::size_t at = 0;
    for (; at + sizeof(Block) <= places; at += sizeof(Block)) {
        const Block maybe =
            (block_at(text.data() + at) == first) & (block_at(last_of_text + at) == last);
        if (!any(maybe)) continue;
        for (std::size_t i = 0; i < sizeof(Block); ++i)
            if (maybe[i] != 0 && stands_at(at + i)) return true;
    }
    for (; at < places; ++at)
        if (text[at] == needle.front() && stands_at(at)) return true;
    return false;
}

}  // namespace persandian
