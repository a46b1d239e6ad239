// SPDX-License-Identifier: Apache-2.0
//
// RecordDraft: what somebody wants to have written into the ledger. The ledger adds log, seq, boot,
// ts, mono and clk, and stores the disclosures and evidence beside the leaf.
// Formats: docs/formats/ledger.md, docs/formats/incident.md.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "detectors/base/digest.h"
#include "detectors/base/random.h"

namespace persandian::incident {

/// A value that can name a person. The leaf holds only `commitment`.
struct Disclosure {
    std::string path;                  ///< where it belongs in the record: "entity/0/value"
    std::array<std::byte, 16> salt{};  ///< random, one per value
    std::string value;                 ///< any bytes
    Digest commitment;                 ///< SHA-256("persandian/c1" 00 salt path 00 value)
};

/// Bytes for the evidence store, found again by their SHA-256.
struct EvidenceBlob {
    std::string media_type;  ///< "application/x-pcapng", "text/plain", "application/yaml"
    std::string bytes;
    Digest sha256;
};

struct RecordDraft {
    std::string kind;  ///< "incident", "decision", "gap", …
    /// The record's own members as JSON text without braces, starting with a comma when not empty:
    /// ,"id":"INC-…","rev":1. Integers only, no duplicate keys, valid UTF-8.
    std::string members;
    std::vector<Disclosure> disclosures;
    std::vector<EvidenceBlob> evidence;
};

/// Draws a salt and computes the commitment. Source: docs/formats/ledger.md, "Commitments".
[[nodiscard]] Disclosure make_disclosure(std::string path, std::string value, RandomSource& random);
/// The commitment that `disclosure`'s salt, path and value give; for checking.
[[nodiscard]] Digest commitment_of(std::string_view path, const std::array<std::byte, 16>& salt,
                                   std::string_view value);

/// Receives drafts in order. The ledger's writer is one; tests use a vector.
class RecordSink {
  public:
    virtual ~RecordSink() = default;
    virtual void on_record(RecordDraft draft) = 0;
};

}  // namespace persandian::incident
