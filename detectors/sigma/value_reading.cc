// SPDX-License-Identifier: Apache-2.0
//
// Values of events as numbers and as times.
#include <charconv>
#include <chrono>
#include <cmath>

#include <fmt/format.h>

#include "detectors/sigma/predicate.h"

namespace persandian::sigma {
namespace {

std::optional<Number> number_of_text(std::string_view text) {
    if (text.empty()) return std::nullopt;
    const char* const end = text.data() + text.size();
    Number number;
    const auto whole = std::from_chars(text.data(), end, number.integer);
    if (whole.ec == std::errc{} && whole.ptr == end) return number;
    if (text.find_first_not_of("+-.0123456789eE") != std::string_view::npos) return std::nullopt;
    const auto real = std::from_chars(text.data(), end, number.real);
    if (real.ec != std::errc{} || real.ptr != end) return std::nullopt;
    number.is_integer = false;
    number.integer = 0;
    return number;
}

std::optional<int> digits(std::string_view text, std::size_t at, std::size_t count) {
    if (at + count > text.size()) return std::nullopt;
    int value = 0;
    for (const char c : text.substr(at, count)) {
        if (c < '0' || c > '9') return std::nullopt;
        value = value * 10 + (c - '0');
    }
    return value;
}

/// "2026-01-31T23:59…", "2026-01-31 23:59…" or "2026-01-31", in its own zone.
std::optional<CalendarTime> calendar_of_text(std::string_view text) {
    const std::optional<int> year = digits(text, 0, 4);
    const std::optional<int> month = digits(text, 5, 2);
    const std::optional<int> day = digits(text, 8, 2);
    if (!year || !month || !day || text[4] != '-' || text[7] != '-') return std::nullopt;
    CalendarTime time{
        .year = *year, .month = static_cast<unsigned>(*month), .day = static_cast<unsigned>(*day)};
    if (text.size() > 10) {
        const std::optional<int> hour = digits(text, 11, 2);
        const std::optional<int> minute = digits(text, 14, 2);
        if (!hour || !minute || (text[10] != 'T' && text[10] != 't' && text[10] != ' ') ||
            text[13] != ':')
            return std::nullopt;
        time.hour = static_cast<unsigned>(*hour);
        time.minute = static_cast<unsigned>(*minute);
    }
    if (!from_calendar(time)) return std::nullopt;
    return time;
}

std::optional<CalendarTime> calendar_of(const Value& value) {
    if (value.kind() == Value::Kind::time) return to_calendar(value.as_time());
    if (value.kind() == Value::Kind::text)
        if (std::optional<CalendarTime> time = calendar_of_text(value.as_text())) return time;
    const std::optional<Number> number = to_number(value);
    if (!number) return std::nullopt;
    const double seconds = number->is_integer ? static_cast<double>(number->integer) : number->real;
    if (!(std::abs(seconds) < 9e9)) return std::nullopt;
    return to_calendar(Timestamp::from_seconds(static_cast<std::int64_t>(std::floor(seconds))));
}

/// As compare(), without rounding the integer to a double.
int compare_exactly(std::int64_t integer, double real) {
    constexpr double beyond = 0x1p63;  // the least double above every std::int64_t
    if (!(real < beyond)) return -1;
    if (real < -beyond) return 1;
    const double below = std::floor(real);
    const auto whole = static_cast<std::int64_t>(below);
    if (integer != whole) return integer < whole ? -1 : 1;
    return real > below ? -1 : 0;
}

/// ISO 8601: week 1 holds the year's first Thursday.
std::int64_t iso_week(const CalendarTime& time) {
    using namespace std::chrono;
    const sys_days date =
        std::chrono::year{time.year} / std::chrono::month{time.month} / std::chrono::day{time.day};
    const sys_days thursday = date - (weekday{date} - Monday) + days{3};
    const year_month_day in_year{thursday};
    const sys_days january = in_year.year() / January / 1;
    return (thursday - january).count() / 7 + 1;
}

}  // namespace

std::optional<Number> to_number(const Value& value) {
    switch (value.kind()) {
        case Value::Kind::integer:
            return Number{true, value.as_integer(), 0};
        case Value::Kind::unsigned_integer:
            return Number{false, 0, static_cast<double>(value.as_unsigned())};
        case Value::Kind::real:
            return Number{false, 0, value.as_real()};
        case Value::Kind::text:
            return number_of_text(value.as_text());
        case Value::Kind::null:
        case Value::Kind::boolean:
        case Value::Kind::address:
        case Value::Kind::time:
        case Value::Kind::bytes:
            break;
    }
    return std::nullopt;
}

int compare(const Number& a, const Number& b) {
    if (a.is_integer && b.is_integer) return a.integer < b.integer ? -1 : a.integer > b.integer;
    if (a.is_integer) return compare_exactly(a.integer, b.real);
    if (b.is_integer) return -compare_exactly(b.integer, a.real);
    return a.real < b.real ? -1 : a.real > b.real;
}

std::string canonical_text(const Number& number) {
    if (number.is_integer) return fmt::format("{}", number.integer);
    return fmt::format("{}", number.real == 0 ? 0.0 : number.real);
}

std::optional<std::int64_t> time_part_of(const Value& value, TimePart part) {
    const std::optional<CalendarTime> time = calendar_of(value);
    if (!time) return std::nullopt;
    switch (part) {
        case TimePart::minute:
            return time->minute;
        case TimePart::hour:
            return time->hour;
        case TimePart::day:
            return time->day;
        case TimePart::week:
            return iso_week(*time);
        case TimePart::month:
            return time->month;
        case TimePart::year:
            return time->year;
    }
    return std::nullopt;
}

}  // namespace persandian::sigma
