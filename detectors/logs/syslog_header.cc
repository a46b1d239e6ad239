// SPDX-License-Identifier: Apache-2.0
#include "detectors/logs/syslog_header.h"

#include <algorithm>

#include "detectors/event/common_fields.h"
#include "detectors/logs/text_scan.h"

namespace persandian::logs {
namespace {

constexpr std::size_t longest_tag_bytes = 128;

constexpr std::array<std::string_view, 24> facilities = {
    "kern",   "user",   "mail",     "daemon", "auth",   "syslog", "lpr",    "news",
    "uucp",   "cron",   "authpriv", "ftp",    "ntp",    "audit",  "alert",  "clock",
    "local0", "local1", "local2",   "local3", "local4", "local5", "local6", "local7"};
constexpr std::array<std::string_view, 8> severities = {"emerg",   "alert",  "crit", "err",
                                                        "warning", "notice", "info", "debug"};

/// "<134>" in front; -1 and nothing consumed when it is not there.
int read_priority(TextScanner& in) noexcept {
    TextScanner ahead = in;
    if (!ahead.literal("<")) return -1;
    const auto value = ahead.number(3);
    if (!value || *value > 191 || !ahead.literal(">")) return -1;
    in = ahead;
    return static_cast<int>(*value);
}

/// ".757188" to nanoseconds; 0 when there is none.
std::int64_t read_fraction(TextScanner& in) noexcept {
    TextScanner ahead = in;
    if (!ahead.literal(".")) return 0;
    std::int64_t value = 0;
    int digits = 0;
    while (ahead.peek() >= '0' && ahead.peek() <= '9') {
        if (digits < 9) {
            value = value * 10 + (ahead.peek() - '0');
            ++digits;
        }
        ahead.skip(1);
    }
    if (digits == 0) return 0;
    for (; digits < 9; ++digits) value *= 10;
    in = ahead;
    return value;
}

/// "Aug 15 10:23:45[.123]", also "Aug 15 2026 10:23:45".
std::optional<Timestamp> read_bsd_time(TextScanner& in, const LogLine& line) noexcept {
    TextScanner ahead = in;
    YearlessTime time;
    time.month = month_number(ahead.rest().substr(0, 3));
    if (time.month == 0) return std::nullopt;
    ahead.skip(3);
    if (!ahead.literal(" ")) return std::nullopt;
    ahead.spaces();
    const auto day = ahead.number(2);
    if (!day || !ahead.literal(" ")) return std::nullopt;
    std::optional<unsigned> year;
    TextScanner year_ahead = ahead;
    if (const auto value = year_ahead.number(4);
        value && *value >= 1970 && year_ahead.literal(" ")) {
        year = value;
        ahead = year_ahead;
    }
    const auto hour = ahead.number(2);
    if (!hour || !ahead.literal(":")) return std::nullopt;
    const auto minute = ahead.number(2);
    if (!minute || !ahead.literal(":")) return std::nullopt;
    const auto second = ahead.number(2);
    if (!second) return std::nullopt;
    time.day = *day;
    time.hour = *hour;
    time.minute = *minute;
    time.second = *second;
    time.nanosecond = read_fraction(ahead);
    if (!ahead.at_end() && !ahead.literal(" ") && !ahead.literal(": ")) return std::nullopt;
    in = ahead;
    if (!year) return with_nearest_year(time, line.received, line.zone_offset_minutes);
    return from_calendar({.year = static_cast<int>(*year),
                          .month = time.month,
                          .day = time.day,
                          .hour = time.hour,
                          .minute = time.minute,
                          .second = time.second,
                          .nanosecond = time.nanosecond},
                         line.zone_offset_minutes);
}

/// "2026-03-19T12:34:09.757188+08:00 " in front.
std::optional<Timestamp> read_iso_time(TextScanner& in, const LogLine& line) noexcept {
    const std::string_view text = in.rest();
    if (text.size() < 19 || text[4] != '-' || text[10] != 'T') return std::nullopt;
    TextScanner ahead = in;
    const auto time = parse_iso_time(ahead.word(), line.zone_offset_minutes);
    if (!time) return std::nullopt;
    (void)ahead.literal(" ");
    in = ahead;
    return time;
}

bool is_tag_char(char c) noexcept {
    return c > ' ' && c != 0x7F && c != '[' && c != ':';
}

/// "sshd[1291]: " or "sudo: "; nothing consumed when there is no such tag.
bool read_tag(TextScanner& in, SyslogHeader& header) noexcept {
    const std::string_view text = in.rest();
    std::size_t end = 0;
    while (end < text.size() && end <= longest_tag_bytes && is_tag_char(text[end])) ++end;
    if (end == 0 || end > longest_tag_bytes || end == text.size()) return false;
    TextScanner ahead = in;
    ahead.skip(end);
    std::string_view process;
    if (ahead.literal("[")) {
        const auto inside = ahead.until("]");
        if (!inside || inside->size() > longest_tag_bytes) return false;
        process = *inside;
        if (!ahead.literal(":") && ahead.peek() != ' ') return false;
    } else if (!ahead.literal(":")) {
        return false;
    }
    if (!ahead.at_end() && ahead.peek() != ' ' && process.empty()) return false;  // "a:b" is no tag
    (void)ahead.literal(" ");
    header.program = text.substr(0, end);
    header.process = process;
    in = ahead;
    return true;
}

void read_host_and_tag(TextScanner& in, SyslogHeader& header) noexcept {
    in.spaces();
    if (!read_tag(in, header)) {  // some devices leave the host out
        header.host = in.word();
        (void)in.literal(" ");
        (void)read_tag(in, header);
    }
    header.message = in.rest();
}

/// The end of the structured data in front of `text`; 0 when it is broken.
std::size_t structured_data_end(std::string_view text) noexcept {
    if (text.starts_with('-')) return 1;
    std::size_t at = 0;
    while (at < text.size() && text[at] == '[') {
        bool quoted = false;
        for (++at; at < text.size(); ++at) {
            if (quoted && text[at] == '\\') {
                ++at;
            } else if (text[at] == '"') {
                quoted = !quoted;
            } else if (text[at] == ']' && !quoted) {
                break;
            }
        }
        if (at >= text.size()) return 0;
        ++at;
    }
    return at;
}

std::string_view unless_nil(std::string_view text) noexcept {
    return text == "-" ? std::string_view{} : text;
}

/// After "<pri>": "1 TIMESTAMP HOST APP PROCID MSGID SD MSG" (RFC 5424 section 6).
bool read_rfc5424(TextScanner& in, const LogLine& line, SyslogHeader& header) noexcept {
    TextScanner ahead = in;
    if (!ahead.literal("1 ")) return false;
    if (!ahead.literal("- ")) {
        const auto time = read_iso_time(ahead, line);
        if (!time) return false;
        header.time = *time;
        header.has_time = true;
    }
    std::array<std::string_view, 4> words;  // host, app-name, procid, msgid
    for (std::string_view& word : words) {
        word = ahead.word();
        if (word.empty() || (!ahead.literal(" ") && !ahead.at_end())) return false;
    }
    const std::size_t end = structured_data_end(ahead.rest());
    if (end == 0 && !ahead.at_end()) return false;
    header.host = unless_nil(words[0]);
    header.program = unless_nil(words[1]);
    header.process = unless_nil(words[2]);
    header.message_id = unless_nil(words[3]);
    header.structured_data = unless_nil(ahead.rest().substr(0, end));
    ahead.skip(end);
    (void)ahead.literal(" ");
    (void)ahead.literal("\xEF\xBB\xBF");
    header.message = ahead.rest();
    in = ahead;
    return true;
}

}  // namespace

unsigned month_number(std::string_view name) noexcept {
    constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto found = std::find(months.begin(), months.end(), name);
    return found == months.end() ? 0 : static_cast<unsigned>(found - months.begin()) + 1;
}

std::optional<Timestamp> with_nearest_year(const YearlessTime& time, Timestamp received,
                                           int zone_offset_minutes) noexcept {
    const int year = to_calendar(received, zone_offset_minutes).year;
    std::optional<Timestamp> best;
    const auto distance = [&](Timestamp t) {
        return t < received ? (received - t).ns : (t - received).ns;
    };
    // eight years back, for a 29 February that is read across 2100
    for (int candidate = year + 1; candidate >= year - 8; --candidate) {
        if (best && candidate < year) break;
        const auto t = from_calendar({.year = candidate,
                                      .month = time.month,
                                      .day = time.day,
                                      .hour = time.hour,
                                      .minute = time.minute,
                                      .second = std::min(time.second, 59U),  // leap second
                                      .nanosecond = time.nanosecond},
                                     zone_offset_minutes);
        if (!t || *t > received + max_ahead) continue;
        if (!best || distance(*t) < distance(*best)) best = t;
    }
    return time.second > 60 ? std::nullopt : best;
}

std::optional<Timestamp> parse_iso_time(std::string_view text, int zone_offset_minutes) noexcept {
    const auto time = parse_rfc3339(text);
    if (!time || text.size() < 19) return time;
    const bool has_zone = text.find_first_of("Zz+-", 19) != std::string_view::npos;
    return has_zone ? *time : *time - Duration::minutes(zone_offset_minutes);
}

std::optional<SyslogHeader> parse_syslog_header(const LogLine& line) noexcept {
    TextScanner in(line.text);
    SyslogHeader header;
    header.time = line.received;
    header.priority = read_priority(in);
    if (read_rfc5424(in, line, header)) return header;
    header.has_time = false;
    std::optional<Timestamp> time = read_iso_time(in, line);
    if (!time) time = read_bsd_time(in, line);
    if (time) {
        header.time = *time;
        header.has_time = true;
        read_host_and_tag(in, header);
        return header;
    }
    if (header.priority < 0) return std::nullopt;
    header.time = line.received;  // RFC 3164 section 4.3.3: all of it is message
    (void)read_tag(in, header);
    header.message = in.rest();
    return header;
}

SyslogHeader syslog_header_or_bare(const LogLine& line) noexcept {
    if (const auto header = parse_syslog_header(line)) return *header;
    SyslogHeader bare;
    bare.time = line.received;
    TextScanner in(line.text);
    (void)read_tag(in, bare);
    bare.message = in.rest();
    return bare;
}

void add_syslog_header(Event& event, const SyslogHeader& header) {
    if (!header.host.empty()) event.add(fields::host, header.host);
    if (header.priority >= 0) {
        const auto priority = static_cast<std::size_t>(header.priority);
        event.add(fields::syslog_facility, facilities.at(priority / 8));
        event.add(fields::syslog_severity, severities.at(priority % 8));
    }
    if (!header.program.empty()) event.add(fields::syslog_program, header.program);
    if (!header.process.empty()) {
        const auto number = decimal(header.process);
        event.add(fields::syslog_pid,
                  number ? Value::unsigned_integer(*number) : Value::text(header.process));
    }
    if (!header.message_id.empty()) event.add(fields::syslog_msgid, header.message_id);
    event.add(fields::log_message, header.message);
}

}  // namespace persandian::logs
