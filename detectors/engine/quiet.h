// SPDX-License-Identifier: Apache-2.0
//
// Suppression files and a rule set to a plan: what the daemon, replay and `rules suppressions` do
// with suppressions.d.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "detectors/incident/records.h"
#include "detectors/sigma/rule_set.h"
#include "detectors/suppression/plan.h"
#include "detectors/suppression/suppressor.h"

namespace persandian::engine {

/// Reads the files and finds the rules and fields they speak of. The plan is null when there is a
/// problem; all of them are listed, by file and line.
[[nodiscard]] suppression::PlanResult plan_suppressions(
    std::span<const suppression::SourceFile> files, int zone_offset_minutes,
    const sigma::RuleSet& rules, const suppression::Limits& limits = {});

/// Adds the entries of the plan, and what became of them, to the facts of the configuration record.
/// A suppressor without a plan adds nothing.
void add_suppressions(incident::ConfigFacts& facts, const suppression::Suppressor& suppressor);

}  // namespace persandian::engine
