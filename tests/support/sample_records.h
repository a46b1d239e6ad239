// SPDX-License-Identifier: Apache-2.0
//
// Drafts of every kind a caller may write, shaped as docs/formats/{ledger,incident}.md say, for
// tests that need a ledger with something in it. They are not meant to be a real day's work.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "detectors/base/random.h"
#include "detectors/incident/record_draft.h"

namespace persandian::test {

/// The number decides kind and content: config first, then mostly incidents, and among them
/// heartbeats, decisions, gaps and keys. Salts come from `random`. Decisions are signed by one
/// officer, whose key is record 1, for the log named `origin`.
[[nodiscard]] incident::RecordDraft sample_record(
    std::uint64_t number, RandomSource& random,
    std::string_view origin = "example.go.id/sulteng/sensor-1/00000001");

/// An incident with three commitments (one value not UTF-8, one with quotes and control
/// characters) and two evidence blobs, one of them shared by all.
[[nodiscard]] incident::RecordDraft sample_incident(std::uint64_t number, RandomSource& random);

/// A heartbeat: the smallest record, no disclosures.
[[nodiscard]] incident::RecordDraft sample_heartbeat(std::uint64_t number);

}  // namespace persandian::test
