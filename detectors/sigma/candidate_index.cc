// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/candidate_index.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>

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
constexpr std::uint64_t network_seed = 0x27D4EB2F165667C5ULL;

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

void SlotIndex::add(VariantId variant, const Clue& clue) {
    const std::string_view text = clue.text;
    const std::size_t size = key_size(text.size());
    switch (clue.kind) {
        case Clue::Kind::whole:
            shortest_whole_ = std::min(shortest_whole_, text.size());
            longest_whole_ = std::max(longest_whole_, text.size());
            keys_.add(whole_key(text), variant);
            return;
        case Clue::Kind::end:
            if (has_separator(text) && last_component(text).size() >= least_component_bytes) {
                has_components_ = true;
                keys_.add(component_key(last_component(text)), variant);
                return;
            }
            end_sizes_ |= std::uint64_t{1} << size;
            keys_.add(end_key(text, size), variant);
            return;
        case Clue::Kind::start:
            start_sizes_ |= std::uint64_t{1} << size;
            keys_.add(start_key(text, size), variant);
            return;
        case Clue::Kind::inside:
            add_literal(variant, clue.text);
            return;
        case Clue::Kind::network: {
            const auto bits = static_cast<unsigned char>(text.front());
            constexpr std::size_t ipv4_key_bytes = 5;
            if (text.size() == ipv4_key_bytes) {
                ipv4_prefixes_.set(bits);
            } else {
                ipv6_prefixes_.set(bits);
            }
            keys_.add(XXH3_64bits_withSeed(text.data(), text.size(), network_seed), variant);
            return;
        }
        case Clue::Kind::presence:
            if (present_.empty() || present_.back() != variant) present_.push_back(variant);
            return;
    }
}

void SlotIndex::add_literal(VariantId variant, const std::string& literal) {
    const auto [at, fresh] = literal_numbers_.try_emplace(literal, literals_.size());
    if (fresh) {
        literals_.push_back(literal);
        literal_variants_.emplace_back();
    }
    Variants& list = literal_variants_[at->second];
    if (list.empty() || list.back() != variant) list.push_back(variant);
}

void SlotIndex::build(DerivedCache* cache) {
    keys_.build();
    if (!literals_.empty()) {
        matcher_ = std::make_unique<LiteralMatcher>(literals_, cache);
        if (slot_ == keyword_slot) line_filter_ = std::make_unique<LineFilter>(literals_, cache);
    }
    literals_ = {};
    literal_numbers_ = {};
}

void SlotIndex::prepare(MatchScratch& scratch) const {
    if (matcher_) matcher_->prepare(scratch.literals);
    if (line_filter_) line_filter_->prepare(scratch.literals);
}

void SlotIndex::append(std::uint64_t key, Variants& out) const {
    const std::span<const VariantId> found = keys_.find(key);
    out.insert(out.end(), found.begin(), found.end());
}

void SlotIndex::find_keys(EventView& view, SlotValue& value, Variants& out) const {
    if (ipv4_prefixes_.any() || ipv6_prefixes_.any()) {
        const Value& raw = *value.value;
        const std::optional<IpAddress> address = raw.kind() == Value::Kind::address
                                                     ? std::optional(raw.as_address())
                                                     : IpAddress::parse(view.text(value));
        if (address) {
            find_networks(*address, out);
            const IpAddress unmapped = address->unmapped();
            if (unmapped != *address) find_networks(unmapped, out);
        }
    }
    const std::string_view text = view.folded(value);
    if (text.size() >= shortest_whole_ && text.size() <= longest_whole_)
        append(view.folded_hash(value), out);
    if (has_components_) append(component_key(last_component(text)), out);
    for_sizes(end_sizes_, text.size(), [&](std::size_t size) { append(end_key(text, size), out); });
    for_sizes(start_sizes_, text.size(),
              [&](std::size_t size) { append(start_key(text, size), out); });
}

void SlotIndex::find_networks(const IpAddress& address, Variants& out) const {
    const std::size_t most = address.is_v4() ? 32 : 128;
    for (std::size_t bits = 0; bits <= most; ++bits) {
        if (!(address.is_v4() ? ipv4_prefixes_[bits] : ipv6_prefixes_[bits])) continue;
        const std::string key =
            network_key(IpNetwork::around(address, static_cast<unsigned>(bits)));
        append(XXH3_64bits_withSeed(key.data(), key.size(), network_seed), out);
    }
}

void SlotIndex::find_inside(std::string_view folded, MatchScratch& scratch, Variants& out) const {
    scratch.hits.clear();
    matcher_->scan(folded, scratch.literals, scratch.hits);
    for (const std::uint32_t hit : scratch.hits)
        out.insert(out.end(), literal_variants_[hit].begin(), literal_variants_[hit].end());
}

SlotIndex& CandidateIndex::of_slot(SlotId slot) {
    for (SlotIndex& index : slots_)
        if (index.slot() == slot) return index;
    return slots_.emplace_back(slot);
}

void CandidateIndex::add(VariantId variant, const Program& program, const PredicatePool& pool) {
    const Witness witness = find_witness(program, pool);
    if (!witness.possible) {
        always_.push_back(variant);
        return;
    }
    for (const PredicateId id : witness.predicates)
        for (const Clue& clue : clues_of(pool[id])) of_slot(pool[id].slot).add(variant, clue);
}

void CandidateIndex::build(DerivedCache* cache) {
    for (SlotIndex& index : slots_) index.build(cache);
}

void CandidateIndex::prepare(MatchScratch& scratch) const {
    for (const SlotIndex& index : slots_) index.prepare(scratch);
}

}  // namespace persandian::sigma
