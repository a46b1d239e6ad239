// SPDX-License-Identifier: Apache-2.0
//
// Decisions: what an officer did with an incident, signed with the officer's own key, written as a
// new record, never an edit. Format: docs/formats/incident.md, "decision".
#pragma once

#include <string>
#include <string_view>

#include "daemon/ledger/signer.h"
#include "daemon/review/incident_index.h"
#include "detectors/base/random.h"
#include "detectors/base/result.h"
#include "detectors/incident/record_draft.h"

namespace persandian::review {

struct Decision {
    std::string incident;
    std::string action;    ///< acknowledge, assign, comment, close, reopen
    std::string verdict;   ///< close
    std::string assignee;  ///< assign
    std::string text;      ///< comment or reason
};

/// First 16 hex digits of the SHA-256 of the public key.
[[nodiscard]] std::string officer_key_id(const ledger::PublicKey& key);

/// A `key` record that makes an officer known (`action` "add") or not trusted from here on
/// ("revoke").
[[nodiscard]] incident::RecordDraft officer_record(std::string_view action,
                                                   const ledger::PublicKey& key,
                                                   std::string_view name, RandomSource& random);

/// Whether a draft that came from somebody else is an officer record that may enter the ledger: a
/// new key, or the revocation of a known one.
[[nodiscard]] Result<void> check_officer_record(const IncidentIndex& index,
                                                const incident::RecordDraft& draft);

/// The incident's status after `decision`, or why it cannot be taken: unknown incident, a closed
/// one, a verdict or reason missing.
[[nodiscard]] Result<std::string> status_after(const IncidentView* incident,
                                               const Decision& decision);

/// The signed record of `decision` by the officer whose key `signer` holds; that officer must be
/// known to the ledger and not revoked.
[[nodiscard]] Result<incident::RecordDraft> make_decision(const IncidentIndex& index,
                                                          const Decision& decision,
                                                          ledger::Signer& signer,
                                                          RandomSource& random);

/// Whether a draft that came from somebody else is a decision that may enter the ledger: the
/// format, the transition, the officer and the signature are right.
[[nodiscard]] Result<void> check_decision(const IncidentIndex& index,
                                          const incident::RecordDraft& draft);

}  // namespace persandian::review
