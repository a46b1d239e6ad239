// SPDX-License-Identifier: Apache-2.0
#include "detectors/base/timestamp.h"

#include <chrono>

#include <fmt/format.h>

namespace persandian {
namespace {

constexpr std::int64_t ns_per_second = 1'000'000'000;
constexpr std::int64_t seconds_per_day = 86'400;

std::int64_t floor_div(std::int64_t a, std::int64_t b) {
    return a / b - static_cast<std::int64_t>(a % b != 0 && (a < 0) != (b < 0));
}

/// Reads exactly `width` digits at `text[position]`; -1 when there are none.
int digits(std::string_view text, std::size_t position, std::size_t width) {
    if (position + width > text.size()) return -1;
    int value = 0;
    for (std::size_t i = 0; i < width; ++i) {
        const char c = text[position + i];
        if (c < '0' || c > '9') return -1;
        value = value * 10 + (c - '0');
    }
    return value;
}

/// Fraction ".123": advances `position` past it and returns nanoseconds.
std::int64_t read_fraction(std::string_view text, std::size_t& position) {
    std::int64_t ns = 0;
    std::int64_t scale = ns_per_second / 10;
    ++position;
    while (position < text.size() && text[position] >= '0' && text[position] <= '9') {
        ns += scale * (text[position] - '0');
        scale /= 10;
        ++position;
    }
    return ns;
}

/// Zone "Z", "+08:00", "+0800", "+08" or nothing; nullopt when it is something else.
std::optional<int> read_zone_minutes(std::string_view zone) {
    if (zone.empty() || zone == "Z" || zone == "z") return 0;
    if (zone[0] != '+' && zone[0] != '-') return std::nullopt;
    const int hours = digits(zone, 1, 2);
    const std::size_t at = zone.size() > 3 && zone[3] == ':' ? 4 : 3;
    const int minutes = zone.size() == 3 ? 0 : digits(zone, at, 2);
    if (hours < 0 || minutes < 0 || hours > 23 || minutes > 59) return std::nullopt;
    if (zone.size() != 3 && zone.size() != at + 2) return std::nullopt;
    return (zone[0] == '-' ? -1 : 1) * (hours * 60 + minutes);
}

}  // namespace

CalendarTime to_calendar(Timestamp time, int offset_minutes) {
    const std::int64_t total =
        floor_div(time.ns, ns_per_second) + std::int64_t{60} * offset_minutes;
    const std::int64_t day_number = floor_div(total, seconds_per_day);
    const std::int64_t in_day = total - day_number * seconds_per_day;
    const std::chrono::year_month_day date{
        std::chrono::sys_days{std::chrono::days{static_cast<int>(day_number)}}};
    CalendarTime out;
    out.year = static_cast<int>(date.year());
    out.month = static_cast<unsigned>(date.month());
    out.day = static_cast<unsigned>(date.day());
    out.hour = static_cast<unsigned>(in_day / 3600);
    out.minute = static_cast<unsigned>(in_day / 60 % 60);
    out.second = static_cast<unsigned>(in_day % 60);
    out.nanosecond = time.ns - floor_div(time.ns, ns_per_second) * ns_per_second;
    return out;
}

std::optional<Timestamp> from_calendar(const CalendarTime& c, int offset_minutes) {
    const std::chrono::year_month_day date{std::chrono::year{c.year}, std::chrono::month{c.month},
                                           std::chrono::day{c.day}};
    // The range of std::int64_t nanoseconds: years 1678 to 2261.
    if (!date.ok() || c.year < 1678 || c.year > 2261) return std::nullopt;
    if (c.hour > 23 || c.minute > 59 || c.second > 60) return std::nullopt;
    const std::int64_t days = std::chrono::sys_days{date}.time_since_epoch().count();
    const std::int64_t seconds = days * seconds_per_day + c.hour * 3600 + c.minute * 60 + c.second -
                                 std::int64_t{60} * offset_minutes;
    return Timestamp::from_seconds(seconds, c.nanosecond);
}

std::string format_rfc3339_ns(Timestamp time) {
    const CalendarTime c = to_calendar(time);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:09}Z", c.year, c.month, c.day, c.hour,
                       c.minute, c.second, c.nanosecond);
}

std::string format_eve(Timestamp time) {
    const CalendarTime c = to_calendar(time);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}+0000", c.year, c.month, c.day,
                       c.hour, c.minute, c.second, c.nanosecond / 1000);
}

std::optional<Timestamp> parse_rfc3339(std::string_view text) {
    if (text.size() < 19 || text[4] != '-' || text[7] != '-' || text[13] != ':' || text[16] != ':')
        return std::nullopt;
    if (text[10] != 'T' && text[10] != ' ' && text[10] != 't') return std::nullopt;
    const int fields[] = {digits(text, 0, 4),  digits(text, 5, 2),  digits(text, 8, 2),
                          digits(text, 11, 2), digits(text, 14, 2), digits(text, 17, 2)};
    for (const int field : fields)
        if (field < 0) return std::nullopt;
    CalendarTime c{fields[0],
                   static_cast<unsigned>(fields[1]),
                   static_cast<unsigned>(fields[2]),
                   static_cast<unsigned>(fields[3]),
                   static_cast<unsigned>(fields[4]),
                   static_cast<unsigned>(fields[5]),
                   0};
    std::size_t position = 19;
    if (position < text.size() && (text[position] == '.' || text[position] == ','))
        c.nanosecond = read_fraction(text, position);
    const std::optional<int> zone = read_zone_minutes(text.substr(position));
    if (!zone) return std::nullopt;
    return from_calendar(c, *zone);
}

}  // namespace persandian
