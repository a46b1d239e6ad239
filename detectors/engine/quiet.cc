// SPDX-License-Identifier: Apache-2.0
#include "detectors/engine/quiet.h"

#include <algorithm>
#include <map>
#include <utility>

#include "detectors/engine/field_table.h"

namespace persandian::engine {
namespace {

/// All names that a group-by goes by: as written, and what it stands for in the findings counted.
std::vector<std::vector<std::string>> group_names(const CorrelationRule& rule) {
    std::vector<std::vector<std::string>> out;
    for (const std::string& written : rule.group_by) {
        std::vector<std::string>& names = out.emplace_back();
        names.push_back(written);
        const auto add = [&](const std::string& name) {
            if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
        };
        const auto alias = rule.aliases.find(written);
        for (const std::string& id : rule.rules) {
            std::string field = written;
            if (alias != rule.aliases.end()) {
                const auto of_rule = alias->second.find(id);
                if (of_rule == alias->second.end()) continue;
                field = of_rule->second;
                add(field);
            }
            const auto mapped = rule.field_names.find(id);
            if (mapped == rule.field_names.end()) continue;
            const auto name = mapped->second.find(field);
            if (name != mapped->second.end()) add(name->second);
        }
    }
    return out;
}

suppression::RuleCatalog catalog_of(const sigma::RuleSet& rules) {
    suppression::RuleCatalog out;
    std::map<std::string_view, const CorrelationRule*> correlations;
    for (const CorrelationRule& rule : rules.correlations())
        correlations.emplace(rule.rule.id, &rule);
    for (const sigma::RuleInfo& info : rules.rules()) {
        suppression::KnownRule& known = out.rules.emplace_back();
        known.id = info.reference.id;
        known.name = info.name;
        const auto correlation = correlations.find(known.id);
        known.is_correlation = correlation != correlations.end();
        if (known.is_correlation) known.group_by = group_names(*correlation->second);
    }
    out.field_names = [&rules](const std::string& id, const std::string& field) {
        return rules.event_fields(id, field);
    };
    for (const FieldRow& row : field_table()) out.known_fields.push_back(row.field->name());
    return out;
}

}  // namespace

suppression::PlanResult plan_suppressions(std::span<const suppression::SourceFile> files,
                                          int zone_offset_minutes, const sigma::RuleSet& rules,
                                          const suppression::Limits& limits) {
    suppression::ParseResult parsed = suppression::parse(files, zone_offset_minutes, limits);
    if (!parsed.problems.empty()) {
        suppression::PlanResult out;
        out.problems = std::move(parsed.problems);
        return out;
    }
    return suppression::make_plan(std::move(parsed.suppressions), catalog_of(rules), limits);
}

void add_suppressions(incident::ConfigFacts& facts, const suppression::Suppressor& suppressor) {
    if (!suppressor.plan()) return;
    const suppression::Plan& plan = *suppressor.plan();
    for (const suppression::ReadFile& file : plan.files)
        facts.suppression_files.push_back(file.text);
    const std::vector<suppression::EntryCount> counts = suppressor.counts();
    for (std::size_t i = 0; i < plan.entries.size(); ++i) {
        const suppression::Entry& entry = plan.entries[i];
        incident::QuietFact& fact = facts.suppressions.emplace_back();
        fact.file = entry.file;
        fact.line = entry.mark.line;
        fact.rules = plan.rule_ids[i];
        fact.reason = entry.reason;
        fact.author = entry.author;
        fact.from = entry.from;
        fact.until = entry.until;
        fact.also_correlations = entry.also_correlations;
        if (entry.throttle) {
            fact.throttle_limit = entry.throttle->limit;
            fact.throttle_window = entry.throttle->window;
        }
        fact.hidden = counts[i].hidden;
        fact.last_hidden = counts[i].last_hidden;
    }
}

}  // namespace persandian::engine
