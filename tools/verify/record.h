// SPDX-License-Identifier: Apache-2.0
//
// The rules every record of one generation obeys (docs/formats/ledger.md "Record",
// docs/formats/incident.md "decision"): read one after the other, from the first.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "tools/verify/digest.h"
#include "tools/verify/json.h"
#include "tools/verify/report.h"

namespace persandian::verify {

struct Commitment {
    std::string path;
    Digest digest{};
    bool disclosed = false;
};

struct EvidenceReference {
    Digest sha256{};
    std::uint64_t size = 0;
};

/// The end of the generation before, as a genesis states it.
struct PreviousGeneration {
    std::string origin;
    std::uint64_t size = 0;
    Digest root{};
    std::string reason;
};

/// SHA-256("persandian/c1" 00 salt path 00 value).
[[nodiscard]] Digest commitment_of(Sha256& sha, std::string_view salt, std::string_view path,
                                   std::string_view value);

class RecordRules {
  public:
    struct Expected {
        std::string origin;
        PublicKey key{};
        /// A single record out of its log: what depends on the records before is not checked.
        bool alone = false;
    };
    RecordRules(Expected expected, Coverage& coverage, Report& report);

    /// Checks one record; findings go to the report. What the record refers to is then in
    /// commitments() and evidence(), until the next call.
    void check(std::string_view record, std::uint64_t index);

    [[nodiscard]] std::vector<Commitment>& commitments() { return commitments_; }
    [[nodiscard]] const std::vector<EvidenceReference>& evidence() const { return evidence_; }
    [[nodiscard]] const std::optional<PreviousGeneration>& previous() const { return previous_; }
    /// The last record was `close`.
    [[nodiscard]] bool closed() const { return closed_; }

  private:
    struct Officer {
        PublicKey key{};
        bool revoked = false;
    };
    using Rule = const char*;  ///< null: obeyed

    Rule common(std::uint64_t index);
    Rule collect_commitments();
    Rule collect_evidence();
    Rule of_kind(std::uint64_t index);
    Rule genesis(std::uint64_t index);
    Rule key_record();
    Rule decision();
    Rule decision_members(std::uint32_t& signature_node) const;
    Rule heartbeat(std::uint64_t index);
    Rule gap(std::uint64_t index);
    Rule recovery(std::uint64_t index);
    void note(Message message, std::uint64_t index, std::vector<std::string> arguments,
              Weight weight = Weight::note);

    Expected expected_;
    Coverage& coverage_;
    Report& report_;
    Sha256 sha_;
    JsonDocument json_;
    std::string_view record_;
    std::string kind_;
    std::vector<Commitment> commitments_;
    std::vector<EvidenceReference> evidence_;
    std::optional<PreviousGeneration> previous_;
    std::map<std::string, Officer, std::less<>> officers_;
    std::string boot_;
    std::unordered_set<std::string> boots_;
    std::uint64_t mono_ = 0;
    std::optional<std::uint64_t> last_heartbeat_;  ///< mono, within this boot
    bool closed_ = false;
};

}  // namespace persandian::verify
