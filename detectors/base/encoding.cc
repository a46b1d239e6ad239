// SPDX-License-Identifier: Apache-2.0
#include "detectors/base/encoding.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include <fmt/format.h>

namespace persandian {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";
constexpr std::string_view base64_digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::uint32_t u32(std::byte b) {
    return std::to_integer<std::uint32_t>(b);
}

/// One decoded UTF-8 character: its length in bytes (0 = not UTF-8) and its code point.
struct CodePoint {
    std::size_t length = 0;
    std::uint32_t value = 0;
};

CodePoint decode_code_point(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned first = byte(0);
    if (first < 0x80) return {1, first};
    const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || text.size() < length) return {};
    std::uint32_t value = first & (0xFFU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0U) != 0x80) return {};
        value = (value << 6U) | (byte(i) & 0x3FU);
    }
    static constexpr std::array<std::uint32_t, 5> smallest = {0, 0, 0x80, 0x800, 0x10000};
    const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
    if (value < smallest[length] || value > 0x10FFFF || surrogate) return {};
    return {length, value};
}

/// C1 controls, bidirectional marks and overrides, line and paragraph separators.
bool is_deceptive(std::uint32_t c) {
    return (c >= 0x80 && c < 0xA0) || c == 0x061C || (c >= 0x200B && c <= 0x200F) ||
           (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF;
}

/// Writes the UTF-8 of `c`; returns its end.
char* put_code_point(char* out, std::uint32_t c) {
    const auto put = [&](std::uint32_t byte) { *out++ = static_cast<char>(byte); };
    if (c < 0x80) {
        put(c);
    } else if (c < 0x800) {
        put(0xC0U | (c >> 6U));
        put(0x80U | (c & 0x3FU));
    } else {
        if (c < 0x10000) {
            put(0xE0U | (c >> 12U));
        } else {
            put(0xF0U | (c >> 18U));
            put(0x80U | ((c >> 12U) & 0x3FU));
        }
        put(0x80U | ((c >> 6U) & 0x3FU));
        put(0x80U | (c & 0x3FU));
    }
    return out;
}

/// The number that the four digits of "\uXXXX" at the front of `text` are; takes all away.
std::optional<std::uint32_t> take_utf16_unit(std::string_view& text) {
    if (text.size() < 6 || text[0] != '\\' || text[1] != 'u') return std::nullopt;
    std::uint32_t unit = 0;
    for (std::size_t i = 2; i < 6; ++i) {
        const int digit = hex_value(text[i]);
        if (digit < 0) return std::nullopt;
        unit = unit << 4U | static_cast<std::uint32_t>(digit);
    }
    text.remove_prefix(6);
    return unit;
}

/// The code point of one or, for a surrogate pair, two "\uXXXX"; takes them away.
std::optional<std::uint32_t> take_utf16_escape(std::string_view& text) {
    const auto unit = take_utf16_unit(text);
    if (!unit || *unit < 0xD800 || *unit > 0xDFFF) return unit;
    if (*unit > 0xDBFF) return std::nullopt;
    const auto low = take_utf16_unit(text);
    if (!low || *low < 0xDC00 || *low > 0xDFFF) return std::nullopt;
    return 0x10000 + ((*unit - 0xD800) << 10U) + (*low - 0xDC00);
}

/// What a backslash and `c` stand for, RFC 8259 section 7; NUL for none.
char short_escape(char c) {
    switch (c) {
        case '"':
        case '\\':
        case '/':
            return c;
        case 'b':
            return '\b';
        case 'f':
            return '\f';
        case 'n':
            return '\n';
        case 'r':
            return '\r';
        case 't':
            return '\t';
        default:
            return '\0';
    }
}

}  // namespace

std::string hex_encode(ByteView bytes) {
    std::string out;
    out.reserve(bytes.size() * 2);
    for (const std::byte b : bytes) {
        out += hex_digits[u32(b) >> 4U];
        out += hex_digits[u32(b) & 15U];
    }
    return out;
}

std::optional<std::string> hex_decode(std::string_view text) {
    if (text.size() % 2 != 0) return std::nullopt;
    std::string out;
    out.reserve(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int high = hex_value(text[i]);
        const int low = hex_value(text[i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        out += static_cast<char>(high * 16 + low);
    }
    return out;
}

std::string base64_encode(ByteView bytes) {
    std::string out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::size_t left = bytes.size() - i;
        const std::uint32_t group = (u32(bytes[i]) << 16U) |
                                    (left > 1 ? u32(bytes[i + 1]) << 8U : 0U) |
                                    (left > 2 ? u32(bytes[i + 2]) : 0U);
        out += base64_digits[group >> 18U];
        out += base64_digits[(group >> 12U) & 63U];
        out += left > 1 ? base64_digits[(group >> 6U) & 63U] : '=';
        out += left > 2 ? base64_digits[group & 63U] : '=';
    }
    return out;
}

std::optional<std::string> base64_decode(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    std::string out;
    out.reserve(text.size() / 4 * 3);
    for (std::size_t i = 0; i < text.size(); i += 4) {
        const bool last = i + 4 == text.size();
        const std::size_t padding = !last ? 0 : text[i + 3] != '=' ? 0 : text[i + 2] != '=' ? 1 : 2;
        std::uint32_t group = 0;
        for (std::size_t k = 0; k < 4; ++k) {
            const std::size_t value = k >= 4 - padding ? 0 : base64_digits.find(text[i + k]);
            if (value == std::string_view::npos) return std::nullopt;
            group = (group << 6U) | static_cast<std::uint32_t>(value);
        }
        const std::uint32_t unused = padding == 0 ? 0U : padding == 1 ? 0xFFU : 0xFFFFU;
        if ((group & unused) != 0) return std::nullopt;
        out += static_cast<char>(group >> 16U);
        if (padding < 2) out += static_cast<char>((group >> 8U) & 0xFFU);
        if (padding < 1) out += static_cast<char>(group & 0xFFU);
    }
    return out;
}

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const CodePoint c = decode_code_point(text);
        if (c.length == 0) return false;
        text.remove_prefix(c.length);
    }
    return true;
}

namespace {

/// How many bytes at the beginning stand in a JSON string as they are: ASCII without escapes.
std::size_t plain_in_json(std::string_view text) {
    static constexpr auto is_plain = [] {
        std::array<bool, 256> table{};
        for (std::size_t c = 0x20; c < 0x7F; ++c) table[c] = c != '"' && c != '\\';
        return table;
    }();
    std::size_t at = 0;
    while (at < text.size() && is_plain[static_cast<unsigned char>(text[at])]) ++at;
    return at;
}

}  // namespace

void append_json_string(std::string& out, std::string_view text, bool lossless) {
    out += '"';
    while (!text.empty()) {
        const std::size_t plain = plain_in_json(text);
        out.append(text.substr(0, plain));
        text.remove_prefix(plain);
        if (text.empty()) break;
        const auto first = static_cast<unsigned char>(text[0]);
        const CodePoint c = decode_code_point(text);
        if (c.length == 0) {
            if (lossless) {
                fmt::format_to(std::back_inserter(out), "\\u00{:02x}", first);
            } else {
                out += "\xEF\xBF\xBD";
            }
            text.remove_prefix(1);
            continue;
        }
        if (first == '"' || first == '\\') {
            out += '\\';
            out += text[0];
        } else if (first == '\n') {
            out += "\\n";
        } else if (first < 0x20 || first == 0x7F) {
            fmt::format_to(std::back_inserter(out), "\\u{:04x}", first);
        } else {
            out.append(text.substr(0, c.length));
        }
        text.remove_prefix(c.length);
    }
    out += '"';
}

std::optional<std::string_view> json_unescape(std::string_view written, char* out) {
    char* at = out;
    while (true) {
        const std::size_t plain = std::min(written.find('\\'), written.size());
        std::memcpy(at, written.data(), plain);
        at += plain;
        written.remove_prefix(plain);
        if (written.empty()) return std::string_view(out, static_cast<std::size_t>(at - out));
        const char c = written.size() > 1 ? short_escape(written[1]) : '\0';
        if (c != '\0') {
            *at++ = c;
            written.remove_prefix(2);
        } else if (const auto code_point = take_utf16_escape(written)) {
            at = put_code_point(at, *code_point);
        } else {
            return std::nullopt;
        }
    }
}

std::string escape_for_terminal(std::string_view text, std::size_t max_bytes) {
    std::string out;
    const bool cut = text.size() > max_bytes;
    text = text.substr(0, max_bytes);
    while (!text.empty()) {
        const CodePoint c = decode_code_point(text);
        if (c.length == 0 || c.value < 0x20 || c.value == 0x7F) {
            fmt::format_to(std::back_inserter(out), "\\x{:02x}",
                           static_cast<unsigned char>(text[0]));
        } else if (is_deceptive(c.value)) {
            fmt::format_to(std::back_inserter(out), "\\u{{{:04x}}}", c.value);
        } else {
            out.append(text.substr(0, c.length));
        }
        text.remove_prefix(c.length == 0 ? 1 : c.length);
    }
    if (cut) out += "…";
    return out;
}

}  // namespace persandian
