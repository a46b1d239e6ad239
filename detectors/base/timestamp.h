// SPDX-License-Identifier: Apache-2.0
//
// Time as data: nanoseconds since 1970-01-01 UTC. Nothing in detectors/ asks a clock; time enters
// with the packet, the log line, or on_time().
#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace persandian {

/// A span of time in nanoseconds, possibly negative.
struct Duration {
    std::int64_t ns = 0;
    constexpr auto operator<=>(const Duration&) const = default;
    static constexpr Duration milliseconds(std::int64_t n) { return {n * 1'000'000}; }
    static constexpr Duration seconds(std::int64_t n) { return {n * 1'000'000'000}; }
    static constexpr Duration minutes(std::int64_t n) { return seconds(n * 60); }
    static constexpr Duration hours(std::int64_t n) { return minutes(n * 60); }
};

/// A point in time: nanoseconds since the Unix epoch, UTC, no leap seconds.
struct Timestamp {
    std::int64_t ns = 0;
    constexpr auto operator<=>(const Timestamp&) const = default;
    static constexpr Timestamp from_seconds(std::int64_t s, std::int64_t extra_ns = 0) {
        return {s * 1'000'000'000 + extra_ns};
    }
};

constexpr Duration operator-(Timestamp a, Timestamp b) {
    return {a.ns - b.ns};
}
constexpr Timestamp operator+(Timestamp t, Duration d) {
    return {t.ns + d.ns};
}
constexpr Timestamp operator-(Timestamp t, Duration d) {
    return {t.ns - d.ns};
}
constexpr Duration operator+(Duration a, Duration b) {
    return {a.ns + b.ns};
}

/// Times from outside may be absurd: capture formats allow any. Between these two (1897 and 2162)
/// one may be subtracted from the other, or 100 years added to one, without overflow.
inline constexpr Timestamp earliest_reckoned{INT64_MIN / 4};
inline constexpr Timestamp latest_reckoned = Timestamp{INT64_MAX} - Duration::hours(24LL * 36'525);
/// The nearest time between them.
constexpr Timestamp within_reckoning(Timestamp time) {
    return std::clamp(time, earliest_reckoned, latest_reckoned);
}

/// Calendar fields of a Timestamp in some fixed offset from UTC.
struct CalendarTime {
    int year = 1970;
    unsigned month = 1;  ///< 1..12
    unsigned day = 1;    ///< 1..31
    unsigned hour = 0, minute = 0, second = 0;
    std::int64_t nanosecond = 0;
};

/// Breaks `time` into calendar fields at `offset_minutes` east of UTC.
[[nodiscard]] CalendarTime to_calendar(Timestamp time, int offset_minutes = 0);
/// The inverse; nullopt when a field is out of range (31 February, hour 24).
[[nodiscard]] std::optional<Timestamp> from_calendar(const CalendarTime& calendar,
                                                     int offset_minutes = 0);

/// "2026-08-15T10:24:01.123456789Z" (RFC 3339, nine digits).
[[nodiscard]] std::string format_rfc3339_ns(Timestamp time);
/// "2026-08-15T10:24:01.123456+0000", as EVE writes timestamps.
[[nodiscard]] std::string format_eve(Timestamp time);
/// Reads RFC 3339 and its common relatives ("T" or space, optional fraction of 1..9 digits, "Z",
/// "+08:00", "+0800" or nothing = UTC). nullopt when it is not such a time.
[[nodiscard]] std::optional<Timestamp> parse_rfc3339(std::string_view text);

}  // namespace persandian
