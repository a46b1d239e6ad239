// SPDX-License-Identifier: Apache-2.0
//
// What a fired correlation says: its fields, the reason in words, and the evidence of the findings
// that led to it. Pure text work; firing is decided in correlator.cc.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "detectors/correlation/group.h"
#include "detectors/event/correlation_rule.h"
#include "detectors/event/finding.h"

namespace persandian::correlation {

/// The event's name for `name` (a field or alias of `rule`) in findings of `rule_id`. Valid as long
/// as the rule and `name`.
[[nodiscard]] std::string_view field_for(const CorrelationRule& rule, const std::string& rule_id,
                                         const std::string& name);

/// What is known when a rule fires.
struct Firing {
    const CorrelationRule& rule;
    const std::vector<std::string>& titles;        ///< of rule.rules, by index
    const std::vector<std::string>& group_values;  ///< of rule.group_by, by index
    const Group& group;
    const Verdict& verdict;
    bool brief = false;  ///< fields and evidence of the latest finding only
};

/// The correlation's own finding. Its first `group_fields` fields are the group-by values.
[[nodiscard]] Finding make_finding(const Firing& firing);

/// "90s", "5m", "1h", "2d".
[[nodiscard]] std::string timespan_text(Duration timespan);

}  // namespace persandian::correlation
