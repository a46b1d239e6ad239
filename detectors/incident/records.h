// SPDX-License-Identifier: Apache-2.0
//
// Records that are not incidents: gap, heartbeat, config. (The ledger's writer makes genesis,
// recovery and close itself.) Formats: docs/formats/ledger.md.
#pragma once

#include <cstdint>
#include <optional>
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

/// A suppression or a throttle of the configuration, and what it has hidden so far.
struct QuietFact {
    std::size_t file = 0;            ///< index in ConfigFacts::suppression_files
    std::uint64_t line = 0;          ///< in that file
    std::vector<std::string> rules;  ///< ids of the rules it speaks of
    std::string reason;              ///< a person's words: disclosed, not in the leaf
    std::string author;              ///< likewise
    Timestamp from, until;           ///< in force at or after `from` and before `until`
    bool also_correlations = false;
    std::uint64_t throttle_limit = 0;  ///< 0: not a throttle
    Duration throttle_window;
    std::uint64_t hidden = 0;  ///< since it was put in force
    std::optional<Timestamp> last_hidden;
};

struct ConfigFacts {
    Digest rule_set;
    std::uint64_t rules = 0;                     ///< loaded
    std::uint64_t refused = 0;                   ///< could not be understood
    std::string binary;                          ///< version of the program
    Digest configuration;                        ///< SHA-256 of the effective configuration
    std::vector<std::string> suppression_files;  ///< texts; kept as evidence
    std::vector<QuietFact> suppressions;         ///< those of one file stand together
};

/// Rule ids listed for one suppression; rule_count tells how many there are.
inline constexpr std::size_t max_listed_rules = 50;
/// Of a rule's id in that list; longer ones are cut.
inline constexpr std::size_t max_listed_id_bytes = 200;
/// Members of one config record; what does not fit goes into further ones (part, parts).
inline constexpr std::size_t max_config_record_bytes = 50'000;

/// The configuration as records: one, or several when there are many suppressions.
[[nodiscard]] std::vector<RecordDraft> config_records(const ConfigFacts& facts,
                                                      RandomSource& random);

/// Writes the member `coverage`.
void write_coverage(Members& members, const Coverage& coverage);

}  // namespace persandian::incident
