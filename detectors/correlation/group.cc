// SPDX-License-Identifier: Apache-2.0
#include "detectors/correlation/group.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <tuple>

namespace persandian::correlation {
namespace {
constexpr std::int64_t never = std::numeric_limits<std::int64_t>::min();
}

bool Entry::before(const Entry& other) const noexcept {
    return std::tie(time, source, sequence, arrival) <
           std::tie(other.time, other.source, other.sequence, other.arrival);
}

Group::Group(const CorrelationRule& rule) : rule_(&rule), per_rule_(rule.rules.size(), 0) {
    if (rule.type == CorrelationType::temporal_ordered)
        chain_start_ns_.assign(rule.rules.size(), never);
}

void Group::add(Entry entry, const std::string& tuple) {
    if (rule_->type == CorrelationType::value_count) {
        entry.value = values_.try_emplace(tuple, 0U).first;
        ++entry.value->second;
    }
    if (++per_rule_[entry.rule_index] == 1) ++rules_present_;
    if (entries_.empty() || entries_.back().before(entry)) {
        entries_.push_back(entry);
        advance_steps(entry);
        return;
    }
    const auto at = std::upper_bound(entries_.begin(), entries_.end(), entry,
                                     [](const Entry& a, const Entry& b) { return a.before(b); });
    entries_.insert(at, entry);
    if (rule_->type != CorrelationType::temporal_ordered) return;
    std::fill(chain_start_ns_.begin(), chain_start_ns_.end(), never);
    for (const Entry& each : entries_) advance_steps(each);
}

// Steps from the last to the first, so that one finding never serves two steps.
void Group::advance_steps(const Entry& entry) {
    const std::string* const rule = &rule_->rules[entry.rule_index];
    for (std::size_t step = chain_start_ns_.size(); step-- > 0;) {
        if (rule_->rules[step] != *rule) continue;
        const std::int64_t start = step == 0 ? entry.time.ns : chain_start_ns_[step - 1];
        chain_start_ns_[step] = std::max(chain_start_ns_[step], start);
    }
}

void Group::forget_entry(const Entry& entry) {
    if (rule_->type == CorrelationType::value_count && --entry.value->second == 0)
        values_.erase(entry.value);
    if (--per_rule_[entry.rule_index] == 0) --rules_present_;
}

std::size_t Group::drop_before(Timestamp start) {
    std::size_t dropped = 0;
    while (!entries_.empty() && entries_.front().time < start) {
        drop_oldest();
        ++dropped;
    }
    return dropped;
}

void Group::drop_oldest() {
    forget_entry(entries_.front());
    entries_.pop_front();
}

std::int64_t Group::count(Timestamp from) const {
    switch (rule_->type) {
        case CorrelationType::event_count:
            return static_cast<std::int64_t>(entries_.size());
        case CorrelationType::value_count:
            return static_cast<std::int64_t>(values_.size());
        case CorrelationType::temporal:
            return rules_present_;
        case CorrelationType::temporal_ordered:
            break;
    }
    std::int64_t steps = 0;
    for (const std::int64_t start : chain_start_ns_) {
        if (start == never || start < from.ns) break;
        ++steps;
    }
    return steps;
}

}  // namespace persandian::correlation
