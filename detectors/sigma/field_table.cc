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
    std::map<std::string, NameId> numbers;
    names_.clear();
    candidates_.clear();
    begins_.assign(1, 0);
    for (const std::vector<std::string>& slot : slots_) {
        for (const std::string& joined : slot) {
            bool first = true;
            for (const std::string& name : split(joined)) {
                const auto [at, fresh] =
                    numbers.try_emplace(name, static_cast<NameId>(names_.size()));
                if (fresh) names_.push_back(name);
                candidates_.push_back({at->second, !first});
                first = false;
            }
        }
        begins_.push_back(static_cast<std::uint32_t>(candidates_.size()));
    }
    freeze_slots_of_names();
    std::size_t size = 16;
    while (size < names_.size() * 4) size *= 2;
    buckets_.assign(size, {});
    for (NameId id = 0; id < names_.size(); ++id) {
        const std::uint64_t hash = field_name_hash(names_[id]);
        std::size_t at = hash & (size - 1);
        while (buckets_[at].name != no_name) at = (at + 1) & (size - 1);
        buckets_[at] = {hash, id};
    }
}

void FieldTable::freeze_slots_of_names() {
    std::vector<std::vector<SlotId>> slots(names_.size());
    for (SlotId slot = 0; slot < slots_.size(); ++slot)
        for (const Candidate& candidate : candidates(slot))
            if (slots[candidate.name].empty() || slots[candidate.name].back() != slot)
                slots[candidate.name].push_back(slot);
    slots_by_name_.clear();
    name_begins_.assign(1, 0);
    for (const std::vector<SlotId>& of_name : slots) {
        slots_by_name_.insert(slots_by_name_.end(), of_name.begin(), of_name.end());
        name_begins_.push_back(static_cast<std::uint32_t>(slots_by_name_.size()));
    }
}

NameId FieldTable::find_spaced(std::string_view name) const noexcept {
    std::array<char, longest_spaced_name> without{};
    if (name.size() > without.size()) return no_name;
    char* const end =
        std::copy_if(name.begin(), name.end(), without.begin(), [](char c) { return c != ' '; });
    const std::string_view stripped(without.data(), static_cast<std::size_t>(end - without.data()));
    return look_up(field_name_hash(stripped));
}

}  // namespace persandian::sigma
