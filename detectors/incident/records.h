// SPDX-License-Identifier: Apache-2.0
//
// Records that are not incidents: gap, heartbeat, config. (The ledger's writer makes genesis,
// recovery and close itself.) Formats: docs/formats/ledger.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "detectors/base/digest.h"
#include "detectors/base/timestamp.h"
#include "detectors/incident/incident_stage.h"
#include "detectors/incident/members.h"
#include "detectors/incident/record_draft.h"

namespace persandian::incident {

/// Named numbers of what is missing, in the order of writing. Names are ours.
using LostCounts = std::vector<std::pair<std::string, std::uint64_t>>;

/// Nobody looked, or something was lost, from `from` to `to`.
struct Gap {
    enum class What : std::uint8_t { capture, log, inspector, writer };
    What what = What::capture;
    Timestamp from, to;
    LostCounts lost;
    std::string reason;  ///< our own words; must not name a person, so no path and no line
    /// Files and lines concerned; kept as evidence, not written into the leaf.
    std::string details;
};
[[nodiscard]] RecordDraft gap_record(const Gap& gap, RandomSource& random);

[[nodiscard]] RecordDraft heartbeat_record(const Coverage& coverage, std::int64_t interval_seconds,
                                           RandomSource& random);

struct ConfigFacts {
    Digest rule_set;
    std::uint64_t rules = 0;    ///< loaded
    std::uint64_t refused = 0;  ///< could not be understood
    std::string binary;         ///< version of the program
    Digest configuration;       ///< SHA-256 of the effective configuration
};
[[nodiscard]] RecordDraft config_record(const ConfigFacts& facts, RandomSource& random);

/// Writes the member `coverage`.
void add_coverage(Members& members, const Coverage& coverage);

}  // namespace persandian::incident
