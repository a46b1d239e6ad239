// SPDX-License-Identifier: Apache-2.0
//
// ValueMemo: which variants a value has made candidates before. Values of logs repeat (nine of ten
// paths of programs, accounts and host names were there a moment ago), and remembering costs less
// than folding and searching again.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "detectors/sigma/program.h"

namespace persandian::sigma {

/// Two places per hash; the older of two that want the same place goes. Texts and variants stand in
/// a ring of memory that is taken once: what was written a whole round ago is forgotten too. Texts
/// are compared, so nobody's choice of values can make one stand for another. One per thread.
class ValueMemo {
  public:
    /// Longer texts, and values with more candidates, are not remembered.
    static constexpr std::size_t max_text_bytes = 1024;
    static constexpr std::size_t max_variants = 256;
    /// The room for a value on average.
    static constexpr std::size_t ring_bytes_per_value = 64;

    /// `max_values`: how many are remembered at most, a power of two.
    explicit ValueMemo(std::size_t max_values);

    /// What keep() was given for the same slot (from 1) and text, if it is remembered. Valid until
    /// keep(). `hash` is of both.
    [[nodiscard]] std::optional<std::span<const VariantId>> find(std::uint64_t hash,
                                                                 std::uint64_t slot,
                                                                 std::string_view text) const {
        const Entry* const pair = &entries_[place(hash)];
        for (const Entry* entry = pair; entry != pair + 2; ++entry)
            if (entry->hash == hash && entry->text_bytes == text.size() && is_there(*entry) &&
                slot_of(*entry) == slot && text_of(*entry) == text)
                return variants_of(*entry);
        return std::nullopt;
    }
    void keep(std::uint64_t hash, std::uint64_t slot, std::string_view text,
              std::span<const VariantId> variants);

  private:
    /// Two in a row fill a cache line.
    struct Entry {
        std::uint64_t hash = 0;
        std::uint64_t begin = 0;  ///< number of its first word among all ever written
        std::uint32_t variant_count = 0;
        std::uint32_t text_bytes = UINT32_MAX;  ///< as no text: free
        [[maybe_unused]] std::uint64_t filling = 0;
    };
    static constexpr std::size_t slot_words = sizeof(std::uint64_t) / sizeof(std::uint32_t);

    [[nodiscard]] std::size_t place(std::uint64_t hash) const noexcept {
        return (hash & (entries_.size() / 2 - 1)) * 2;
    }
    [[nodiscard]] bool is_there(const Entry& entry) const noexcept {
        return written_ - entry.begin <= ring_.size();
    }
    [[nodiscard]] const std::uint32_t* words_of(const Entry& entry) const noexcept {
        return ring_.data() + (entry.begin & (ring_.size() - 1));
    }
    [[nodiscard]] std::uint64_t slot_of(const Entry& entry) const noexcept {
        std::uint64_t slot = 0;
        std::memcpy(&slot, words_of(entry), sizeof slot);
        return slot;
    }
    [[nodiscard]] std::span<const VariantId> variants_of(const Entry& entry) const noexcept {
        return {words_of(entry) + slot_words, entry.variant_count};
    }
    [[nodiscard]] std::string_view text_of(const Entry& entry) const noexcept {
        return {reinterpret_cast<const char*>(words_of(entry) + slot_words + entry.variant_count),
                entry.text_bytes};
    }

    std::vector<Entry> entries_;
    std::vector<std::uint32_t> ring_;  ///< of each value the slot, the variants, the text
    std::uint64_t written_ = 0;        ///< words, with those left free at the end of each round
};

}  // namespace persandian::sigma
