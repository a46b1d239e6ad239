// SPDX-License-Identifier: Apache-2.0
//
// The interface of the incident room: findings in, incident records out. Groups findings of the
// same rule and entity within a window, attributes them to an agency, states coverage, and
// separates what can name a person (disclosures, evidence) from what the leaf says. Format:
// docs/formats/incident.md.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "detectors/base/ip_address.h"
#include "detectors/base/random.h"
#include "detectors/base/timestamp.h"
#include "detectors/event/finding.h"
#include "detectors/incident/record_draft.h"

namespace persandian::incident {

/// An agency (OPD) and what belongs to it. Names are configuration, never constants.
struct Agency {
    std::string code;  ///< "72.71" or the office's own code
    std::string name;
    std::string zone;  ///< IANA zone, "Asia/Makassar"
    int zone_offset_minutes = 480;
    std::string zone_name = "WITA";
    std::string contact;  ///< who is told; may name a person, so it is disclosed, not in the leaf
    std::vector<IpNetwork> networks;
    std::vector<std::string> hosts;        ///< host names; ".x.go.id" = apex and sub-domains
    std::vector<std::string> log_sources;  ///< path prefixes of log files or names of log hosts
};

/// Who owns what. Immutable; the most specific match wins (host, then longest prefix, then log
/// source).
struct AssetInventory {
    std::vector<Agency> agencies;
    /// The agency of a finding's destination, then source (DNS: the other way round), then host and
    /// log source; null when unregistered. Valid as long as the inventory.
    [[nodiscard]] const Agency* find(const Finding& finding) const;
};

/// What was seen and not seen since start, cumulative.
struct Coverage {
    std::uint64_t packets_received = 0;
    std::uint64_t packets_dropped_kernel = 0;
    std::uint64_t packets_dropped_interface = 0;
    std::uint64_t packets_malformed = 0;
    std::uint64_t flows_evicted = 0;
    std::uint64_t flows_shed = 0;  ///< whose rest was not looked at, so that no packet is lost
    std::uint64_t lines_read = 0;
    std::uint64_t lines_unparsed = 0;
    std::uint64_t lines_lost = 0;
    std::uint64_t events = 0;
    std::uint64_t findings = 0;
    std::uint64_t suppressed = 0;  ///< of the findings and correlations: hidden on purpose
};

/// A counter of Coverage and its name in records.
struct CoverageCounter {
    std::string_view name;
    std::uint64_t Coverage::*member;
};
/// What sources and stages count, in the order of the record; `suppressed` is counted apart.
inline constexpr std::array<CoverageCounter, 11> coverage_counters = {{
    {"packets_received", &Coverage::packets_received},
    {"packets_dropped_kernel", &Coverage::packets_dropped_kernel},
    {"packets_dropped_interface", &Coverage::packets_dropped_interface},
    {"packets_malformed", &Coverage::packets_malformed},
    {"flows_evicted", &Coverage::flows_evicted},
    {"flows_shed", &Coverage::flows_shed},
    {"lines_read", &Coverage::lines_read},
    {"lines_unparsed", &Coverage::lines_unparsed},
    {"lines_lost", &Coverage::lines_lost},
    {"events", &Coverage::events},
    {"findings", &Coverage::findings},
}};
/// Adds up what several stages or sources saw; `suppressed` is left as it is.
inline void add_coverage(Coverage& sum, const Coverage& part) {
    for (const CoverageCounter& counter : coverage_counters)
        sum.*counter.member += part.*counter.member;
}

struct Limits {
    Duration grouping_window =
        Duration::hours(1);  ///< a finding this long after the last opens a new incident
    std::size_t max_open_incidents = 50'000;
    std::size_t max_evidence_samples = 5;  ///< per incident, beside what came before them
    std::size_t max_pending_sample_bytes = 64 * 1024 * 1024;  ///< samples not yet in a record
    std::size_t max_record_bytes = 60'000;  ///< of members; fields are left out beyond it
    /// A further record is written when the count reaches the next power of ten, at the end of the
    /// window, when the stage is closed, and when write_counts() asks for it.
};

struct Counters {
    std::uint64_t incidents = 0;
    std::uint64_t records = 0;
    std::uint64_t closed_early = 0;      ///< max_open_incidents was reached
    std::uint64_t samples_left_out = 0;  ///< max_pending_sample_bytes was reached
    std::uint64_t fields_left_out = 0;   ///< max_record_bytes was reached
};

/// Who the incident is about: the field that stands for the entity, by event. See incident.md.
struct Entity {
    std::string field;  ///< "src_ip"
    std::string value;
};

/// The entity of a finding: the group-by values of a correlation; `user.name` when the rule is
/// about accounts (ATT&CK t1078, t1098, t1136, t1548); else `src_ip`, `user.name`, `host`,
/// `log.source`, whichever comes first. Empty when there is none of them.
[[nodiscard]] std::vector<Entity> entity_of(const Finding& finding);

struct StageContext {
    Digest rule_set_version;
    /// Texts of rules by version, so that the rule as it was in force is kept as evidence.
    std::function<std::string(const std::string& rule_id)> rule_text;
    std::function<Coverage()> coverage;
    /// Whether a word is one of ours: a field's name, a protocol, a log format. Other words came
    /// from outside (keys of JSON logs), can name a person, and are disclosed instead of written
    /// into the leaf. Absent: no word is trusted.
    std::function<bool(std::string_view word)> is_our_word;
    std::string sensor;                      ///< name of this sensor
    std::uint64_t next_incident_number = 1;  ///< continues the ledger's numbering
};

/// Single-threaded. `now` is when we noticed: wall clock in the daemon, file time in replay.
class IncidentStage : public FindingSink {
  public:
    virtual void on_time(Timestamp now) = 0;
    /// Writes the final record of all open incidents and forgets the clock. More may follow.
    virtual void close() = 0;
    /// Open incidents that have counted more than their last record says.
    [[nodiscard]] virtual std::size_t unwritten() const noexcept = 0;
    /// Writes a further record of each of those.
    virtual void write_counts() = 0;
    /// A reload: later incidents carry the new rule set.
    virtual void set_context(StageContext context) = 0;
    [[nodiscard]] virtual const Counters& counters() const noexcept = 0;
    /// Number of the next incident, for the context of a later stage.
    [[nodiscard]] virtual std::uint64_t next_incident_number() const noexcept = 0;
};

/// `inventory`, `random` and `out` must outlive the stage.
[[nodiscard]] std::unique_ptr<IncidentStage> make_incident_stage(StageContext context,
                                                                 const AssetInventory& inventory,
                                                                 RandomSource& random,
                                                                 RecordSink& out,
                                                                 const Limits& limits = {});

}  // namespace persandian::incident
