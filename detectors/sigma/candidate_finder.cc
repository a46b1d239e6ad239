// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/candidate_finder.h"

#include <algorithm>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace persandian::sigma {

CandidateFinder::CandidateFinder(const CompiledSet& set)
    : set_(set),
      group_buckets_(max_groups * 2),
      plans_(max_plans),
      memo_(max_values_remembered),
      found_in_(set.variants.size()) {
    found_.reserve(256);
    hits_.reserve(256);
}

const Variants& CandidateFinder::find(EventView& view, MatchScratch& scratch,
                                      std::span<const std::uint32_t> sources) {
    const Group& group = group_of(sources);
    const Plan& plan = plan_of(view.shape(), group);
    found_.clear();
    if (++event_ == 0) {
        found_in_.assign(found_in_.size(), 0);
        event_ = 1;
    }
    add(plan.always);
    for (const Plan::Visit visit : plan.visits)
        for (std::uint32_t i = visit.first; i != 0; i = view.value(i).next)
            add_value(group.slots[visit.slot], view, view.value(i), scratch);
    if (!group.keywords.empty()) add_keywords(group, view, scratch);
    return found_;
}

void CandidateFinder::add(std::span<const VariantId> variants) {
    for (const VariantId variant : variants) {
        if (found_in_[variant] == event_) continue;
        found_in_[variant] = event_;
        found_.push_back(variant);
    }
}

void CandidateFinder::add_value(const GroupSlot& slot, EventView& view, SlotValue& value,
                                MatchScratch& scratch) {
    if (value.value->is_null()) return;
    const auto [bytes, is_written] = view.identity(value);
    const bool repeats = value.value->kind() != Value::Kind::bytes;  // what was sent seldom does
    if (!repeats || bytes.size() > ValueMemo::max_text_bytes) {
        look_up(slot, view, value, scratch);
        return add(hits_);
    }
    const std::uint64_t number = slot.number * 2 + (is_written ? 1 : 0);
    const std::uint64_t hash = XXH3_64bits_withSeed(bytes.data(), bytes.size(), number);
    if (const auto known = memo_.find(hash, number, bytes)) return add(*known);
    look_up(slot, view, value, scratch);
    memo_.keep(hash, number, bytes, hits_);
    add(hits_);
}

void CandidateFinder::look_up(const GroupSlot& slot, EventView& view, SlotValue& value,
                              MatchScratch& scratch) {
    hits_.clear();
    for (const SlotIndex* index : slot.indexes) {
        if (index->has_keys()) index->find_keys(view, value, hits_);
        if (index->has_literals()) index->find_inside(view.folded(value), scratch, hits_);
    }
    std::sort(hits_.begin(), hits_.end());
    hits_.erase(std::unique(hits_.begin(), hits_.end()), hits_.end());
}

void CandidateFinder::add_keywords(const Group& group, EventView& view, MatchScratch& scratch) {
    const auto [line, has_run] = search_line(view.event(), group.line_runs);
    for (const auto& [index, shares_line_runs] : group.keywords) {
        const bool may_stand = line.empty() || has_run || !shares_line_runs;
        if (may_stand && index->has_literals() && index->may_be_in_line(line, scratch)) {
            // All values at once: a text that goes over a border is one candidate too many.
            hits_.clear();
            index->find_inside(view.folded_keywords(), scratch, hits_);
            add(hits_);
        }
        const std::uint32_t first =
            index->has_keys() || !index->present().empty() ? view.first(keyword_slot) : 0;
        if (first == 0) continue;
        add(index->present());
        for (std::uint32_t i = first; i != 0 && index->has_keys(); i = view.value(i).next) {
            hits_.clear();
            index->find_keys(view, view.value(i), hits_);
            add(hits_);
        }
    }
}

const CandidateFinder::Group& CandidateFinder::group_of(std::span<const std::uint32_t> sources) {
    const std::size_t mask = group_buckets_.size() - 1;
    const std::size_t home = XXH3_64bits(sources.data(), sources.size_bytes()) & mask;
    std::size_t at = home;
    for (; group_buckets_[at] != 0; at = (at + 1) & mask) {
        const Group& group = *groups_[group_buckets_[at] - 1];
        if (std::equal(group.sources.begin(), group.sources.end(), sources.begin(), sources.end()))
            return group;
    }
    if (groups_.size() == max_groups) {
        groups_.clear();
        group_buckets_.assign(group_buckets_.size(), 0);
        at = home;
    }
    Group& group = *groups_.emplace_back(std::make_unique<Group>());
    group.sources.assign(sources.begin(), sources.end());
    build(group);
    group_buckets_[at] = static_cast<std::uint32_t>(groups_.size());
    return group;
}

void CandidateFinder::build(Group& group) {
    group.number = ++groups_made_;
    std::vector<std::uint32_t> indexes = set_.indexes_of_all;
    for (const std::uint32_t source : group.sources)
        for (const std::uint32_t index : set_.indexes_of_source[source])
            if (std::find(indexes.begin(), indexes.end(), index) == indexes.end())
                indexes.push_back(index);
    for (const std::uint32_t index : indexes) add_index(set_.indexes[index], group);
    std::sort(group.slots.begin(), group.slots.end(),
              [](const GroupSlot& a, const GroupSlot& b) { return a.slot < b.slot; });
}

/// Whether there was room for them.
bool CandidateFinder::share_line_runs(std::span<const std::string> runs, Group& group) {
    std::vector<std::string> all = group.line_runs.runs();
    if (runs.empty() || all.size() + runs.size() > RunScanner::max_runs) return false;
    all.insert(all.end(), runs.begin(), runs.end());
    group.line_runs = RunScanner(all);
    return true;
}

void CandidateFinder::add_index(const CandidateIndex& index, Group& group) {
    group.always.insert(group.always.end(), index.always().begin(), index.always().end());
    for (const SlotIndex& slot : index.slots()) {
        if (slot.slot() == keyword_slot) {
            group.keywords.push_back({&slot, share_line_runs(slot.few_line_runs(), group)});
            continue;
        }
        auto at = std::find_if(group.slots.begin(), group.slots.end(),
                               [&](const GroupSlot& known) { return known.slot == slot.slot(); });
        if (at == group.slots.end())
            at = group.slots.insert(group.slots.end(), {slot.slot(), ++slots_made_, {}});
        at->indexes.push_back(&slot);
    }
}

const CandidateFinder::Plan& CandidateFinder::plan_of(const EventShape& shape, const Group& group) {
    const std::uint64_t hash = (shape.number * 31 + group.number) * 0x9E3779B97F4A7C15ULL;
    Plan& plan = plans_[(hash >> 32U) % max_plans];
    if (plan.shape == shape.number && plan.group == group.number) return plan;
    plan.shape = shape.number;
    plan.group = group.number;
    plan.always = group.always;
    plan.visits.clear();
    for (std::uint32_t i = 0; i < group.slots.size(); ++i) {
        const GroupSlot& slot = group.slots[i];
        const std::uint32_t first = shape.first[slot.slot];
        if (first == 0) continue;
        bool asks_values = false;
        for (const SlotIndex* index : slot.indexes) {
            plan.always.insert(plan.always.end(), index->present().begin(), index->present().end());
            asks_values = asks_values || index->has_keys() || index->has_literals();
        }
        if (asks_values) plan.visits.push_back({first, i});
    }
    return plan;
}

}  // namespace persandian::sigma
