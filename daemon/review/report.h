// SPDX-License-Identifier: Apache-2.0
//
// What an incident says to a person, in Bahasa Indonesia or English: the page of `incidents show`
// and the report. Built only from verified records and what they commit to.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "daemon/ledger/reader.h"
#include "daemon/review/document.h"
#include "daemon/review/incident_view.h"
#include "daemon/review/phrases.h"

namespace persandian::review {

/// The texts of a rule for people, from the rule document in the evidence store.
struct RuleTexts {
    std::string title, explanation;
    std::vector<std::string> next_steps;
};

/// Reads `title`, `explanation` and `next_steps` in `language` from a rule's YAML, falling back to
/// its plain title and description.
[[nodiscard]] RuleTexts rule_texts(std::string_view rule_yaml, std::string_view plain_title,
                                   Language language);

/// The rule document an incident was made by; empty when the evidence store does not have it.
[[nodiscard]] std::string rule_document(const IncidentView& incident,
                                        const ledger::LedgerReader& reader);

/// A time in the agency's zone and in UTC: "16 November 2026 pukul 10.24.01 WITA (02:24:01 UTC)".
[[nodiscard]] std::string local_time(std::string_view rfc3339, const IncidentView& incident,
                                     Language language);

/// What happened, in one sentence or two.
[[nodiscard]] std::string summary_of(const IncidentView& incident, const RuleTexts& texts,
                                     Language language);

/// The page that `incidents show` prints.
[[nodiscard]] Document incident_page(const IncidentView& incident, ledger::LedgerReader& reader,
                                     Language language);

/// The incident report: the four parts that Peraturan BSSN 1/2024 article 15(4) asks for (reporter,
/// description, timeline, impact) and what supports them.
[[nodiscard]] Document incident_report(const IncidentView& incident, ledger::LedgerReader& reader,
                                       Language language);

}  // namespace persandian::review
