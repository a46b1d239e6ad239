// SPDX-License-Identifier: Apache-2.0
//
// What a reviewer sees of an incident: a projection of the ledger, rebuilt from it at any time.
// Values that name people come from the disclosure file and may be gone (redacted).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "detectors/base/timestamp.h"

namespace persandian::review {

/// A value behind a commitment; nullopt when its disclosure is not there any more.
using Disclosed = std::optional<std::string>;

struct NamedValue {
    std::string name;
    Disclosed value;
};

struct Condition {
    std::string selection, field, test;
    Disclosed value;
};

struct EvidenceReference {
    std::string sha256;  ///< hex
    std::uint64_t size_bytes = 0;
    std::string media_type;
};

/// One record about the incident: a revision or a decision.
struct HistoryEntry {
    std::uint64_t index = 0;  ///< in the ledger
    std::string time;         ///< RFC 3339, when it was written
    std::string action;       ///< "recorded", "updated", "acknowledge", "assign", …
    std::string status, verdict;
    std::string officer_key;  ///< key id; empty for revisions
    Disclosed officer, assignee, text;
    std::uint64_t count = 0;  ///< revisions: findings so far
};

struct AgencyView {
    std::string code, name, zone_name;
    int zone_offset_minutes = 0;
};

struct IncidentView {
    std::string id;
    std::uint64_t revision = 0;
    std::uint64_t first_index = 0;  ///< record of rev 1
    std::uint64_t last_index = 0;   ///< record of the newest revision
    bool final = false;
    std::string rule_id, rule_title, rule_version, rule_set;
    std::vector<std::string> tags;
    std::string severity;  ///< Sigma level
    std::string sensor;
    std::optional<AgencyView> agency;
    std::string occurred_at, last_seen_at, discovered_at;  ///< RFC 3339
    std::uint64_t count = 0;
    std::string event_type;
    std::vector<std::pair<std::string, std::string>> facts;
    std::vector<NamedValue> entity;
    std::vector<NamedValue> fields;
    std::vector<Condition> why;
    Disclosed contact;
    std::vector<EvidenceReference> evidence;
    std::vector<std::pair<std::string, std::uint64_t>> coverage;
    std::string status = "new";
    std::string verdict;
    Disclosed assignee;
    std::vector<HistoryEntry> history;
};

}  // namespace persandian::review
