// SPDX-License-Identifier: Apache-2.0
#include "detectors/event/decimal.h"

#include <algorithm>
#include <charconv>

namespace persandian {
namespace {

constexpr int digits_after_point = 9;
constexpr int max_digits = 38;  // what an Int128 surely holds

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// The digits of a number and where its point is: value = digits * 10^exponent.
struct Scientific {
    Int128 digits = 0;
    int digit_count = 0;  // without leading zeros
    long exponent = 0;
    bool any_digit = false;

    void add(char c, bool after_point) {
        any_digit = true;
        if (digit_count >= max_digits - 1) {  // too small to matter, or too large anyway
            if (!after_point) ++exponent;
            return;
        }
        digits = digits * 10 + (c - '0');
        if (digits != 0) ++digit_count;
        if (after_point) --exponent;
    }
};

bool read_exponent(std::string_view text, Scientific& out) {
    if (text.starts_with('+')) {
        text.remove_prefix(1);
        if (text.starts_with('-')) return false;
    }
    int exponent = 0;
    const char* const end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data(), end, exponent);
    if (error != std::errc{} || at != end) return false;
    out.exponent += exponent;
    return true;
}

std::optional<Scientific> read_number(std::string_view text) {
    Scientific out;
    bool after_point = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (is_digit(text[i])) {
            out.add(text[i], after_point);
        } else if (text[i] == '.' && !after_point) {
            after_point = true;
        } else if ((text[i] == 'e' || text[i] == 'E') && out.any_digit) {
            if (!read_exponent(text.substr(i + 1), out)) return std::nullopt;
            return out;
        } else {
            return std::nullopt;
        }
    }
    if (!out.any_digit) return std::nullopt;
    return out;
}

}  // namespace

std::optional<Decimal> Decimal::parse(std::string_view text) {
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+')) text.remove_prefix(1);
    const std::optional<Scientific> number = read_number(text);
    if (!number) return std::nullopt;
    if (number->digits == 0) return Decimal{};
    if (number->digit_count + number->exponent > max_whole_digits + 1) return std::nullopt;
    long shift = number->exponent + digits_after_point;
    if (shift < -max_digits) return Decimal{};
    Int128 value = number->digits;
    for (; shift > 0; --shift) value *= 10;
    if (shift < 0) {
        for (; shift < -1; ++shift) value /= 10;
        value = (value + 5) / 10;
    }
    Int128 most = one;
    for (int i = 0; i < max_whole_digits; ++i) most *= 10;
    if (value > most) return std::nullopt;
    Decimal out;
    out.billionths = negative ? -value : value;
    return out;
}

std::string decimal_text(Int128 billionths, std::int64_t divisor) {
    Int128 value = billionths / divisor;
    const bool negative = value < 0;
    if (negative) value = -value;
    std::string digits;  // least first
    for (int i = 0; i <= digits_after_point || value != 0; ++i) {
        digits += static_cast<char>('0' + static_cast<int>(value % 10));
        value /= 10;
        if (i == digits_after_point - 1) digits += '.';
    }
    if (negative) digits += '-';
    std::reverse(digits.begin(), digits.end());
    digits.erase(digits.find_last_not_of('0') + 1);
    if (digits.ends_with('.')) digits.pop_back();
    return digits == "-0" ? "0" : digits;
}

}  // namespace persandian
