// SPDX-License-Identifier: Apache-2.0
//
// IncidentRows: incident records as a person reads them: one row each, values beside their
// commitments. For replay, which shows what it found whether or not it is stored.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "detectors/incident/record_draft.h"

namespace persandian::cli {

/// The latest revision of an incident.
struct IncidentRow {
    std::string id, state, severity, rule_id, rule_title;
    std::string agency_code, agency_name, zone_name;
    bool has_agency = false;
    int zone_offset_minutes = 0;
    std::string occurred_at, last_seen_at, discovered_at;  ///< RFC 3339, UTC
    std::int64_t revision = 0;
    std::int64_t count = 0;
    struct Part {
        std::string field, value;
    };
    std::vector<Part> entity;
    struct Reason {
        std::string selection, field, test, value;
    };
    std::vector<Reason> why;
    std::vector<std::string> evidence;  ///< SHA-256 in hexadecimal
};

/// Collects rows from drafts as they pass by.
class IncidentRows {
  public:
    static constexpr std::size_t max_rows = 100'000;  ///< more incidents are only counted

    /// Takes note of an incident draft; other kinds are ignored.
    void add(const incident::RecordDraft& draft);
    /// By id.
    [[nodiscard]] const std::map<std::string, IncidentRow>& rows() const noexcept { return rows_; }
    [[nodiscard]] std::uint64_t left_out() const noexcept { return left_out_; }

  private:
    std::map<std::string, IncidentRow> rows_;
    std::uint64_t left_out_ = 0;
};

/// 0 informational … 4 critical; -1 for another word.
[[nodiscard]] int severity_rank(const std::string& severity);

}  // namespace persandian::cli
