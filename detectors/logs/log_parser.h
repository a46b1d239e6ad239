// SPDX-License-Identifier: Apache-2.0
//
// The interface of the logs room: what a log format's parser is, and the record that describes it.
// One file per format; see README.md here for how to add one.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "detectors/event/event.h"
#include "detectors/event/field.h"
#include "detectors/event/log_line.h"

namespace persandian::logs {

enum class ParseStatus : std::uint8_t {
    ok,         ///< understood: one or more events were emitted
    kept,       ///< understood, and kept to join with later lines; its event comes later
    not_mine,   ///< not this format; nothing emitted
    malformed,  ///< this format, but broken; nothing emitted
    limit,      ///< a named limit was reached; nothing emitted
};

/// Where a parser's events go. begin() gives an event of type "log" with log.format, log.source,
/// log.line, log.raw and origin set; commit() hands it on.
class LogEmitter {
  public:
    virtual ~LogEmitter() = default;
    [[nodiscard]] virtual Event& begin(const LogLine& line, Timestamp time) = 0;
    virtual void commit() = 0;
};

/// Parses the lines of one source, in order. Keeps state only to join records (auditd), bounded.
/// Never throws. A line it answers `not_mine`, `malformed` or `limit` for is kept by the room as a
/// plain event and counted: nothing is lost.
class LogParser {
  public:
    virtual ~LogParser() = default;
    [[nodiscard]] virtual ParseStatus on_line(const LogLine& line, LogEmitter& out) noexcept = 0;
    /// Time passes (file time in replay): emit joined records that are complete or too old.
    virtual void on_time(Timestamp now, LogEmitter& out) noexcept = 0;
    /// The source ends: emit what is pending.
    virtual void finish(LogEmitter& out) noexcept = 0;
    /// Number of the first line that was `kept` and whose event is still to come; 0 when there is
    /// none. A reader that starts again after a crash must start there.
    [[nodiscard]] virtual std::uint64_t oldest_kept_line() const noexcept { return 0; }
};

/// The record by which the room knows a format. Static storage throughout.
struct LogEntry {
    std::string_view name;                 ///< as in `--log NAME:FILE` and log.format
    std::string_view description;          ///< one line for `persandian list formats`
    std::span<const Field* const> fields;  ///< beside common fields
    std::span<const std::string_view> references;
    /// The broader format whose lines this one reads in more detail (sshd within syslog), or empty.
    /// A source declared as the broader one is tried with this one first; a line that is not of
    /// this one falls back to the broader one.
    std::string_view within;
    /// How sure this line is of the format, 0 (not) to 100 (certainly), for `auto`. More specific
    /// formats answer higher (sshd above syslog); specific_score and above means no other format
    /// claims such a line.
    unsigned (*probe)(std::string_view line) noexcept = nullptr;
    std::unique_ptr<LogParser> (*make)() = nullptr;
};

inline constexpr unsigned specific_score = 80;

/// All entries of the room, in the order of its CMake list. Generated; static storage.
[[nodiscard]] std::span<const LogEntry* const> catalog() noexcept;

/// The entry called `name`; null when there is none ("auto" and "plain" are not entries).
[[nodiscard]] const LogEntry* find_format(std::string_view name) noexcept;

}  // namespace persandian::logs
