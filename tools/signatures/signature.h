// SPDX-License-Identifier: Apache-2.0
//
// A signature of Suricata as it is written: header and options, in their order.
// Source: Suricata 7 user guide, "Rules Format".
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace persandian::signatures {

/// `key:value;` or `key;`.
struct Option {
    std::string key;
    std::string value;  ///< as written, with quotes and escapes, without blanks around it
    std::size_t column = 1;
};

struct Signature {
    std::string action;  ///< alert, drop, reject, pass
    std::string protocol;
    std::string source;
    std::string source_port;
    std::string arrow;  ///< "->" or "<>"
    std::string destination;
    std::string destination_port;
    std::vector<Option> options;

    /// Value of the first option of that key; empty when absent.
    [[nodiscard]] std::string_view find(std::string_view key) const noexcept;
    [[nodiscard]] bool has(std::string_view key) const noexcept;
};

/// Where reading stopped, counted from 1, and why.
struct SyntaxError {
    std::size_t column = 1;
    std::string reason;
};

/// `line`: a whole signature, continuation lines already joined.
[[nodiscard]] std::variant<Signature, SyntaxError> parse_signature(std::string_view line);

/// The text between quotes with \", \;, \: and \\ resolved, and whether a ! stood before it;
/// as written when there are no quotes.
struct QuotedText {
    std::string text;
    bool negated = false;
};
[[nodiscard]] QuotedText unquoted(std::string_view value);
/// The bytes of a content: text, and hexadecimal between bars. Empty text on a fault.
[[nodiscard]] QuotedText content_bytes(std::string_view value);

[[nodiscard]] std::string_view trimmed(std::string_view text) noexcept;
/// Split at commas, each trimmed.
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator = ',');

}  // namespace persandian::signatures
