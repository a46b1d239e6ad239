// SPDX-License-Identifier: Apache-2.0
//
// WindowPlaces: where in each log the lines begin that windows of correlations may still hold, so
// that the next run can read them again. Without it every restart, and every crash, would make an
// attack under way invisible until it had begun anew.
#pragma once

#include <deque>
#include <map>
#include <string>

#include "daemon/sources/cursor_store.h"
#include "detectors/base/timestamp.h"
#include "detectors/base/units.h"
#include "detectors/sigma/rule_set.h"

namespace persandian::runtime {

/// Log files (by path) and a place in each.
using Cursors = std::map<std::string, sources::LogCursor>;

/// Single-threaded. Times are those of reading.
class WindowPlaces {
  public:
    /// Longer windows begin anew with each run.
    static constexpr Duration longest_span = Duration::hours(1);
    /// More is not read again.
    static constexpr std::uint64_t most_bytes = 64_MiB;
    /// Places kept per log and span; so exact is the answer.
    static constexpr std::int64_t places_per_span = 16;

    explicit WindowPlaces(Duration span) : span_(span) {}

    /// `log` was read up to `place`. At the start: where reading begins.
    void note(const std::string& log, const sources::LogCursor& place, Timestamp now);
    /// The latest noted places before which no line is younger than the span; where a log goes on
    /// in another file, only of that one.
    [[nodiscard]] Cursors at(Timestamp now);
    /// Whether `stored`, of an earlier at(), still begins before `cursors`, in the same files.
    [[nodiscard]] bool covers(const Cursors& stored, const Cursors& cursors) const;

  private:
    struct Noted {
        Timestamp at;
        sources::LogCursor place;
    };
    Duration span_;
    std::map<std::string, std::deque<Noted>> noted_;
};

/// The longest timespan of the set's correlations, at most longest_span; 0 when it has none.
[[nodiscard]] Duration window_span(const sigma::RuleSet& rules);

/// Whether a log whose new lines begin at `cursor` can and should be read from `window` on.
[[nodiscard]] bool is_worth_reading_again(const sources::LogCursor& window,
                                          const sources::LogCursor& cursor);

}  // namespace persandian::runtime
