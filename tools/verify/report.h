// SPDX-License-Identifier: Apache-2.0
//
// What was checked and what was found; and how it is told to people and to programs.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/verify/digest.h"
#include "tools/verify/messages.h"

namespace persandian::verify {

enum class Weight : std::uint8_t { note, gap, unchecked, tampered };

enum class Verdict : std::uint8_t {
    valid,
    valid_not_witnessed,
    pruned,
    gap,
    unverifiable,
    tampered
};

struct Finding {
    Weight weight = Weight::note;
    Message message = Message::more_of_these;
    std::string where;  ///< file below the folder, or empty
    std::string generation;
    std::optional<std::uint64_t> index;  ///< record
    std::vector<std::string> arguments;
};

/// Counts of one generation (or of a bundle's one record). Only what was really re-hashed counts.
struct Coverage {
    std::string generation;
    std::string origin;
    std::uint64_t size = 0;  ///< records that the checkpoint signs
    Digest root{};
    std::string key_id;
    bool signature_good = false;
    bool root_checked = false;  ///< all `size` records re-hashed and the root compared, equal
    std::uint64_t records = 0;  ///< re-hashed
    std::uint64_t record_bytes = 0;
    std::uint64_t segments = 0;
    std::map<std::string, std::uint64_t> kinds;
    std::string first_time;  ///< smallest and largest `ts`
    std::string last_time;
    std::uint64_t boots = 0;
    std::uint64_t commitments = 0;
    std::uint64_t disclosed = 0;  ///< values present that match
    std::uint64_t evidence_references = 0;
    std::uint64_t evidence_hashed = 0;   ///< distinct files
    std::uint64_t evidence_missing = 0;  ///< distinct
    std::uint64_t evidence_bytes = 0;
    std::uint64_t decisions = 0;  ///< officer signatures checked, good
    std::uint64_t silences = 0;
    std::uint64_t tail_bytes = 0;
};

class Report {
  public:
    /// At most this many findings of one kind are kept; the rest is counted.
    static constexpr std::uint64_t max_per_message = 12;

    void add(Finding finding);

    std::string subject;  ///< what was given to check
    bool is_bundle = false;
    std::string key_text;  ///< the key that was trusted, in hex; empty when none
    bool key_trusted = false;
    bool witnessed = false;
    std::string head_note;  ///< the latest checkpoint, byte for byte, for the auditor to keep
    std::vector<Coverage> generations;
    double seconds = 0;

    [[nodiscard]] const std::vector<Finding>& findings() const { return findings_; }
    [[nodiscard]] bool has(Weight weight) const;
    [[nodiscard]] Verdict verdict() const;
    [[nodiscard]] int exit_code() const;
    /// The first record that is not as signed; the earliest generation counts first.
    [[nodiscard]] const Finding* first_bad() const;

    [[nodiscard]] std::string text(Language language, bool colour) const;
    [[nodiscard]] std::string json() const;
    [[nodiscard]] std::string verdict_line(Language language) const;

  private:
    std::vector<Finding> findings_;
    std::map<std::pair<Message, std::string>, std::uint64_t> counts_;
};

[[nodiscard]] std::string_view word_of(Verdict verdict);

}  // namespace persandian::verify
