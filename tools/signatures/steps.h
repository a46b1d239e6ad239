// SPDX-License-Identifier: Apache-2.0
//
// Contents, regular expressions and number tests of one buffer, and the Sigma that means the same.
// Source: Suricata 7 user guide, "Payload Keywords"; our modifier `sequence`:
// docs/formats/rules.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace persandian::signatures {

/// One test of a buffer.
struct Match {
    enum class Kind : std::uint8_t { content, regex, number, jump, remaining };
    Kind kind = Kind::content;
    bool negated = false;
    std::string text;  ///< content: bytes; regex: the expression; else what YAML has in braces
    bool nocase = false;
    bool relative = false;  ///< regex, number, jump, remaining
    std::optional<std::int64_t> offset;
    std::optional<std::int64_t> depth;
    std::optional<std::int64_t> distance;
    std::optional<std::int64_t> within;
    bool starts = false;
    bool ends = false;

    [[nodiscard]] bool is_placed() const noexcept {
        return offset || depth || distance || within || starts || ends || relative;
    }
};

/// The tests of one buffer, in their order.
struct Buffer {
    std::string field;
    std::vector<Match> matches;
    bool dot_before = false;  ///< dotprefix: a dot stands before the buffer
};

/// A reason why something cannot be said in Sigma; empty: it can.
using Reason = std::string;

/// byte_test and byte_jump; what they ask for in `out`.
[[nodiscard]] Reason read_byte_test(std::string_view value, Match& out);
[[nodiscard]] Reason read_byte_jump(std::string_view value, Match& out);
/// "<10", ">5", "5<>10", "7" as "{lt: 10}" …; empty when it is none of them.
[[nodiscard]] std::string bounds(std::string_view value);

/// The maps of a selection, one of which must hold: "field|contains: 'x'". Empty when the buffer
/// asks for what cannot be said; the reason is then in `reason`.
[[nodiscard]] std::vector<std::string> selection_of(const Buffer& buffer, Reason& reason);

}  // namespace persandian::signatures
