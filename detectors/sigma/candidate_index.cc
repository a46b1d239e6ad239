// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/candidate_index.h"

#include <algorithm>
#include <bit>
#include <cstring>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace persandian::sigma {
namespace {

/// Shorter last components ("\", "/a") say too little: ends of bytes are used instead.
constexpr std::size_t least_component_bytes = 5;

// Keys of the same table are kept apart by what they are of.
constexpr std::uint64_t component_seed = 0x9E3779B97F4A7C15ULL;
constexpr std::uint64_t end_seed = 0xC2B2AE3D27D4EB4FULL;
constexpr std::uint64_t start_seed = 0x165667B19E3779F9ULL;

/// As EventView::folded_hash().
std::uint64_t whole_key(std::string_view text) {
    return XXH3_64bits(text.data(), text.size());
}

std::uint64_t component_key(std::string_view component) {
    return XXH3_64bits(component.data(), component.size()) ^ component_seed;
}

/// How many bytes of an end or a beginning make its key: all up to 8, else 16, 24 or 32.
std::size_t key_size(std::size_t text_size) {
    return text_size <= 8 ? text_size : std::min<std::size_t>(text_size & ~std::size_t{7}, 32);
}

std::uint64_t bytes_key(std::string_view bytes, std::uint64_t seed) {
    if (bytes.size() > sizeof seed) return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), bytes.size());
    std::uint64_t hash = (word ^ (seed + bytes.size())) * component_seed;
    hash ^= hash >> 29U;
    return hash * start_seed;
}

std::uint64_t start_key(std::string_view text, std::size_t size) {
    return bytes_key(text.substr(0, size), start_seed);
}
std::uint64_t end_key(std::string_view text, std::size_t size) {
    return bytes_key(text.substr(text.size() - size), end_seed);
}

bool has_separator(std::string_view text) {
    return text.find_first_of("\\/") != std::string_view::npos;
}

/// Calls `with` for each size of the set that a text of `text_size` bytes has.
template <typename With>
void for_sizes(std::uint64_t sizes, std::size_t text_size, With with) {
    while (sizes != 0) {
        const auto size = static_cast<std::size_t>(std::countr_zero(sizes));
        if (size > text_size) return;
        with(size);
        sizes &= sizes - 1;
    }
}

}  // namespace

CandidateIndex::SlotIndex& CandidateIndex::of_slot(SlotId slot) {
    for (SlotIndex& index : slots_)
        if (index.slot == slot) return index;
    slots_.emplace_back();
    slots_.back().slot = slot;
    return slots_.back();
}

void CandidateIndex::add(VariantId variant, const Program& program, const PredicatePool& pool) {
    ++variant_count_;
    const Witness witness = find_witness(program, pool);
    if (!witness.possible) {
        always_.push_back(variant);
        return;
    }
    for (const PredicateId id : witness.predicates)
        for (const Clue& clue : clues_of(pool[id])) add_clue(of_slot(pool[id].slot), variant, clue);
}

void CandidateIndex::add_clue(SlotIndex& index, VariantId variant, const Clue& clue) {
    const std::string_view text = clue.text;
    const std::size_t size = key_size(text.size());
    switch (clue.kind) {
        case Clue::Kind::whole:
            index.shortest_whole = std::min(index.shortest_whole, text.size());
            index.longest_whole = std::max(index.longest_whole, text.size());
            index.keys.add(whole_key(text), variant);
            return;
        case Clue::Kind::end:
            if (has_separator(text) && last_component(text).size() >= least_component_bytes) {
                index.has_components = true;
                index.keys.add(component_key(last_component(text)), variant);
                return;
            }
            index.end_sizes |= std::uint64_t{1} << size;
            index.keys.add(end_key(text, size), variant);
            return;
        case Clue::Kind::start:
            index.start_sizes |= std::uint64_t{1} << size;
            index.keys.add(start_key(text, size), variant);
            return;
        case Clue::Kind::inside:
            add_literal(index, variant, clue.text);
            return;
        case Clue::Kind::presence:
            if (index.present.empty() || index.present.back() != variant)
                index.present.push_back(variant);
            return;
    }
}

void CandidateIndex::add_literal(SlotIndex& index, VariantId variant, const std::string& literal) {
    const auto [at, fresh] = index.literal_numbers.try_emplace(literal, index.literals.size());
    if (fresh) {
        index.literals.push_back(literal);
        index.literal_variants.emplace_back();
    }
    Variants& list = index.literal_variants[at->second];
    if (list.empty() || list.back() != variant) list.push_back(variant);
}

void CandidateIndex::build(DerivedCache* cache) {
    for (SlotIndex& index : slots_) {
        index.keys.build();
        if (!index.literals.empty())
            index.matcher = std::make_unique<LiteralMatcher>(index.literals, cache);
        index.literals = {};
        index.literal_numbers = {};
    }
}

void CandidateIndex::prepare(MatchScratch& scratch) const {
    for (const SlotIndex& index : slots_)
        if (index.matcher) index.matcher->prepare(scratch.literals);
}

void CandidateIndex::find_keys(const SlotIndex& index, EventView& view, SlotValue& value,
                               CandidateSet& out) {
    const std::string_view text = view.folded(value);
    if (text.size() >= index.shortest_whole && text.size() <= index.longest_whole)
        out.add(index.keys.find(view.folded_hash(value)));
    if (index.has_components) out.add(index.keys.find(component_key(last_component(text))));
    for_sizes(index.end_sizes, text.size(),
              [&](std::size_t size) { out.add(index.keys.find(end_key(text, size))); });
    for_sizes(index.start_sizes, text.size(),
              [&](std::size_t size) { out.add(index.keys.find(start_key(text, size))); });
}

void CandidateIndex::find_inside(const SlotIndex& index, std::string_view text,
                                 MatchScratch& scratch, std::vector<std::uint32_t>& hits,
                                 CandidateSet& out) {
    hits.clear();
    index.matcher->scan(text, scratch.literals, hits);
    for (const std::uint32_t hit : hits) out.add(index.literal_variants[hit]);
}

void CandidateIndex::find(EventView& view, MatchScratch& scratch, std::vector<std::uint32_t>& hits,
                          CandidateSet& out) const {
    out.add(always_);
    for (const SlotIndex& index : slots_) {
        // All values at once: a text that goes over a border is one candidate too many, not wrong.
        const bool at_once = index.slot == keyword_slot;
        if (at_once && index.matcher != nullptr)
            find_inside(index, view.folded_keywords(), scratch, hits, out);
        if (at_once && index.keys.empty() && index.present.empty()) continue;
        const std::uint32_t first = view.first(index.slot);
        if (first == 0) continue;
        out.add(index.present);
        for (std::uint32_t i = first; i != 0; i = view.value(i).next) {
            SlotValue& value = view.value(i);
            if (value.value->is_null()) continue;
            if (!index.keys.empty()) find_keys(index, view, value, out);
            if (index.matcher != nullptr && !at_once)
                find_inside(index, view.folded(value), scratch, hits, out);
        }
    }
}

}  // namespace persandian::sigma
