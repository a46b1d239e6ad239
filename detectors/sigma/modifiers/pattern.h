// SPDX-License-Identifier: Apache-2.0
//
// Pattern: a Sigma string with its wildcards as tokens, never as text, so that a modifier that adds
// a wildcard cannot meet a backslash. Source: Sigma rules specification 2.1.0, "String Wildcard".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace persandian::sigma {

/// One piece of a pattern.
struct Token {
    enum class Kind : std::uint8_t {
        literal,
        any_run,  ///< `*`: any characters, also none, also line ends
        any_one,  ///< `?`: exactly one character
        dash,     ///< windash with many dashes: one of the five characters a dash may be
    };
    Kind kind = Kind::literal;
    std::string text;  ///< literals only
    bool operator==(const Token&) const = default;
};

/// What a pattern amounts to, the cheap cases first.
enum class PatternShape : std::uint8_t { exact, prefix, suffix, contains, anything, glob };

class Pattern {
  public:
    Pattern() = default;
    /// Reads Sigma's escapes: `\*` and `\?` are literal, `\\` is one backslash, a backslash before
    /// any other character (or at the end) is itself.
    [[nodiscard]] static Pattern parse(std::string_view written);
    [[nodiscard]] static Pattern literal(std::string_view text);

    [[nodiscard]] const std::vector<Token>& tokens() const noexcept { return tokens_; }
    void append(Token token);
    void append(const Pattern& other);
    void open_start();  ///< a `*` in front, unless one stands there
    void open_end();

    [[nodiscard]] bool has_wildcard() const noexcept;
    /// The text of a pattern without wildcards; for others the literals glued together.
    [[nodiscard]] std::string literal_text() const;
    [[nodiscard]] PatternShape shape() const noexcept;
    /// The longest literal token, for indexes; empty when there is none. Valid as long as this.
    [[nodiscard]] std::string_view longest_literal() const noexcept;
    [[nodiscard]] Pattern folded() const;
    /// As a rule would write it, escapes included.
    [[nodiscard]] std::string to_text() const;

    /// Whether the whole of `text` fits. Work is bounded by size of text times size of pattern.
    [[nodiscard]] bool matches(std::string_view text) const noexcept;

    bool operator==(const Pattern&) const = default;

  private:
    std::vector<Token> tokens_;
};

/// The five characters that `windash` lets a dash or slash be: - / en dash, em dash, bar.
[[nodiscard]] const std::vector<std::string>& dash_characters();

}  // namespace persandian::sigma
