// SPDX-License-Identifier: Apache-2.0
//
// Decimal: an exact decimal number, for sums that neither drift nor depend on the order in which
// they are made. Rule thresholds and the numbers found in events are read as decimals.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace persandian {

/// 128 bits, of both supported compilers; no standard type is that wide.
__extension__ typedef __int128 Int128;

/// A number with nine digits after the point, between -max_whole and max_whole. Sums of a million
/// of them, and products with a count of at most a million, still fit an Int128.
struct Decimal {
    static constexpr std::int64_t one = 1'000'000'000;
    static constexpr std::int64_t max_whole_digits = 20;  ///< |value| <= 10^20

    constexpr Decimal() = default;
    // implicit: a whole number is a decimal
    constexpr Decimal(std::int64_t whole) : billionths(static_cast<Int128>(whole) * one) {}
    constexpr auto operator<=>(const Decimal&) const = default;

    /// Reads a text that is wholly a number: "15", "-0.5", "1e3". Digits beyond the ninth after the
    /// point are rounded. nullopt for anything else and for numbers out of range.
    [[nodiscard]] static std::optional<Decimal> parse(std::string_view text);
    [[nodiscard]] bool is_whole() const { return billionths % one == 0; }

    Int128 billionths = 0;
};

/// billionths / (10^9 * divisor) as text, at most nine digits after the point, rounded toward zero:
/// "15", "-0.5".
[[nodiscard]] std::string decimal_text(Int128 billionths, std::int64_t divisor = 1);

}  // namespace persandian
