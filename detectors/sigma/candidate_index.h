// SPDX-License-Identifier: Apache-2.0
//
// CandidateIndex: from the values of an event to the few rules that can hold for it. For each rule
// a set of questions is chosen of which one must be answered yes if the rule holds; the literals of
// these questions stand in hashes and multi-pattern databases per slot.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "detectors/sigma/program.h"
#include "detectors/sigma/rule_compiler.h"

namespace persandian::sigma {

/// Predicates of which at least one holds whenever the program holds. Empty and `possible` false:
/// the program can hold without any particular one.
struct Witness {
    bool possible = false;
    std::vector<PredicateId> predicates;
    double cost = 0;  ///< estimated share of wasted work
};
[[nodiscard]] Witness find_witness(const Program& program, const PredicatePool& pool);

/// Marks variants as candidates, once each per event.
class CandidateSet {
  public:
    explicit CandidateSet(std::size_t variant_count) : generations_(variant_count) {
        found_.reserve(64);
    }
    void begin() noexcept {
        ++generation_;
        found_.clear();
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
    std::vector<std::uint64_t> generations_;
    std::vector<VariantId> found_;
    std::uint64_t generation_ = 0;
};

/// The candidates among the variants of one log source. Immutable after build().
class CandidateIndex {
  public:
    void add(VariantId variant, const Program& program, const PredicatePool& pool);
    void build();
    void prepare(MatchScratch& scratch) const;
    /// Adds all variants that can hold for the event. `hits` is scratch space.
    void find(EventView& view, MatchScratch& scratch, std::vector<std::uint32_t>& hits,
              CandidateSet& out) const;
    [[nodiscard]] std::size_t always_count() const noexcept { return always_.size(); }
    [[nodiscard]] std::size_t variant_count() const noexcept { return variant_count_; }
    [[nodiscard]] std::size_t database_size_bytes() const;

  private:
    using Variants = std::vector<VariantId>;
    struct SlotIndex {
        SlotId slot = 0;
        std::unordered_map<std::uint64_t, Variants> exact;   ///< by hash of the folded value
        std::unordered_map<std::uint64_t, Variants> ending;  ///< by hash of the last path component
        std::vector<std::string> literals;
        std::vector<Variants> literal_variants;                        ///< same order
        std::unordered_map<std::string, std::size_t> literal_numbers;  ///< while building
        std::unique_ptr<LiteralMatcher> matcher;
        Variants present;  ///< candidates whenever the slot has a value
    };

    SlotIndex& of_slot(SlotId slot);
    void add_predicate(VariantId variant, const Predicate& predicate);
    static void find_in(const SlotIndex& index, std::string_view folded, MatchScratch& scratch,
                        std::vector<std::uint32_t>& hits, CandidateSet& out);

    std::vector<SlotIndex> slots_;
    Variants always_;
    std::size_t variant_count_ = 0;
};

}  // namespace persandian::sigma
