// SPDX-License-Identifier: Apache-2.0
//
// A rule as its author wrote it, after parsing and before compiling.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "detectors/base/yaml.h"
#include "detectors/sigma/modifiers/modifier.h"
#include "detectors/sigma/rule_set.h"

namespace persandian::sigma {

/// The body of a search identifier: items joined by and/or.
struct DetectionNode {
    enum class Kind : std::uint8_t { item, all_of, any_of };
    Kind kind = Kind::item;
    Item item;
    std::vector<DetectionNode> children;
};

/// A search identifier ("selection", "filter_main_x") and its body.
struct Detection {
    std::string name;
    yaml::Mark mark;
    DetectionNode body;
};

/// A condition over the detections of its rule. and/or with no children do not occur.
struct ConditionNode {
    enum class Kind : std::uint8_t { detection, all_of, any_of, negation };
    Kind kind = Kind::detection;
    std::size_t detection = 0;  ///< index in RuleAst::detections
    std::vector<ConditionNode> children;
};

struct RuleAst {
    RuleInfo info;
    std::string name;  ///< for references; may be empty
    yaml::Mark mark;   ///< where the document begins
    LogSource logsource;
    std::vector<Detection> detections;
    ConditionNode condition;
    bool alert = true;
};

/// A correlation before its references are resolved.
struct CorrelationAst {
    /// A rule that the condition names.
    struct Named {
        std::string name;
        yaml::Mark mark;
    };

    RuleInfo info;
    std::string name;
    yaml::Mark mark;
    CorrelationRule rule;  ///< rule.rules and the keys of its maps hold ids or names as written
    std::vector<std::string> written;         ///< rule.rules before they were resolved
    std::vector<yaml::Mark> reference_marks;  ///< one per entry of rule.rules
    std::vector<Named> named;  ///< what rule.condition.expression's leaves refer to, until resolved
    /// alias and rule name as written → where
    std::map<std::pair<std::string, std::string>, yaml::Mark> alias_marks;
    bool has_level = false;  ///< the document says its level
    bool generate = false;
};

/// `filter:` documents: conditions that are joined to other rules by "and".
struct FilterAst {
    RuleInfo info;
    yaml::Mark mark;
    LogSource logsource;
    bool any_rule = false;
    std::vector<std::string> rules;
    std::vector<yaml::Mark> rule_marks;
    std::vector<Detection> detections;
    ConditionNode condition;
};

}  // namespace persandian::sigma
