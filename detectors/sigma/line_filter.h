// SPDX-License-Identifier: Apache-2.0
//
// LineFilter: whether keywords can stand in an event that was read from a line of JSON, told from
// the line itself. Keywords are looked for in all values, which must be folded for it; most lines
// have none, and one search through the line as it was read says so.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "detectors/event/event.h"
#include "detectors/sigma/literal_matcher.h"

namespace persandian::sigma {

/// Immutable.
class LineFilter {
  public:
    /// Shorter runs stand in most lines.
    static constexpr std::size_t least_run_bytes = 4;

    /// `literals`: folded texts. `cache` may be null.
    explicit LineFilter(std::span<const std::string> literals, DerivedCache* cache = nullptr);
    void prepare(LiteralMatcher::Scratch& scratch) const;
    /// False: none of the literals stands in any value of the event whose searchable_line() this
    /// is. True says nothing.
    [[nodiscard]] bool may_hold(std::string_view line, LiteralMatcher::Scratch& scratch) const;

  private:
    std::unique_ptr<LiteralMatcher> runs_;  ///< null: some literal has no run to look for
};

/// The line of `event` if every keyword text of it stands there but for its escapes and its case:
/// JSON (RFC 8259, UTF-8) that writes no character as \u and has none that folds to ASCII from
/// beyond it. Empty otherwise.
[[nodiscard]] std::string_view searchable_line(const Event& event);

/// The longest part of a folded text that stands in JSON as it is, whatever is escaped around it,
/// and in no number; empty when that is shorter than LineFilter::least_run_bytes.
[[nodiscard]] std::string_view longest_plain_run(std::string_view literal);

}  // namespace persandian::sigma
