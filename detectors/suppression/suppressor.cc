// SPDX-License-Identifier: Apache-2.0
#include "detectors/suppression/suppressor.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace persandian::suppression {
namespace {

/// The values that a field has in the finding. Of a correlation only those of its group: its other
/// fields are those of a few samples and say nothing about the rest.
std::vector<const std::string*> values_of(const Finding& finding, const PlannedEntry& planned,
                                          const PlannedField& field) {
    std::vector<const std::string*> out;
    if (planned.is_correlation) {
        const std::size_t count = std::min(finding.fields.size(), finding.group_fields);
        if (field.group && *field.group < count) out.push_back(&finding.fields[*field.group].value);
        return out;
    }
    for (const std::vector<std::string>& group : field.names) {
        for (const FindingField& held : finding.fields)
            if (std::find(group.begin(), group.end(), held.name) != group.end())
                out.push_back(&held.value);
        if (!out.empty()) break;
    }
    return out;
}

/// Every value must fit: one that nobody spoke of is not hidden along with the others.
bool fits(const Entry& entry, const PlannedEntry& planned, const Finding& finding) {
    for (std::size_t i = 0; i < entry.fields.size(); ++i) {
        const auto values = values_of(finding, planned, planned.fields[i]);
        const bool all = std::all_of(values.begin(), values.end(), [&](const std::string* value) {
            return entry.fields[i].fits(*value);
        });
        if (values.empty() || !all) return false;
    }
    return true;
}

void append_to_key(std::string& key, std::string_view value) {
    key += std::to_string(value.size());
    key += ':';
    key += value;
}

/// Rule and values of the key fields; nullopt when one is missing.
std::optional<std::string> key_of(const PlannedEntry& planned, const Finding& finding) {
    std::string key;
    append_to_key(key, finding.rule.id);
    for (const PlannedField& field : planned.key) {
        const auto values = values_of(finding, planned, field);
        if (values.empty()) return std::nullopt;
        append_to_key(key, *values.front());
    }
    return key;
}

}  // namespace

void Suppressor::use(std::shared_ptr<const Plan> plan) {
    plan_ = std::move(plan);
    counts_.clear();
    windows_.clear();
    hidden_ = 0;
    if (!plan_) return;
    counts_.resize(plan_->entries.size());
    for (const Entry& entry : plan_->entries) {
        windows_.emplace_back();
        if (entry.throttle)
            windows_.back().emplace(entry.throttle->limit, entry.throttle->window,
                                    limits_.max_throttle_keys);
    }
}

bool Suppressor::hides_from_correlations(const Finding& finding) {
    return hides(finding, true);
}

bool Suppressor::has_hidden_from_correlations(const Finding& finding) const {
    if (!plan_) return false;
    const auto found = plan_->by_rule.find(finding.rule.id);
    if (found == plan_->by_rule.end()) return false;
    return std::any_of(found->second.begin(), found->second.end(), [&](const PlannedEntry& one) {
        const Entry& entry = plan_->entries[one.entry];
        return entry.also_correlations && !one.is_correlation && entry.in_force(finding.time) &&
               fits(entry, one, finding);
    });
}

void Suppressor::on_finding(Finding finding) {
    if (!hides(finding, false)) out_->on_finding(std::move(finding));
}

bool Suppressor::hides(const Finding& finding, bool before_correlation) {
    if (!plan_) return false;
    const auto found = plan_->by_rule.find(finding.rule.id);
    if (found == plan_->by_rule.end()) return false;
    for (const PlannedEntry& planned : found->second) {
        const Entry& entry = plan_->entries[planned.entry];
        // What an entry hides from correlations, it was asked about before them.
        const bool is_asked_before = entry.also_correlations && !planned.is_correlation;
        if (is_asked_before == before_correlation && holds_back(planned, finding)) return true;
    }
    return false;
}

bool Suppressor::holds_back(const PlannedEntry& planned, const Finding& finding) {
    const Entry& entry = plan_->entries[planned.entry];
    if (finding.time < entry.from || !fits(entry, planned, finding)) return false;
    EntryCount& counted = counts_[planned.entry];
    if (!entry.in_force(finding.time)) {
        ++counted.after_expiry;
        return false;
    }
    if (entry.throttle) {
        const std::optional<std::string> key = key_of(planned, finding);
        if (!key || windows_[planned.entry]->passes(*key, finding.time)) return false;
    }
    count(counted, finding);
    return true;
}

void Suppressor::count(EntryCount& counted, const Finding& finding) {
    ++hidden_;
    ++counted.hidden;
    if (!counted.last_hidden || *counted.last_hidden < finding.time)
        counted.last_hidden = finding.time;
}

void Suppressor::forget_windows() {
    for (std::optional<ThrottleWindows>& windows : windows_)
        if (windows) windows->forget();
}

std::vector<EntryCount> Suppressor::counts() const {
    std::vector<EntryCount> out = counts_;
    for (std::size_t i = 0; i < out.size(); ++i)
        if (windows_[i]) out[i].evicted_keys = windows_[i]->evicted_keys();
    return out;
}

}  // namespace persandian::suppression
