// SPDX-License-Identifier: Apache-2.0
//
// Finding: a rule (or a correlation, or a coded behaviour) held for an event. An owned value: it
// crosses the process border from the inspector to the recorder.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "detectors/base/digest.h"
#include "detectors/base/timestamp.h"

namespace persandian {

/// Sigma's levels, in order.
enum class Level : std::uint8_t { informational, low, medium, high, critical };

/// "informational" … "critical". Static storage.
[[nodiscard]] std::string_view to_string(Level level);

/// A value of the event that the finding keeps, in canonical text.
struct FindingField {
    std::string name;  ///< dotted event field name
    std::string value;
};

/// One condition of the rule that held, for "why did this fire".
struct MatchedCondition {
    std::string selection;  ///< name of the search identifier in the rule
    std::string field;      ///< field as the rule writes it; empty for keywords
    std::string test;       ///< the rule's test in words: "contains 'union select'"
    std::string value;      ///< the event's value that met it, capped
};

/// Raw material that proves the finding: a frame or a log line.
struct Evidence {
    enum class Kind : std::uint8_t { packet, log_line };
    Kind kind = Kind::log_line;
    std::string bytes;            ///< at most max_bytes
    std::uint32_t link_type = 0;  ///< packets only: libpcap LINKTYPE_ number
    std::uint32_t wire_length_bytes = 0;
    Timestamp time;
    std::string source_name;   ///< capture file, interface, log file
    std::uint64_t number = 0;  ///< packet or line number in its source, from 1
    bool before = false;       ///< came before what matched: an earlier packet of its flow

    static constexpr std::size_t max_bytes = 65'536;
};

/// What the recorder needs of a rule to write an incident, copied so that a reload cannot change
/// it.
struct RuleReference {
    std::string id;  ///< the rule's id, else its name
    std::string title;
    Digest version;  ///< SHA-256 of the rule document's text
    Level level = Level::medium;
    std::vector<std::string> tags;  ///< "attack.t1190", …
};

/// Limits: at most max_fields fields and max_conditions conditions, each value max_value_bytes;
/// max_evidence pieces of evidence.
struct Finding {
    static constexpr std::size_t max_evidence = 16;
    static constexpr std::size_t max_fields = 96;
    static constexpr std::size_t max_conditions = 32;
    static constexpr std::size_t max_value_bytes = 1024;

    RuleReference rule;
    bool alert = true;         ///< false: only feeds correlations (Sigma: generate false)
    Timestamp time;            ///< event time
    std::uint16_t source = 0;  ///< source index, then sequence: total order together with time
    std::uint64_t sequence = 0;
    std::string event_type;
    std::vector<FindingField> fields;  ///< the event, capped
    std::size_t group_fields = 0;  ///< correlations: so many first fields are the group-by values
    std::vector<MatchedCondition> conditions;  ///< why
    std::vector<Evidence> evidence;  ///< what matched, then what came before it, newest first

    /// First value of a field by dotted name; empty when absent. Valid as long as the finding.
    [[nodiscard]] std::string_view value_of(std::string_view name) const;
};

class FindingSink {
  public:
    virtual ~FindingSink() = default;
    virtual void on_finding(Finding finding) = 0;
};

}  // namespace persandian
