// SPDX-License-Identifier: Apache-2.0
//
// ValueMemo: which variants a value has made candidates before. Values of logs repeat (nine of ten
// paths of programs, accounts and host names were there a moment ago), and remembering costs less
// than folding and searching again.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "detectors/sigma/program.h"

namespace persandian::sigma {

/// Two places per hash; the older of two that want the same place goes. Texts are compared, so
/// nobody's choice of values can make one stand for another. One per thread.
class ValueMemo {
  public:
    /// Longer texts, and values with more candidates, are not remembered.
    static constexpr std::size_t max_text_bytes = 1024;
    static constexpr std::size_t max_variants = 256;

    /// `max_values`: how many are remembered at most, a power of two.
    explicit ValueMemo(std::size_t max_values) : entries_(max_values) {}

    /// What keep() was given for the same slot (from 1) and text, if it is remembered. Valid until
    /// keep(). `hash` is of both.
    [[nodiscard]] std::optional<std::span<const VariantId>> find(std::uint64_t hash,
                                                                 std::uint64_t slot,
                                                                 std::string_view text) const {
        const Entry* const pair = &entries_[place(hash)];
        for (const Entry* entry = pair; entry != pair + 2; ++entry)
            if (entry->hash == hash && entry->slot == slot && entry->text() == text)
                return entry->variants();
        return std::nullopt;
    }
    void keep(std::uint64_t hash, std::uint64_t slot, std::string_view text,
              std::span<const VariantId> variants);

  private:
    struct Entry {
        std::uint64_t hash = 0;
        std::uint64_t slot = 0;
        std::uint32_t variant_count = 0;
        std::uint32_t text_bytes = 0;
        std::uint32_t capacity_words = 0;
        std::unique_ptr<std::uint32_t[]> words;  ///< the variants, then the text

        [[nodiscard]] std::span<const VariantId> variants() const {
            return {words.get(), variant_count};
        }
        [[nodiscard]] std::string_view text() const {
            return {reinterpret_cast<const char*>(words.get() + variant_count), text_bytes};
        }
    };
    [[nodiscard]] std::size_t place(std::uint64_t hash) const noexcept {
        return (hash & (entries_.size() / 2 - 1)) * 2;
    }

    std::vector<Entry> entries_;
};

}  // namespace persandian::sigma
