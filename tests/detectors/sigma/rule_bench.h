// SPDX-License-Identifier: Apache-2.0
//
// Runs one rule on one event, both written as YAML, for the tests of this room.
#pragma once

#include <string>
#include <vector>

#include "detectors/event/event.h"
#include "detectors/event/finding.h"
#include "detectors/sigma/rule_set.h"

namespace persandian::sigma::test {

/// Keeps findings.
struct Findings : FindingSink {
    std::vector<Finding> all;
    void on_finding(Finding finding) override { all.push_back(std::move(finding)); }
};

/// Makes an event from a YAML map: nested maps become dotted names, lists repeat the name.
void fill_event(Event& event, const std::string& yaml_map);

/// A whole rule around `detection` (its lines indented by two blanks).
[[nodiscard]] std::string rule_text(const std::string& detection);
[[nodiscard]] LoadResult load(const std::vector<std::string>& texts,
                              const LoadOptions& options = {},
                              const std::vector<std::string>& logsources = {});

/// Findings of `detection` ("  s:\n    a: 1\n  condition: s\n") for the event. The rule must load.
[[nodiscard]] std::vector<Finding> run(const std::string& detection, const std::string& event);
[[nodiscard]] bool fires(const std::string& detection, const std::string& event);
/// Whether a rule whose only selection is `item` ("a|contains: x") fires.
[[nodiscard]] bool holds(const std::string& item, const std::string& event);
/// "line:column: reason" of each problem of a rule with this detection; the line counts from the
/// first line of the detection. Empty when it loads.
[[nodiscard]] std::string refusal(const std::string& detection);
[[nodiscard]] std::string item_refusal(const std::string& item);

}  // namespace persandian::sigma::test
