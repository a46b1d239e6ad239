// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/regex_literal.h"

#include <optional>

#include "detectors/sigma/modifiers/utf8.h"

namespace persandian::sigma {
namespace {

constexpr std::size_t none = std::string_view::npos;

bool is_alphanumeric(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// Escapes of one letter that stand for one character of a kind, or for a place.
bool is_simple_escape(char letter) {
    return std::string_view("dDwWsSbBhHvVAzZGrntfae").find(letter) != none;
}

/// Where what follows the class that begins at `at` begins; none when it does not end.
std::size_t after_class(std::string_view regex, std::size_t at) {
    ++at;
    if (at < regex.size() && regex[at] == '^') ++at;
    if (at < regex.size() && regex[at] == ']') ++at;
    while (at < regex.size()) {
        if (regex[at] == ']') return at + 1;
        if (regex[at] == '[' && at + 1 < regex.size() && regex[at + 1] == ':') {
            const std::size_t end = regex.find(":]", at + 2);
            if (end == none) return none;
            at = end + 2;
        } else {
            at += regex[at] == '\\' ? 2U : 1U;
        }
    }
    return none;
}

/// Whether the group that begins at `at` sets the flag by which blanks count for nothing.
bool sets_extended(std::string_view regex, std::size_t at) {
    if (!regex.substr(at).starts_with("(?")) return false;
    const std::string_view flags = regex.substr(at + 2);
    const std::size_t end = flags.find_first_not_of("imsxnJU^-");
    if (end == none || (flags[end] != ')' && flags[end] != ':')) return false;
    return flags.substr(0, end).find('x') != none;
}

std::size_t after_group(std::string_view regex, std::size_t at);

/// Where what follows the atom at `at` begins; none when it does not end or is beyond us.
std::size_t after_atom(std::string_view regex, std::size_t at) {
    switch (regex[at]) {
        case '\\':
            return at + 2 <= regex.size() ? at + 2 : none;
        case '[':
            return after_class(regex, at);
        case '(':
            return after_group(regex, at);
        default:
            return at + 1;
    }
}

std::size_t after_group(std::string_view regex, std::size_t at) {
    // Groups in it are counted, not descended into: their number is the writer's choice.
    std::size_t open = 0;
    while (at < regex.size()) {
        if (regex[at] == '(') {
            if (sets_extended(regex, at)) return none;
            ++open;
            ++at;
        } else if (regex[at] == ')') {
            ++at;
            if (--open == 0) return at;
        } else {
            at = after_atom(regex, at);
            if (at == none) return none;
        }
    }
    return none;
}

/// Where what follows the repetitions at `at` begins; `at` when there are none.
std::size_t after_repetitions(std::string_view regex, std::size_t at) {
    while (at < regex.size()) {
        if (regex[at] == '*' || regex[at] == '+' || regex[at] == '?') {
            ++at;
        } else if (regex[at] == '{') {
            const std::size_t end = regex.find_first_not_of("0123456789, ", at + 1);
            if (end == none || regex[end] != '}') break;
            at = end + 1;
        } else {
            break;
        }
    }
    return at;
}

/// The character that the atom at `at` is, if it is a plain one of ASCII.
std::optional<char> plain_character(std::string_view regex, std::size_t at) {
    const char c = regex[at];
    if (c == '\\') {
        const char next = regex[at + 1];
        const bool is_plain = !is_alphanumeric(next) && static_cast<unsigned char>(next) < 0x80;
        return is_plain ? std::optional(next) : std::nullopt;
    }
    const bool is_plain =
        static_cast<unsigned char>(c) < 0x80 && std::string_view("^$.[({").find(c) == none;
    return is_plain ? std::optional(c) : std::nullopt;
}

/// An escape that may go on behind its letter or mean more than a character.
bool is_long_escape(std::string_view regex, std::size_t at) {
    return regex[at] == '\\' && is_alphanumeric(regex[at + 1]) && !is_simple_escape(regex[at + 1]);
}

}  // namespace

std::vector<std::string> certain_literals(std::string_view regex) {
    for (const std::string_view beyond_us : {"(*", "(?#", "(?C", "\\Q"})
        if (regex.find(beyond_us) != none) return {};
    std::vector<std::string> runs(1);
    bool is_readable = true;  // what follows is only searched for alternatives
    for (std::size_t at = 0; at < regex.size();) {
        const std::size_t end = regex[at] == '|' ? none : after_atom(regex, at);
        if (end == none) return {};
        const std::size_t next = after_repetitions(regex, end);
        is_readable = is_readable && !is_long_escape(regex, at);
        const std::optional<char> c = plain_character(regex, at);
        if (is_readable && c && next == end) {
            runs.back() += *c;
        } else if (!runs.back().empty()) {
            runs.emplace_back();
        }
        at = next;
    }
    if (runs.back().empty()) runs.pop_back();
    for (std::string& run : runs) run = folded(run);
    return runs;
}

}  // namespace persandian::sigma
