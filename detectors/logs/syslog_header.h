// SPDX-License-Identifier: Apache-2.0
//
// The header that syslog puts before a message, in the forms met in files and on the wire: RFC 3164
// (BSD), RFC 5424, and rsyslog's file form with an ISO time. Formats that travel inside syslog
// (sshd, sudo, routeros, …) read it through this file. Reads one line; keeps nothing.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "detectors/event/event.h"
#include "detectors/event/field.h"
#include "detectors/event/log_line.h"

namespace persandian::fields {
inline constexpr Field syslog_facility{"syslog.facility", FieldKind::text,
                                       "facility from the priority, by name",
                                       "RFC 5424 section 6.2.1"};
inline constexpr Field syslog_severity{"syslog.severity", FieldKind::text,
                                       "severity from the priority: emerg … debug",
                                       "RFC 5424 section 6.2.1"};
inline constexpr Field syslog_program{"syslog.program", FieldKind::text,
                                      "program that wrote the line (tag, APP-NAME)",
                                      "RFC 3164 section 4.1.3; RFC 5424 section 6.2.5"};
inline constexpr Field syslog_pid{"syslog.pid", FieldKind::integer,
                                  "process of the program; text when it is not a number",
                                  "RFC 5424 section 6.2.6"};
inline constexpr Field syslog_msgid{"syslog.msgid", FieldKind::text, "type of the message",
                                    "RFC 5424 section 6.2.7"};
inline constexpr std::array<const Field*, 5> syslog = {&syslog_facility, &syslog_severity,
                                                       &syslog_program, &syslog_pid, &syslog_msgid};
}  // namespace persandian::fields

namespace persandian::logs {

/// How far ahead of its reading a line without a year may lie. Logs are read after they are
/// written: a line that would lie further ahead belongs to the year before.
inline constexpr Duration max_ahead = Duration::hours(31 * 24);

/// Views into the line. Absent parts are empty.
struct SyslogHeader {
    int priority = -1;  ///< 0..191, -1 when there is none
    bool has_time = false;
    Timestamp time;  ///< the line's own time, else the time it was received
    std::string_view host;
    std::string_view program;          ///< tag or APP-NAME
    std::string_view process;          ///< what stands in brackets, or PROCID
    std::string_view message_id;       ///< RFC 5424 MSGID
    std::string_view structured_data;  ///< RFC 5424, with its brackets
    std::string_view message;
};

/// nullopt when the line starts neither with <priority> nor with a time as syslog writes it.
[[nodiscard]] std::optional<SyslogHeader> parse_syslog_header(const LogLine& line) noexcept;

/// As parse_syslog_header(), but a line without a header is all message (with "program[pid]: " read
/// off when it stands in front), at the time it was received.
[[nodiscard]] SyslogHeader syslog_header_or_bare(const LogLine& line) noexcept;

/// "Aug 15 10:23:45" in the zone of the line; the year is the one that brings it nearest to
/// `received`, but not more than max_ahead beyond it.
struct YearlessTime {
    unsigned month = 1, day = 1, hour = 0, minute = 0, second = 0;
    std::int64_t nanosecond = 0;
};
[[nodiscard]] std::optional<Timestamp> with_nearest_year(const YearlessTime& time,
                                                         Timestamp received,
                                                         int zone_offset_minutes) noexcept;

/// 1..12 for "Jan".."Dec", 0 for anything else.
[[nodiscard]] unsigned month_number(std::string_view name) noexcept;

/// An ISO 8601 time; one that names no zone is taken at `zone_offset_minutes`.
[[nodiscard]] std::optional<Timestamp> parse_iso_time(std::string_view text,
                                                      int zone_offset_minutes) noexcept;

/// Adds host, syslog.* and log.message. Views must stay valid until the event is committed.
void add_syslog_header(Event& event, const SyslogHeader& header);

}  // namespace persandian::logs
