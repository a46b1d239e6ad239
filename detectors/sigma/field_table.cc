// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/field_table.h"

#include <algorithm>
#include <array>

#include "detectors/event/field.h"

namespace persandian::sigma {
namespace {

constexpr std::size_t longest_spaced_name = 256;

std::vector<std::string> split(const std::string& joined) {
    std::vector<std::string> names;
    std::size_t at = 0;
    while (true) {
        const std::size_t end = joined.find(FieldTable::joiner, at);
        names.push_back(joined.substr(at, end - at));
        if (end == std::string::npos) return names;
        at = end + 1;
    }
}

}  // namespace

FieldTable::FieldTable() {
    slots_.emplace_back();             // keyword_slot
    slots_.push_back({"event_type"});  // type_slot
    ids_[{"event_type"}] = type_slot;
}

SlotId FieldTable::intern(const std::vector<std::string>& names) {
    const auto [at, fresh] = ids_.try_emplace(names, static_cast<SlotId>(slots_.size()));
    if (fresh) slots_.push_back(names);
    return at->second;
}

void FieldTable::freeze() {
    std::map<std::string, std::vector<Use>> uses;
    for (SlotId slot = 0; slot < slots_.size(); ++slot)
        for (std::uint32_t rank = 0; rank < slots_[slot].size(); ++rank)
            for (const std::string& name : split(slots_[slot][rank]))
                uses[name].push_back({slot, rank});
    rows_.clear();
    for (auto& [name, list] : uses) rows_.push_back({field_name_hash(name), name, list});
    std::size_t size = 16;
    while (size < rows_.size() * 3) size *= 2;
    buckets_.assign(size, 0);
    for (std::uint32_t i = 0; i < rows_.size(); ++i) {
        std::size_t at = rows_[i].hash & (size - 1);
        while (buckets_[at] != 0) at = (at + 1) & (size - 1);
        buckets_[at] = i + 1;
    }
}

std::span<const FieldTable::Use> FieldTable::look_up(std::uint64_t hash,
                                                     std::string_view name) const noexcept {
    for (std::size_t at = hash & (buckets_.size() - 1); buckets_[at] != 0;
         at = (at + 1) & (buckets_.size() - 1)) {
        const Row& row = rows_[buckets_[at] - 1];
        if (row.hash == hash && row.name == name) return row.uses;
    }
    return {};
}

std::span<const FieldTable::Use> FieldTable::find(std::uint64_t hash,
                                                  std::string_view name) const noexcept {
    const std::span<const Use> found = look_up(hash, name);
    if (!found.empty() || name.find(' ') == std::string_view::npos) return found;
    std::array<char, longest_spaced_name> without{};
    if (name.size() > without.size()) return {};
    char* const end =
        std::copy_if(name.begin(), name.end(), without.begin(), [](char c) { return c != ' '; });
    const std::string_view stripped(without.data(), static_cast<std::size_t>(end - without.data()));
    return look_up(field_name_hash(stripped), stripped);
}

}  // namespace persandian::sigma
