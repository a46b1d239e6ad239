// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/filters.h"

#include <algorithm>

#include <fmt/format.h>

#include "detectors/sigma/logsource.h"
#include "detectors/sigma/problems.h"

namespace persandian::sigma {
namespace {

void shift(ConditionNode& node, std::size_t by) {
    if (node.kind == ConditionNode::Kind::detection) node.detection += by;
    for (ConditionNode& child : node.children) shift(child, by);
}

void join(RuleAst& rule, const FilterAst& filter) {
    ConditionNode added = filter.condition;
    shift(added, rule.detections.size());
    for (const Detection& detection : filter.detections) {
        rule.detections.push_back(detection);
        rule.detections.back().name =
            fmt::format("{} ({})", detection.name, filter.info.reference.title);
    }
    ConditionNode both;
    both.kind = ConditionNode::Kind::all_of;
    both.children.push_back(std::move(rule.condition));
    both.children.push_back(std::move(added));
    rule.condition = std::move(both);
}

bool is_named(const FilterAst& filter, const RuleAst& rule) {
    const auto names = [&](const std::string& name) {
        return name == rule.info.reference.id || (!rule.name.empty() && name == rule.name);
    };
    return filter.any_rule || std::any_of(filter.rules.begin(), filter.rules.end(), names);
}

/// A filter takes part only where its log source covers the rule's.
void warn_of_other_source(const FilterAst& filter, const RuleAst& rule, Problems& problems) {
    yaml::Mark mark = filter.mark;
    for (std::size_t i = 0; i < filter.rules.size(); ++i)
        if (filter.rules[i] == rule.info.reference.id || filter.rules[i] == rule.name)
            mark = filter.rule_marks[i];
    problems.warn(
        mark, fmt::format("the filter is not applied to '{}': its logsource ({}) does "
                          "not cover that of the rule ({})",
                          rule.info.reference.title, filter.info.logsource, rule.info.logsource));
}

}  // namespace

void apply_filters(Documents& documents, LoadResult& result) {
    for (const FilterAst& filter : documents.filters) {
        Problems problems(filter.info.path);
        for (std::size_t i = 0; i < filter.rules.size(); ++i) {
            const bool known =
                std::any_of(documents.rules.begin(), documents.rules.end(), [&](const RuleAst& r) {
                    return r.info.reference.id == filter.rules[i] || r.name == filter.rules[i];
                });
            if (!known)
                problems.refuse(
                    filter.rule_marks[i],
                    fmt::format("the filter names the rule '{}', which is not among the "
                                "loaded rules",
                                filter.rules[i]));
        }
        if (!problems.refused.empty()) {
            for (RuleProblem& problem : problems.refused) problem.rule_line = filter.mark.line;
            ++result.refused_count;
            result.refused.insert(result.refused.end(), problems.refused.begin(),
                                  problems.refused.end());
            continue;
        }
        for (RuleAst& rule : documents.rules) {
            if (!is_named(filter, rule)) continue;
            if (fit(filter.logsource, rule.logsource) == SourceFit::full) {
                join(rule, filter);
            } else if (!filter.any_rule) {
                warn_of_other_source(filter, rule, problems);
            }
        }
        result.warnings.insert(result.warnings.end(), problems.warnings.begin(),
                               problems.warnings.end());
    }
}

}  // namespace persandian::sigma
