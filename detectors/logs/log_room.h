// SPDX-License-Identifier: Apache-2.0
//
// LogRoom: the machinery of the logs room. Gives each source its parsers, finds out the format of
// sources declared "auto", and keeps what no parser understands as a plain event.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "detectors/event/event.h"
#include "detectors/event/log_line.h"
#include "detectors/logs/log_parser.h"

namespace persandian::logs {

/// Log lines in, events of type "log" out, at once and on the calling thread; records that a parser
/// joins (auditd) come when they are complete, too old (on_time), or at finish().
///
/// A line of a source with a named format goes first to the formats within it (sshd for syslog),
/// then to the format itself, then to the broader one it stands in. A line of an "auto" source goes
/// to the formats that claim it, the surest first; the one that won last is asked before all others
/// and is taken at once when it is sure (specific_score). A format name that the catalog lacks
/// counts as "auto"; configurations check names with find_format().
///
/// Never throws on any input. Holds one set of parsers per source index, made when first needed.
class LogRoom {
  public:
    /// Per entry, in catalog order.
    struct FormatCounters {
        std::uint64_t parsed = 0;
        std::uint64_t joined = 0;
    };
    /// lines = parsed + joined + plain, and plain = not_understood + malformed + limit.
    struct Counters {
        std::uint64_t lines = 0;
        std::uint64_t parsed = 0;          ///< lines that became events of their own
        std::uint64_t joined = 0;          ///< lines that became, or will become, part of one
        std::uint64_t plain = 0;           ///< lines kept as plain events
        std::uint64_t not_understood = 0;  ///< … because no format claimed them
        std::uint64_t malformed = 0;       ///< … because their format is broken
        std::uint64_t limit = 0;           ///< … because a limit was reached
        std::uint64_t truncated = 0;       ///< lines that the source had cut
        std::uint64_t events = 0;          ///< events handed on, of all kinds
        std::uint64_t value_cuts = 0;      ///< values cut or left out by the event's limits
        std::vector<FormatCounters> formats;
    };

    /// `sink` must outlive the room.
    explicit LogRoom(EventSink& sink);
    ~LogRoom();
    LogRoom(const LogRoom&) = delete;
    LogRoom& operator=(const LogRoom&) = delete;

    void on_line(const LogLine& line) noexcept;
    /// Time passes (file time in a replay): what waits too long is emitted.
    void on_time(Timestamp now) noexcept;
    /// The sources end: what is pending is emitted. Lines may follow.
    void finish() noexcept;
    /// The first line of a source that waits to be joined (LogLine::number); 0 when none does. Only
    /// what lies before it is done.
    [[nodiscard]] std::uint64_t oldest_kept_line(std::uint16_t source) const noexcept;
    [[nodiscard]] const Counters& counters() const noexcept PERSANDIAN_LIFETIME_BOUND {
        return counters_;
    }

  private:
    class Emitter;
    struct Source;

    Source& source_of(const LogLine& line);
    ParseStatus offer(Source& source, std::size_t format, const LogLine& line);
    ParseStatus parse_named(Source& source, const LogLine& line);
    ParseStatus parse_auto(Source& source, const LogLine& line);
    void keep_plain(const LogLine& line);

    std::unique_ptr<Emitter> emitter_;
    std::vector<std::unique_ptr<Source>> sources_;  ///< by LogLine::source
    Counters counters_;
};

}  // namespace persandian::logs
