// SPDX-License-Identifier: Apache-2.0
//
// OpenIncident: an incident that more findings may still join, and how it becomes a record. Knows
// the format (docs/formats/incident.md), not when a record is due.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "detectors/event/finding.h"
#include "detectors/incident/incident_stage.h"
#include "detectors/incident/record_draft.h"

namespace persandian::incident {

/// Evidence as the leaf names it.
struct EvidenceReference {
    Digest sha256;
    std::uint64_t size_bytes = 0;
    std::string media_type;
};

struct OpenIncident {
    std::string id;
    std::uint64_t revision = 0;  ///< of the last record written; 0 = none yet
    Finding first;               ///< without evidence
    std::vector<Entity> entity;
    const Agency* agency = nullptr;  ///< of the inventory; null when unregistered
    Digest rule_set;                 ///< in force when it was opened
    std::string rule_text;           ///< given away with the first record
    Timestamp occurred, last_seen, discovered;
    Timestamp touched;  ///< clock of arrival of the last finding
    std::uint64_t count = 0;
    std::uint64_t next_record_at = 1;           ///< count at which the next record is due
    std::uint64_t written_count = 0;            ///< what the last record said
    std::size_t samples = 0;                    ///< taken so far
    std::vector<Evidence> pending;              ///< samples for the next record
    std::vector<EvidenceReference> references;  ///< of records already written
};

/// What a record says beside the incident itself.
struct RecordSurroundings {
    const StageContext& context;
    const Limits& limits;
    Counters& counters;
    RandomSource& random;
};

/// The next revision of `incident`. Moves its pending samples into the record's evidence.
[[nodiscard]] RecordDraft next_record(OpenIncident& incident, bool is_final,
                                      const RecordSurroundings& around);

}  // namespace persandian::incident
