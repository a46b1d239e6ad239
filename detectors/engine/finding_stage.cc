// SPDX-License-Identifier: Apache-2.0
#include "detectors/engine/finding_stage.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace persandian::engine {
namespace {

std::vector<CorrelationRule> correlations_of(const sigma::RuleSet& rules) {
    return {rules.correlations().begin(), rules.correlations().end()};
}

using ById = std::map<std::string_view, const CorrelationRule*>;

ById by_id(const sigma::RuleSet& rules) {
    ById out;
    for (const CorrelationRule& rule : rules.correlations()) out.emplace(rule.rule.id, &rule);
    return out;
}

/// The same text over rules of the same texts, with the same names for their fields.
bool is_same(const CorrelationRule& was, const CorrelationRule& is, const sigma::RuleSet& before,
             const sigma::RuleSet& now) {
    if (was.rule.version != is.rule.version || was.rules != is.rules ||
        was.field_names != is.field_names)
        return false;
    return std::all_of(is.rules.begin(), is.rules.end(), [&](const std::string& id) {
        const sigma::RuleInfo* const old_rule = before.find(id);
        const sigma::RuleInfo* const new_rule = now.find(id);
        return old_rule != nullptr && new_rule != nullptr &&
               old_rule->reference.version == new_rule->reference.version;
    });
}

/// Ids of the correlations in `now` that count what they counted in `before`.
std::set<std::string> unchanged_correlations(const sigma::RuleSet& before,
                                             const sigma::RuleSet& now) {
    const ById old_ones = by_id(before);
    const ById new_ones = by_id(now);
    std::set<std::string> out;
    for (const auto& [id, rule] : new_ones)
        if (const auto was = old_ones.find(id);
            was != old_ones.end() && is_same(*was->second, *rule, before, now))
            out.emplace(id);
    // A correlation of a changed correlation is changed, too.
    const auto reads_changed = [&](const std::string& id) {
        const auto& read = new_ones.at(id)->rules;
        return std::any_of(read.begin(), read.end(), [&](const std::string& other) {
            return new_ones.contains(other) && !out.contains(other);
        });
    };
    while (std::erase_if(out, reads_changed) > 0) continue;
    return out;
}

}  // namespace

FindingStage::FindingStage(std::shared_ptr<const sigma::RuleSet> rules, FindingStageOptions options,
                           const incident::AssetInventory& inventory, RandomSource& random,
                           incident::RecordSink& out)
    : rules_(std::move(rules)), options_(std::move(options)) {
    incidents_ =
        incident::make_incident_stage(context(), inventory, random, out, options_.incident_limits);
    correlator_ =
        correlation::make_correlator(correlations_of(*rules_), gate_, options_.correlation_limits);
}

incident::StageContext FindingStage::context() const {
    incident::StageContext out;
    out.rule_set_version = rules_->version();
    out.rule_text = [rules = rules_](const std::string& id) {
        const sigma::RuleInfo* const rule = rules->find(id);
        return rule == nullptr ? std::string() : rule->text;
    };
    out.coverage = options_.coverage;
    out.is_our_word = is_our_word;
    out.sensor = options_.sensor;
    out.next_incident_number =
        incidents_ ? incidents_->next_incident_number() : options_.next_incident_number;
    return out;
}

void FindingStage::on_finding(Finding finding) {
    if (options_.file_time) on_time(finding.time);
    if (quiet_.hides_from_correlations(finding)) return;
    correlator_->on_finding(std::move(finding));
}

void FindingStage::on_finding_again(Finding finding) {
    if (quiet_.has_hidden_from_correlations(finding)) return;
    gate_.is_open = false;
    correlator_->on_finding(std::move(finding));
    gate_.is_open = true;
}

void FindingStage::on_time(Timestamp now) {
    correlator_->on_time(now);
    incidents_->on_time(now);
}

void FindingStage::begin_run() {
    correlator_->forget();
    quiet_.forget_windows();
    incidents_->close();
}

void FindingStage::close() {
    incidents_->close();
}

void FindingStage::swap_rules(std::shared_ptr<const sigma::RuleSet> rules) {
    before_swaps_ += correlator_->counters();
    correlator_ =
        correlator_->successor(correlations_of(*rules), unchanged_correlations(*rules_, *rules));
    rules_ = std::move(rules);
    incidents_->set_context(context());
}

std::vector<Shortfall> FindingStage::shortfalls() const {
    correlation::Counters correlations = before_swaps_;
    correlations += correlator_->counters();
    const incident::Counters& incidents = incidents_->counters();
    std::uint64_t throttle_keys = 0;
    for (const suppression::EntryCount& entry : quiet_.counts())
        throttle_keys += entry.evicted_keys;
    std::vector<Shortfall> out = {
        {"correlation_groups_evicted", correlations.evicted_groups},
        {"correlation_entries_evicted", correlations.evicted_entries},
        {"correlation_samples_without_evidence", correlations.samples_without_evidence},
        {"correlation_chains_cut", correlations.chains_cut},
        {"findings_without_group_field", correlations.findings_without_group_field},
        {"findings_without_value_field", correlations.findings_without_value_field},
        {"findings_without_number", correlations.findings_without_number},
        {"findings_too_late", correlations.too_late_findings},
        {"throttle_keys_evicted", throttle_keys},
        {"incidents_closed_early", incidents.closed_early},
        {"incident_samples_left_out", incidents.samples_left_out},
        {"incident_fields_left_out", incidents.fields_left_out}};
    std::erase_if(out, [](const Shortfall& shortfall) { return shortfall.count == 0; });
    return out;
}

}  // namespace persandian::engine
