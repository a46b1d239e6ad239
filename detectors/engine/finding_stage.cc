// SPDX-License-Identifier: Apache-2.0
#include "detectors/engine/finding_stage.h"

#include <utility>
#include <vector>

namespace persandian::engine {
namespace {

void add(correlation::Counters& sum, const correlation::Counters& part) {
    sum.evicted_groups += part.evicted_groups;
    sum.evicted_entries += part.evicted_entries;
    sum.findings_without_group_field += part.findings_without_group_field;
    sum.findings_without_value_field += part.findings_without_value_field;
    sum.late_findings += part.late_findings;
    sum.too_late_findings += part.too_late_findings;
    sum.samples_without_evidence += part.samples_without_evidence;
    sum.chains_cut += part.chains_cut;
}

}  // namespace

FindingStage::FindingStage(std::shared_ptr<const sigma::RuleSet> rules, FindingStageOptions options,
                           const incident::AssetInventory& inventory, RandomSource& random,
                           incident::RecordSink& out)
    : rules_(std::move(rules)), options_(std::move(options)) {
    incidents_ =
        incident::make_incident_stage(context(), inventory, random, out, options_.incident_limits);
    make_correlator();
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

void FindingStage::make_correlator() {
    const auto rules = rules_->correlations();
    correlator_ =
        correlation::make_correlator(std::vector<CorrelationRule>(rules.begin(), rules.end()),
                                     quiet_, options_.correlation_limits);
}

void FindingStage::on_finding(Finding finding) {
    if (options_.file_time) on_time(finding.time);
    if (quiet_.hides_from_correlations(finding)) return;
    correlator_->on_finding(std::move(finding));
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
    add(before_swaps_, correlator_->counters());
    rules_ = std::move(rules);
    incidents_->set_context(context());
    make_correlator();
}

correlation::Counters FindingStage::correlation_counters() const {
    correlation::Counters sum = before_swaps_;
    add(sum, correlator_->counters());
    return sum;
}

}  // namespace persandian::engine
