// SPDX-License-Identifier: Apache-2.0
//
// CandidateIndex: from the values of an event to the few rules that can hold for it. The clues of
// each rule's witness stand in one hash table (whole values, ends, beginnings) and one
// multi-pattern database (texts inside) per slot.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "detectors/sigma/hash_index.h"
#include "detectors/sigma/witness.h"

namespace persandian::sigma {

/// Marks variants as candidates, once each per event.
class CandidateSet {
  public:
    explicit CandidateSet(std::size_t variant_count) : generations_(variant_count) {
        found_.reserve(64);
    }
    void begin() noexcept {
        found_.clear();
        if (++generation_ != 0) return;
        generations_.assign(generations_.size(), 0);
        generation_ = 1;
    }
    void add(VariantId variant) {
        if (generations_[variant] == generation_) return;
        generations_[variant] = generation_;
        found_.push_back(variant);
    }
    void add(std::span<const VariantId> variants) {
        for (const VariantId variant : variants) add(variant);
    }
    [[nodiscard]] std::vector<VariantId>& found() noexcept { return found_; }

  private:
    std::vector<std::uint32_t> generations_;
    std::vector<VariantId> found_;
    std::uint32_t generation_ = 0;
};

/// The candidates among variants that apply to the same events. Immutable after build().
class CandidateIndex {
  public:
    void add(VariantId variant, const Program& program, const PredicatePool& pool);
    /// `cache` may be null.
    void build(DerivedCache* cache);
    void prepare(MatchScratch& scratch) const;
    /// Adds all variants that can hold for the event. `hits` is scratch space.
    void find(EventView& view, MatchScratch& scratch, std::vector<std::uint32_t>& hits,
              CandidateSet& out) const;
    [[nodiscard]] std::size_t always_count() const noexcept { return always_.size(); }
    [[nodiscard]] std::size_t variant_count() const noexcept { return variant_count_; }

  private:
    using Variants = std::vector<VariantId>;
    struct SlotIndex {
        SlotId slot = 0;
        Variants present;  ///< candidates whenever the slot has a value
        HashIndex keys;    ///< of whole values, last path components, ends, beginnings
        std::size_t shortest_whole = SIZE_MAX;
        std::size_t longest_whole = 0;
        bool has_components = false;
        std::uint64_t end_sizes = 0;    ///< bit n: some key is of the last n bytes
        std::uint64_t start_sizes = 0;  ///< bit n: … of the first n bytes
        std::unique_ptr<LiteralMatcher> matcher;
        std::vector<Variants> literal_variants;  ///< per literal of the matcher
        // while building:
        std::vector<std::string> literals;
        std::unordered_map<std::string, std::size_t> literal_numbers;
    };

    SlotIndex& of_slot(SlotId slot);
    static void add_clue(SlotIndex& index, VariantId variant, const Clue& clue);
    static void add_literal(SlotIndex& index, VariantId variant, const std::string& literal);
    static void find_keys(const SlotIndex& index, EventView& view, SlotValue& value,
                          CandidateSet& out);
    static void find_inside(const SlotIndex& index, std::string_view folded, MatchScratch& scratch,
                            std::vector<std::uint32_t>& hits, CandidateSet& out);

    std::vector<SlotIndex> slots_;
    Variants always_;
    std::size_t variant_count_ = 0;
};

}  // namespace persandian::sigma
