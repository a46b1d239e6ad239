// SPDX-License-Identifier: Apache-2.0
#include "detectors/base/yaml_text.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "detectors/base/encoding.h"

namespace persandian::yaml {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

/// UTF-16 and UTF-32 by their byte order mark, or by the zero beside the first ASCII letter.
bool is_utf16(std::string_view text) {
    return text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF") ||
           text.substr(0, 4).find('\0') != std::string_view::npos;
}

/// How many bytes the character that begins with `lead` has; 1 for what cannot begin one.
std::size_t character_size(unsigned char lead) {
    if (lead >= 0xF0) return 4;
    if (lead >= 0xE0) return 3;
    return lead >= 0xC0 ? 2 : 1;
}

/// What is wrong with the control character at `rest`'s start; empty when it may stand there.
std::string control_problem(std::string_view rest) {
    const auto code = static_cast<unsigned char>(rest[0]);
    if (code == '\t' || code == '\n' || rest.starts_with("\r\n")) return {};
    if (code == '\r')
        return "a carriage return without a line feed; end lines with a line feed, or write "
               "\"\\r\" "
               "in double quotes";
    return fmt::format(
        "the control character U+{0:04X} may not stand in YAML; write \"\\x{0:02X}\" "
        "in double quotes",
        code);
}

/// What is wrong with the character of several bytes at `rest`'s start; empty when nothing is.
std::string character_problem(std::string_view rest, bool at_line_start) {
    const std::string_view character =
        rest.substr(0, character_size(static_cast<unsigned char>(rest[0])));
    if (!is_utf8(character))
        return fmt::format("the byte 0x{:02X} is not UTF-8; save the file as UTF-8",
                           static_cast<unsigned char>(rest[0]));
    if (at_line_start && character == byte_order_mark)
        return "a byte order mark in the middle of the file; remove it";
    return {};
}

}  // namespace

std::string_view without_byte_order_mark(std::string_view text) noexcept {
    if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
    return text;
}

bool is_unclosed_quote(std::string_view source) {
    std::size_t at = 0;
    while (at < source.size() && (source[at] == '&' || source[at] == '!')) {
        at = std::min(source.find_first_of(" \t\r\n", at), source.size());
        at = std::min(source.find_first_not_of(" \t\r\n", at), source.size());
    }
    if (at == source.size() || (source[at] != '"' && source[at] != '\'')) return false;
    const char quote = source[at];
    for (++at; at < source.size(); ++at) {
        const bool escapes = quote == '"' ? source[at] == '\\' : source.substr(at, 2) == "''";
        if (escapes) {
            ++at;
        } else if (source[at] == quote) {
            return false;
        }
    }
    return true;
}

std::optional<Problem> find_foreign_character(std::string_view text) {
    if (is_utf16(text)) return Problem{{1, 1}, "the file is UTF-16 or UTF-32; save it as UTF-8"};
    Mark mark;
    for (std::size_t at = 0; at < text.size();) {
        const auto lead = static_cast<unsigned char>(text[at]);
        const bool control = lead < 0x20 || lead == 0x7F;
        std::string reason;
        if (control) reason = control_problem(text.substr(at));
        if (lead >= 0x80) reason = character_problem(text.substr(at), mark.column == 1);
        if (!reason.empty()) return Problem{mark, std::move(reason)};
        const std::size_t size = character_size(lead);
        at += size;
        mark.column += size;
        if (lead == '\n') mark = {mark.line + 1, 1};
    }
    return std::nullopt;
}

}  // namespace persandian::yaml
