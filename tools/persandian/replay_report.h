// SPDX-License-Identifier: Apache-2.0
//
// What `persandian replay` says at its end: the incidents as a table and the totals, in Bahasa
// Indonesia or English, or both as one JSON object.
#pragma once

#include <cstdint>
#include <string>

#include "detectors/sigma/rule_set.h"
#include "detectors/suppression/suppressor.h"
#include "tools/persandian/incident_rows.h"
#include "tools/persandian/language.h"
#include "tools/persandian/replay_run.h"

namespace persandian::cli {

struct RuleTotals {
    std::size_t loaded = 0;
    std::size_t refused = 0;
    std::size_t unfed = 0;
};

struct ReplayReport {
    const IncidentRows& incidents;
    const ReplayTotals& totals;
    const RuleTotals& rules;
    const sigma::RuleSet& rule_set;  ///< for titles in the chosen language
    const suppression::Suppressor& suppressor;
    Language language = Language::english;
    int zone_offset_minutes = 480;  ///< for incidents without agency
    bool colour = false;
    std::size_t columns = 0;  ///< width of the terminal; 0: as wide as the texts are
    std::string ledger;       ///< folder; empty when nothing was stored
};

/// For people. Text from outside is escaped for the terminal.
[[nodiscard]] std::string report_text(const ReplayReport& report);
/// One JSON object with a line feed.
[[nodiscard]] std::string report_json(const ReplayReport& report);

}  // namespace persandian::cli
