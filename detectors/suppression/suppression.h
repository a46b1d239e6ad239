// SPDX-License-Identifier: Apache-2.0
//
// Suppressions and throttles as people write them (suppressions.d/*.yml), read strictly: what is
// quiet on purpose, why, by whose word, and until when. Format: docs/formats/rules.md.
// Not here: which rules there are (plan.h), applying them (suppressor.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "detectors/base/digest.h"
#include "detectors/base/ip_address.h"
#include "detectors/base/timestamp.h"
#include "detectors/base/units.h"
#include "detectors/base/yaml.h"
#include "detectors/sigma/modifiers/pattern.h"

namespace persandian::suppression {

struct Limits {
    std::size_t max_file_bytes = 1_MiB;
    std::size_t max_entries = 1'000;  ///< of all files together
    std::size_t max_values_per_field = 10'000;
    std::size_t max_text_bytes = 2'000;    ///< of a reason, of an author
    std::int64_t max_lifetime_days = 400;  ///< so that nothing is quiet for ever
    std::int64_t max_throttle_limit = 1'000'000;
    Duration max_throttle_window = Duration::hours(7 * 24);
    std::size_t max_throttle_keys = 10'000;  ///< per entry; then the least recently used one goes
    std::size_t max_pairs = 200'000;         ///< of an entry and a rule that it names
};

/// A file as read. `path` is for messages only.
struct SourceFile {
    std::string path;
    std::string text;
};

/// A mistake, or a warning. Line and column count from 1.
struct Problem {
    std::string path;
    yaml::Mark mark;
    std::string reason;
    /// "file:line:col: reason"
    [[nodiscard]] std::string to_string() const;
};

/// What a field of the finding must be: any of the patterns, or inside any of the networks.
struct FieldTest {
    std::string field;  ///< as written, without the modifier
    yaml::Mark mark;
    std::vector<sigma::Pattern> patterns;  ///< folded
    std::vector<IpNetwork> networks;       ///< field|cidr
    [[nodiscard]] bool fits(const std::string& value) const;
};

/// At most `limit` findings of one rule and one set of values within `window`.
struct Throttle {
    std::vector<std::string> key;  ///< field names as written
    std::vector<yaml::Mark> key_marks;
    std::uint64_t limit = 1;
    Duration window;
};

/// One entry of a file. Without `throttle` it hides what it fits.
struct Entry {
    std::string path;
    yaml::Mark mark;                 ///< where the entry begins
    std::size_t file = 0;            ///< index in Suppressions::files
    std::vector<std::string> rules;  ///< ids, names, patterns, as written
    std::vector<yaml::Mark> rule_marks;
    std::vector<FieldTest> fields;  ///< all must fit
    std::string reason, author;
    Timestamp from;   ///< the first moment in force
    Timestamp until;  ///< the first moment no longer in force
    bool also_correlations = false;
    std::optional<Throttle> throttle;

    [[nodiscard]] bool in_force(Timestamp time) const noexcept {
        return from <= time && time < until;
    }
};

/// A file that holds entries, for the signed record of the configuration.
struct ReadFile {
    Digest sha256;
    std::string text;
};

struct Suppressions {
    std::vector<ReadFile> files;
    std::vector<Entry> entries;  ///< in the order of files and lines
};

struct ParseResult {
    Suppressions suppressions;      ///< complete only without problems
    std::vector<Problem> problems;  ///< all mistakes of all files
};

/// Reads files in the order given. Dates are days in the zone `zone_offset_minutes` east of UTC.
/// Never throws on bad input.
[[nodiscard]] ParseResult parse(std::span<const SourceFile> files, int zone_offset_minutes,
                                const Limits& limits = {});

}  // namespace persandian::suppression
