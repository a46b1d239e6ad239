// SPDX-License-Identifier: Apache-2.0
//
// FollowedLog: one log file at the inspector's work. Its lines, which of them an earlier run has
// dealt with already, and the place up to which it may be called read. Knows no rules.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>

#include "daemon/sources/log_tail.h"

namespace persandian::runtime {

/// Single-threaded.
class FollowedLog {
  public:
    /// `begin`: where new lines begin; without it the options say. `window`: an earlier place in
    /// the same file; lines from there to `begin` are read again.
    FollowedLog(sources::LogTailOptions options, std::optional<sources::LogCursor> begin,
                std::optional<sources::LogCursor> window);

    /// Throws sources::SourceError. When the file is not what `window` was made of, nothing is read
    /// again.
    void open();
    /// The next line, if one is there.
    [[nodiscard]] bool next();
    [[nodiscard]] const LogLine& line() const noexcept PERSANDIAN_LIFETIME_BOUND {
        return tail_->line();
    }
    /// True once, when what was to be read again has been: the line that next() just gave, and all
    /// that follow, are new. In doubt a line is new: found twice rather than lost.
    [[nodiscard]] bool take_caught_up() noexcept;
    /// Where new lines begin, as it was given.
    [[nodiscard]] const std::optional<sources::LogCursor>& begin() const noexcept { return begin_; }

    /// How far the file is read, when that has changed: the place behind the last line before
    /// `oldest_kept` (the number of the first line whose event is still to come; 0 = none is). A
    /// crash must not lose lines that somebody holds back. Nothing while lines are read again.
    [[nodiscard]] std::optional<sources::LogCursor> newly_read(std::uint64_t oldest_kept);

    [[nodiscard]] const sources::LogTail& tail() const noexcept PERSANDIAN_LIFETIME_BOUND {
        return *tail_;
    }

  private:
    /// A stretch that an earlier run has read.
    struct Reread {
        sources::LogCursor until;
        std::uint64_t at = 0;  ///< offset behind the last line of it
    };
    struct Place {
        std::uint64_t lines = 0;  ///< delivered up to there
        sources::LogCursor cursor;
    };
    void open_at(const std::optional<sources::LogCursor>& place);
    void end_reread() noexcept;

    sources::LogTailOptions options_;
    std::optional<sources::LogCursor> begin_, window_;
    /// Only in memory: the recorder keeps cursors, after its commit.
    sources::CursorStore cursors_{""};
    std::unique_ptr<sources::LogTail> tail_;
    std::optional<Reread> reread_;
    bool caught_up_ = false;
    std::optional<sources::LogCursor> told_;
    std::deque<Place> waiting_;  ///< behind lines still held back
};

}  // namespace persandian::runtime
