// SPDX-License-Identifier: Apache-2.0
//
// Reads the JSON of incident, decision and key records into structs. The only file here that knows
// the JSON library. Formats: docs/formats/incident.md, ledger.md.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "daemon/review/incident_view.h"
#include "detectors/base/result.h"

namespace persandian::review {

/// Disclosed values of one record by path.
using Values = std::map<std::string, std::string, std::less<>>;

/// `kind` of a record without parsing all of it; empty when there is none. Valid as long as
/// `record`.
[[nodiscard]] std::string_view kind_of(std::string_view record);

/// An incident record. History and status are the caller's to fill.
[[nodiscard]] Result<IncidentView> parse_incident(const std::string& record, const Values& values);

struct DecisionRecord {
    std::string incident;
    HistoryEntry entry;
    std::string signature_base64;
};
[[nodiscard]] Result<DecisionRecord> parse_decision(const std::string& record,
                                                    const Values& values);

struct KeyRecord {
    std::string action;  ///< "add" or "revoke"
    std::string key_id;
    std::string public_key_base64;
    Disclosed name;
};
[[nodiscard]] Result<KeyRecord> parse_key(const std::string& record, const Values& values);

/// `ts` of any record; empty when there is none.
[[nodiscard]] std::string time_of(const std::string& record);

}  // namespace persandian::review
