// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/rule_parser.h"

#include <algorithm>

#include <fmt/format.h>

#include "detectors/sigma/condition_parser.h"
#include "detectors/sigma/detection_parser.h"
#include "detectors/sigma/metadata_parser.h"

namespace persandian::sigma {
namespace {

using yaml::Node;

void warn_of_unused(const std::vector<Detection>& detections, const std::vector<bool>& used,
                    Problems& problems) {
    for (std::size_t i = 0; i < detections.size(); ++i)
        if (!used[i] && !detections[i].name.starts_with('_'))
            problems.warn(detections[i].mark,
                          fmt::format("'{}' is not used by the condition", detections[i].name));
}

std::string by_mistake(const yaml::Entry* near, std::string_view key) {
    if (near == nullptr) return {};
    return fmt::format("; did you mean '{}' by '{}'?", key, near->key);
}

/// Selections and condition of a rule's `detection` or a filter's `filter`.
void parse_body(const Node& map, std::vector<std::string_view> skip, const ModifierContext& context,
                std::vector<Detection>& detections, ConditionNode& condition, Problems& problems,
                const OldRule& rule = {}) {
    skip.push_back("condition");
    detections = parse_detections(map, skip, context, problems);
    const Node* const written = map.find("condition");
    if (written == nullptr) {
        const yaml::Entry* const near = near_miss(map, "condition");
        problems.refuse(near == nullptr ? map.mark : near->mark,
                        "there is no condition; it says how the selections go together" +
                            by_mistake(near, "condition"));
        return;
    }
    if (detections.empty())
        problems.refuse(map.mark, "there is no selection for the condition to name");
    std::vector<bool> used(detections.size());
    std::optional<ConditionNode> parsed =
        parse_condition(*written, detections, used, problems, rule);
    if (!parsed) return;
    condition = std::move(*parsed);
    warn_of_unused(detections, used, problems);
}

RuleAst parse_rule(const Node& root, std::string_view text, const ModifierContext& context,
                   Problems& problems) {
    RuleAst rule;
    rule.mark = root.mark;
    parse_metadata(root, text, rule.info, rule.name, problems);
    rule.logsource = parse_logsource(root, rule.info.logsource, problems);
    const Node& detection = *root.find("detection");
    if (!detection.is_map()) {
        problems.refuse(detection.mark, "detection must be a map of selections and a condition");
        return rule;
    }
    const Node* const timeframe = detection.find("timeframe");
    if (timeframe != nullptr)
        problems.refuse(
            timeframe->mark,
            "timeframe belonged to aggregations with '|', which were removed from Sigma "
            "2: write a correlation rule with timespan");
    const OldRule old = {rule.name.empty() ? rule.info.reference.id : rule.name,
                         timeframe == nullptr ? std::string() : timeframe->text};
    parse_body(detection, {"timeframe"}, context, rule.detections, rule.condition, problems, old);
    return rule;
}

CorrelationAst parse_correlation_rule(const Node& root, std::string_view text, Problems& problems) {
    CorrelationAst out;
    out.mark = root.mark;
    parse_metadata(root, text, out.info, out.name, problems);
    parse_correlation(root, *root.find("correlation"), out, problems);
    return out;
}

FilterAst parse_filter(const Node& root, std::string_view text, const ModifierContext& context,
                       Problems& problems) {
    FilterAst out;
    std::string name;
    out.mark = root.mark;
    parse_metadata(root, text, out.info, name, problems);
    out.logsource = parse_logsource(root, out.info.logsource, problems);
    const Node& filter = *root.find("filter");
    if (!filter.is_map()) {
        problems.refuse(filter.mark, "filter must be a map with rules, selections and a condition");
        return out;
    }
    const Node* const rules = filter.find("rules");
    if (rules == nullptr || rules->is_null()) {
        problems.refuse(filter.mark, "a filter needs 'rules': a list of rule ids or names, or any");
    } else if (rules->is_scalar() && rules->text == "any") {
        out.any_rule = true;
    } else {
        out.rules = read_texts(*rules, "rules", problems);
        if (out.rules.empty())
            problems.refuse(rules->mark,
                            "'rules' is empty: list rule ids or names, or write rules: any");
        for (std::size_t i = 0; i < out.rules.size(); ++i)
            out.rule_marks.push_back(rules->is_sequence() ? rules->items[i].mark : rules->mark);
    }
    parse_body(filter, {"rules"}, context, out.detections, out.condition, problems);
    return out;
}

}  // namespace

ParsedDocument parse_rule_document(const Node& root, std::string_view text,
                                   const ModifierContext& context, Problems& problems) {
    if (!root.is_map()) {
        problems.refuse(root.mark, "a rule must be a map with title, logsource and detection");
        return std::monostate{};
    }
    if (const Node* const action = root.find("action")) {
        problems.refuse(action->mark,
                        "'action' (rule collections with global, repeat, reset) was removed from "
                        "Sigma 2: write each rule out in a document of its own");
        return std::monostate{};
    }
    if (root.find("detection") != nullptr) return parse_rule(root, text, context, problems);
    if (root.find("correlation") != nullptr) return parse_correlation_rule(root, text, problems);
    if (root.find("filter") != nullptr) return parse_filter(root, text, context, problems);
    yaml::Mark mark = root.mark;
    std::string hint;
    for (const std::string_view key : {"detection", "correlation", "filter"})
        if (const yaml::Entry* const near = near_miss(root, key)) {
            hint = by_mistake(near, key);
            mark = near->mark;
        }
    problems.refuse(mark, "this document has neither detection nor correlation nor filter" + hint);
    return std::monostate{};
}

}  // namespace persandian::sigma
