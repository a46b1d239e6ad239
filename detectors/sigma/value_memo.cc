// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/value_memo.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace persandian::sigma {

void ValueMemo::keep(std::uint64_t hash, std::uint64_t slot, std::string_view text,
                     std::span<const VariantId> variants) {
    if (text.size() > max_text_bytes || variants.size() > max_variants) return;
    Entry* const pair = &entries_[place(hash)];
    std::swap(pair[0], pair[1]);  // the older one is overwritten
    Entry& entry = pair[0];
    const std::size_t words = variants.size() + (text.size() + 3) / 4;
    if (entry.capacity_words < words) {
        entry.words = std::make_unique<std::uint32_t[]>(words);
        entry.capacity_words = static_cast<std::uint32_t>(words);
    }
    entry.hash = hash;
    entry.slot = slot;
    entry.variant_count = static_cast<std::uint32_t>(variants.size());
    entry.text_bytes = static_cast<std::uint32_t>(text.size());
    std::copy(variants.begin(), variants.end(), entry.words.get());
    if (!text.empty()) std::memcpy(entry.words.get() + variants.size(), text.data(), text.size());
}

}  // namespace persandian::sigma
