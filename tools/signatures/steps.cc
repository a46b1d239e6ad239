// SPDX-License-Identifier: Apache-2.0
#include "tools/signatures/steps.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "detectors/base/ascii.h"
#include "detectors/base/encoding.h"
#include "tools/signatures/signature.h"
#include "tools/signatures/yaml_text.h"

namespace persandian::signatures {
namespace {

std::optional<std::int64_t> number_of(std::string_view text) {
    const bool hexadecimal = text.starts_with("0x");
    if (hexadecimal) text.remove_prefix(2);
    std::int64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, value, hexadecimal ? 16 : 10);
    if (text.empty() || error != std::errc() || rest != end) return std::nullopt;
    return value;
}

/// The number of "multiplier 2"; nullopt when it is another option or no number.
std::optional<std::int64_t> option_number(std::string_view name, std::string_view option) {
    if (!option.starts_with(name)) return std::nullopt;
    return number_of(trimmed(option.substr(name.size())));
}

/// The options that byte_test and byte_jump share. False: not one of them.
bool read_number_option(std::string_view option, std::string& number, Match& out) {
    if (option == "relative") {
        out.relative = true;
    } else if (option == "little") {
        number += ", order: little";
    } else if (option == "dec") {
        number += ", base: 10";
    } else if (option == "hex") {
        number += ", base: 16";
    } else if (option == "oct") {
        number += ", base: 8";
    } else {
        return option == "big" || option == "string";
    }
    return true;
}

void place_number(Match& out, std::int64_t offset) {
    (out.relative ? out.distance : out.offset) = offset;
}

bool has_letters(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) { return is_ascii_letter(c); });
}

std::string hex_pairs(std::string_view bytes) {
    std::string out;
    for (const char c : bytes) {
        if (!out.empty()) out += ' ';
        out += hex_encode(as_bytes(std::string_view(&c, 1)));
    }
    return out;
}

std::string content_of(const Match& match) {
    if (!is_plain_ascii(match.text))
        return fmt::format("hex: '{}'{}", hex_pairs(match.text),
                           match.nocase && has_letters(match.text) ? ", cased: false" : "");
    return fmt::format("text: {}{}", quoted(match.text),
                       !match.nocase && has_letters(match.text) ? ", cased: true" : "");
}

std::string place_of(const Match& match) {
    std::string out;
    if (match.starts) out += fmt::format(", offset: 0, depth: {}", match.text.size());
    if (match.distance || match.within || match.relative) {
        out += fmt::format(", distance: {}", match.distance.value_or(0));
        if (match.within) out += fmt::format(", within: {}", *match.within);
    } else if (!match.starts && (match.offset || match.depth)) {
        out += fmt::format(", offset: {}", match.offset.value_or(0));
        if (match.depth) out += fmt::format(", depth: {}", *match.depth);
    }
    if (match.ends) out += ", end: true";
    return out;
}

std::string step_of(const Match& match) {
    std::string out;
    switch (match.kind) {
        case Match::Kind::content:
            out = content_of(match);
            break;
        case Match::Kind::regex:
            out = "re: " + quoted(match.text);
            break;
        case Match::Kind::number:
            out = fmt::format("number: {{{}}}", match.text);
            break;
        case Match::Kind::jump:
            out = fmt::format("jump: {{{}}}", match.text);
            break;
        case Match::Kind::remaining:
            out = fmt::format("remaining: {}", match.text);
            break;
    }
    if (match.kind != Match::Kind::remaining) out += place_of(match);
    if (match.negated) out += ", not: true";
    return fmt::format("{{{}}}", out);
}

bool is_placed_after(const Match& match) {
    return match.distance || match.within || match.relative;
}

/// What counts from the buffer's start comes first, so that it does not count from a step.
std::vector<Match> in_order(const std::vector<Match>& matches) {
    std::vector<Match> out = matches;
    std::stable_partition(out.begin(), out.end(), [](const Match& match) {
        return match.kind == Match::Kind::remaining && !match.relative;
    });
    // A place after a step that there is not counts from the start.
    bool moved = false;
    for (Match& match : out) {
        if (!moved && is_placed_after(match) && match.kind != Match::Kind::remaining) {
            match.offset = std::max<std::int64_t>(match.distance.value_or(0), 0);
            match.depth = match.within;
            match.distance = match.within = std::nullopt;
            match.relative = false;
        }
        const bool searched =
            match.kind == Match::Kind::content || match.kind == Match::Kind::regex;
        moved = moved || match.kind == Match::Kind::jump || (searched && !match.negated);
    }
    return out;
}

std::string sequence_of(const Buffer& buffer) {
    std::vector<std::string> steps;
    for (const Match& match : in_order(buffer.matches)) steps.push_back(step_of(match));
    return fmt::format("{}|sequence: [{}]", buffer.field, fmt::join(steps, ", "));
}

/// Only one content, at an end or anywhere: what Sigma has words for.
std::string plain_of(const Buffer& buffer) {
    const Match& match = buffer.matches.front();
    const std::string cased = !match.nocase && has_letters(match.text) ? "|cased" : "";
    const bool starts =
        match.starts || (match.depth && match.offset.value_or(0) == 0 &&
                         *match.depth == static_cast<std::int64_t>(match.text.size()));
    const std::string modifier = starts && match.ends ? ""
                                 : starts             ? "|startswith"
                                 : match.ends         ? "|endswith"
                                                      : "|contains";
    return fmt::format("{}{}{}: {}", buffer.field, modifier, cased,
                       quoted(without_wildcards(match.text)));
}

bool is_plain(const Buffer& buffer) {
    const Match& match = buffer.matches.front();
    if (buffer.matches.size() != 1 || match.negated || match.kind != Match::Kind::content ||
        !is_plain_ascii(match.text) || match.distance || match.within || match.offset)
        return false;
    return !match.depth || *match.depth == static_cast<std::int64_t>(match.text.size());
}

/// "*.evil.com" and "evil.com" itself.
std::vector<std::string> with_dot(const Buffer& buffer, Reason& reason) {
    if (!is_plain(buffer) || !buffer.matches.front().text.starts_with('.')) {
        reason = "dotprefix with more than one content that begins with a dot";
        return {};
    }
    std::vector<std::string> out = {plain_of(buffer)};
    Buffer bare = buffer;
    bare.matches.front().text.erase(0, 1);
    bare.matches.front().starts = true;
    out.push_back(plain_of(bare));
    return out;
}

}  // namespace

Reason read_byte_test(std::string_view value, Match& out) {
    const std::vector<std::string_view> parts = split(value);
    if (parts.size() < 4) return "byte_test without its four parts";
    out.kind = Match::Kind::number;
    std::string op(parts[1]);
    if (op.starts_with('!') && op.size() > 1 && op != "!=") {
        out.negated = true;
        op.erase(0, 1);
    }
    const auto number = number_of(parts[2]);
    const auto offset = number_of(parts[3]);
    const auto bytes = number_of(parts[0]);
    if (!number || !offset || !bytes) return "byte_test with a variable";
    std::string source = fmt::format("bytes: {}", *bytes);
    for (std::size_t i = 4; i < parts.size(); ++i) {
        if (const auto mask = option_number("bitmask ", parts[i])) {
            source += fmt::format(", and: {:#x}", *mask);
        } else if (!read_number_option(parts[i], source, out)) {
            return fmt::format("byte_test with {}", parts[i]);
        }
    }
    if (op == "&") {
        source += fmt::format(", and: {:#x}, neq: 0", *number);
    } else {
        const std::string_view word = op == "<"    ? "lt"
                                      : op == ">"  ? "gt"
                                      : op == "<=" ? "lte"
                                      : op == ">=" ? "gte"
                                      : op == "="  ? "eq"
                                                   : "neq";
        source += fmt::format(", {}: {}", word, *number);
    }
    out.text = source;
    place_number(out, *offset);
    return {};
}

Reason read_byte_jump(std::string_view value, Match& out) {
    const std::vector<std::string_view> parts = split(value);
    if (parts.size() < 2) return "byte_jump without its two parts";
    out.kind = Match::Kind::jump;
    const auto bytes = number_of(parts[0]);
    const auto offset = number_of(parts[1]);
    if (!bytes || !offset) return "byte_jump with a variable";
    std::string source = fmt::format("bytes: {}", *bytes);
    for (std::size_t i = 2; i < parts.size(); ++i) {
        const std::string_view part = parts[i];
        if (part == "align") {
            source += ", align: true";
        } else if (part == "from_beginning") {
            source += ", from_start: true";
        } else if (const auto factor = option_number("multiplier ", part)) {
            source += fmt::format(", multiply: {}", *factor);
        } else if (const auto more = option_number("post_offset ", part)) {
            source += fmt::format(", add: {}", *more);
        } else if (const auto mask = option_number("bitmask ", part)) {
            source += fmt::format(", and: {:#x}", *mask);
        } else if (!read_number_option(part, source, out)) {
            return fmt::format("byte_jump with {}", part);
        }
    }
    out.text = source;
    place_number(out, *offset);
    return {};
}

std::string bounds(std::string_view value) {
    const std::size_t between = value.find("<>");
    if (between != std::string_view::npos) {
        const auto least = number_of(trimmed(value.substr(0, between)));
        const auto most = number_of(trimmed(value.substr(between + 2)));
        return least && most ? fmt::format("{{gt: {}, lt: {}}}", *least, *most) : std::string();
    }
    std::string_view word = "eq";
    for (const auto& [sign, op] : {std::pair<std::string_view, std::string_view>{"<=", "lte"},
                                   {">=", "gte"},
                                   {"!", "neq"},
                                   {"<", "lt"},
                                   {">", "gt"}}) {
        if (!value.starts_with(sign)) continue;
        word = op;
        value = trimmed(value.substr(sign.size()));
        break;
    }
    const auto number = number_of(value);
    return number ? fmt::format("{{{}: {}}}", word, *number) : std::string();
}

std::vector<std::string> selection_of(const Buffer& buffer, Reason& reason) {
    if (buffer.dot_before) return with_dot(buffer, reason);
    if (is_plain(buffer)) {
        const Match& match = buffer.matches.front();
        const bool is_code = buffer.field == "http.status" && match.text.size() == 3;
        return {is_code ? fmt::format("http.status: {}", quoted(match.text)) : plain_of(buffer)};
    }
    return {sequence_of(buffer)};
}

}  // namespace persandian::signatures
