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
#include "detectors/sigma/run_scanner.h"

namespace persandian::sigma {

/// Immutable.
class LineFilter {
  public:
    /// Shorter runs stand in most lines.
    static constexpr std::size_t least_run_bytes = 4;

    /// `literals`: folded texts. `cache` may be null.
    explicit LineFilter(std::span<const std::string> literals, DerivedCache* cache = nullptr);
    void prepare(LiteralMatcher::Scratch& scratch) const;
    /// False: none of the literals stands in any value of the event whose search_line() gave
    /// this. True says nothing.
    [[nodiscard]] bool may_hold(std::string_view line, LiteralMatcher::Scratch& scratch) const;
    /// What may_hold() looks for, if that is few runs; empty otherwise. Those of several filters
    /// can be looked for in one go.
    [[nodiscard]] const RunScanner& few_runs() const noexcept { return few_; }

  private:
    // both empty: some literal has no run to look for
    RunScanner few_;
    std::unique_ptr<LiteralMatcher> many_;
};

/// The line of an event, and whether it has one of some runs.
struct SearchedLine {
    /// Empty unless every run of a keyword stands there as it is but for its case: JSON (RFC 8259,
    /// UTF-8) that writes no character of a run as \u and has none that folds to ASCII from beyond
    /// it.
    std::string_view text;
    bool has_run = false;  ///< when text is not empty
};
[[nodiscard]] SearchedLine search_line(const Event& event, const RunScanner& runs);

/// The longest part of a folded text that stands in JSON as it is, whatever is escaped around it,
/// and in no number; empty when that is shorter than LineFilter::least_run_bytes.
[[nodiscard]] std::string_view longest_plain_run(std::string_view literal);

}  // namespace persandian::sigma
