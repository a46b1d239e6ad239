// SPDX-License-Identifier: Apache-2.0
//
// IncidentIndex: all incidents of a ledger with their decisions, read from the verified records.
// A projection: it holds nothing that the ledger does not.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "daemon/ledger/reader.h"
#include "daemon/ledger/signer.h"
#include "daemon/review/incident_view.h"
#include "detectors/base/result.h"

namespace persandian::review {

/// An officer who may decide, as the ledger's key records say.
struct Officer {
    std::string key_id;
    ledger::PublicKey key{};
    Disclosed name;
    bool revoked = false;
};

/// What `incidents list` selects by. Empty members select everything.
struct IncidentFilter {
    std::string status;          ///< "new", "in_progress", "closed", or "open" = not closed
    std::string least_severity;  ///< a Sigma level
    std::string agency;          ///< code, or part of the name
    std::string rule;            ///< id, or part of the title
    std::string text;            ///< part of any disclosed value
    std::string since, until;    ///< RFC 3339; by discovered_at
};

class IncidentIndex {
  public:
    /// Reads all records. `reader` must outlive the index.
    [[nodiscard]] static Result<IncidentIndex> build(ledger::LedgerReader& reader);

    /// Newest first.
    [[nodiscard]] std::vector<const IncidentView*> select(const IncidentFilter& filter) const;
    /// By id, or by its number alone ("7"); null when there is none. Valid as long as the index.
    [[nodiscard]] const IncidentView* find(std::string_view id) const;
    [[nodiscard]] std::size_t size() const { return incidents_.size(); }
    [[nodiscard]] const std::map<std::string, Officer>& officers() const { return officers_; }
    /// Of the ledger this was read from.
    [[nodiscard]] const std::string& origin() const { return origin_; }
    /// Time of the last record, RFC 3339; empty for an empty ledger.
    [[nodiscard]] const std::string& last_time() const { return last_time_; }
    /// The number for the next incident.
    [[nodiscard]] std::uint64_t next_number() const { return next_number_; }

  private:
    void add(std::uint64_t index, const std::string& record, ledger::LedgerReader& reader);
    void add_incident(std::uint64_t index, const std::string& record, ledger::LedgerReader& reader);
    void add_decision(std::uint64_t index, const std::string& record, ledger::LedgerReader& reader);
    void add_key(std::uint64_t index, const std::string& record, ledger::LedgerReader& reader);

    std::string origin_;
    std::string last_time_;
    std::uint64_t next_number_ = 1;
    std::map<std::string, IncidentView> incidents_;
    std::map<std::string, Officer> officers_;
};

/// Order of Sigma levels: 0 informational … 4 critical; -1 for another word.
[[nodiscard]] int severity_rank(std::string_view level);

}  // namespace persandian::review
