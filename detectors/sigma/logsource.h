// SPDX-License-Identifier: Apache-2.0
//
// Log-source definitions (rules/logsources/*.yml): which of our events belong to which Sigma log
// source, and what the fields that its rules name are called in them. Format: README.md there.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "detectors/sigma/modifiers/pattern.h"
#include "detectors/sigma/problems.h"
#include "detectors/sigma/rule_set.h"

namespace persandian::sigma {

/// One entry of `when`: what a field of the event must be.
struct RouteTest {
    enum class Kind : std::uint8_t { equals, fits, present, absent };
    std::string field;  ///< as the file names it; candidates() gives the event's names
    Kind kind = Kind::equals;
    std::vector<std::string> values;  ///< equals: folded texts, any of them
    std::vector<Pattern> patterns;    ///< fits: folded patterns, any of them
};

/// One log source: what it is called, which events are of it, what fields are called there.
struct SourceDefinition {
    LogSource name;
    std::vector<std::vector<RouteTest>> when;  ///< any of these, all tests of it; empty: never
    std::map<std::string, std::vector<std::string>, std::less<>> fields;
    std::vector<std::string> prefixes;  ///< tried before field names, after the plain name
    bool forced = false;                ///< from LoadOptions: every event is of it

    /// Names in our events that stand for a rule's `field`; the first that is present counts.
    [[nodiscard]] std::vector<std::string> candidates(std::string_view field) const;
};

/// Limits of one log-source file.
inline constexpr std::size_t max_sources = 2000;

/// Reads all files; what is wrong is added to `refused`, and that source is left out.
[[nodiscard]] std::vector<SourceDefinition> parse_logsources(std::span<const SourceFile> files,
                                                             std::vector<RuleProblem>& refused);

/// How a rule's log source relates to a definition's.
enum class SourceFit : std::uint8_t {
    none,
    full,             ///< each part the rule names equals the definition's
    without_service,  ///< category (and product) do; the service must come from another source
};
[[nodiscard]] SourceFit fit(const LogSource& rule, const LogSource& source);

}  // namespace persandian::sigma
