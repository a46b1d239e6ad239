// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/value_memo.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace persandian::sigma {
namespace {

std::size_t words_for(std::size_t bytes) {
    return (bytes + sizeof(std::uint32_t) - 1) / sizeof(std::uint32_t);
}

constexpr std::size_t largest_value_bytes =
    sizeof(std::uint64_t) + ValueMemo::max_text_bytes + ValueMemo::max_variants * sizeof(VariantId);

}  // namespace

ValueMemo::ValueMemo(std::size_t max_values)
    : entries_(max_values),
      ring_(std::bit_ceil(
          words_for(std::max(max_values * ring_bytes_per_value, 4 * largest_value_bytes)))) {}

void ValueMemo::keep(std::uint64_t hash, std::uint64_t slot, std::string_view text,
                     std::span<const VariantId> variants) {
    if (text.size() > max_text_bytes || variants.size() > max_variants) return;
    const std::size_t words = slot_words + variants.size() + words_for(text.size());
    const std::size_t left = ring_.size() - (written_ & (ring_.size() - 1));
    if (words > left) written_ += left;  // a value stands in one piece
    Entry* const pair = &entries_[place(hash)];
    pair[1] = pair[0];
    pair[0] = {hash, written_, static_cast<std::uint32_t>(variants.size()),
               static_cast<std::uint32_t>(text.size())};
    std::uint32_t* at = ring_.data() + (written_ & (ring_.size() - 1));
    std::memcpy(at, &slot, sizeof slot);
    at = std::copy(variants.begin(), variants.end(), at + slot_words);
    if (!text.empty()) std::memcpy(at, text.data(), text.size());
    written_ += words;
}

}  // namespace persandian::sigma
