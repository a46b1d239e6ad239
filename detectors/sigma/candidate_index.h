// SPDX-License-Identifier: Apache-2.0
//
// CandidateIndex: from the values of a slot to the few rules that can hold because of them. The
// clues of each rule's witness stand in one hash table (whole values, ends, beginnings) and one
// multi-pattern database (texts inside) per slot.
#pragma once

#include <bitset>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "detectors/sigma/hash_index.h"
#include "detectors/sigma/line_filter.h"
#include "detectors/sigma/witness.h"

namespace persandian::sigma {

/// What one slot says about some variants. Immutable after build().
class SlotIndex {
  public:
    explicit SlotIndex(SlotId slot) : slot_(slot) {}
    void add(VariantId variant, const Clue& clue);
    /// `cache` may be null.
    void build(DerivedCache* cache);
    void prepare(MatchScratch& scratch) const;

    [[nodiscard]] SlotId slot() const noexcept { return slot_; }
    /// Candidates whenever the slot has a value.
    [[nodiscard]] const Variants& present() const noexcept { return present_; }
    [[nodiscard]] bool has_keys() const noexcept { return !keys_.empty(); }
    [[nodiscard]] bool has_literals() const noexcept { return matcher_ != nullptr; }
    /// Appends the variants that can hold because of what `value` is, begins or ends with.
    void find_keys(EventView& view, SlotValue& value, Variants& out) const;
    /// For the keyword slot: the runs one of which a line must have for find_inside() to find
    /// anything; none when they are many, or not known.
    [[nodiscard]] std::span<const std::string> few_line_runs() const {
        if (line_filter_ == nullptr) return {};
        return line_filter_->few_runs().runs();
    }
    /// For the keyword slot: false when find_inside() would find nothing, told from the line.
    [[nodiscard]] bool may_be_in_line(std::string_view line, MatchScratch& scratch) const {
        return line.empty() || line_filter_ == nullptr ||
               line_filter_->may_hold(line, scratch.literals);
    }
    /// … because of what stands in `folded`.
    void find_inside(std::string_view folded, MatchScratch& scratch, Variants& out) const;

  private:
    void add_literal(VariantId variant, const std::string& literal);
    void append(std::uint64_t key, Variants& out) const;
    void find_networks(const IpAddress& address, Variants& out) const;

    SlotId slot_;
    Variants present_;
    HashIndex keys_;  ///< of whole values, last path components, ends, beginnings
    std::size_t shortest_whole_ = SIZE_MAX;
    std::size_t longest_whole_ = 0;
    bool has_components_ = false;
    std::bitset<33> ipv4_prefixes_;   ///< of networks
    std::bitset<129> ipv6_prefixes_;  ///< of networks
    std::uint64_t end_sizes_ = 0;     ///< bit n: some key is of the last n bytes
    std::uint64_t start_sizes_ = 0;   ///< bit n: … of the first n bytes
    std::unique_ptr<LiteralMatcher> matcher_;
    std::unique_ptr<LineFilter> line_filter_;  ///< for keywords
    std::vector<Variants> literal_variants_;   ///< per literal of the matcher
    // while building:
    std::vector<std::string> literals_;
    std::unordered_map<std::string, std::size_t> literal_numbers_;
};

/// The candidates among variants that apply to the same events. Immutable after build().
class CandidateIndex {
  public:
    void add(VariantId variant, const Program& program, const PredicatePool& pool);
    /// `cache` may be null.
    void build(DerivedCache* cache);
    void prepare(MatchScratch& scratch) const;
    /// Variants that can hold whatever the values are.
    [[nodiscard]] const Variants& always() const noexcept { return always_; }
    [[nodiscard]] const std::vector<SlotIndex>& slots() const noexcept { return slots_; }

  private:
    SlotIndex& of_slot(SlotId slot);

    std::vector<SlotIndex> slots_;
    Variants always_;
};

}  // namespace persandian::sigma
