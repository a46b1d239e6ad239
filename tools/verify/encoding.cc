// SPDX-License-Identifier: Apache-2.0
#include "tools/verify/encoding.h"

#include <array>

namespace persandian::verify {

namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";
constexpr std::string_view base64_letters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

unsigned byte_at(std::string_view text, std::size_t at) {
    return static_cast<unsigned char>(text[at]);
}

int base64_value(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == '+') return 62;
    return c == '/' ? 63 : -1;
}

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool is_continuation(unsigned byte) {
    return (byte & 0xC0U) == 0x80U;
}

constexpr std::array<std::uint32_t, 256> crc_table = [] {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < 256; ++i) {
        std::uint32_t value = i;
        for (int bit = 0; bit < 8; ++bit)
            value = (value & 1U) != 0 ? (value >> 1U) ^ 0x82F63B78U : value >> 1U;
        table[i] = value;
    }
    return table;
}();

void append_escaped_byte(std::string& out, std::string_view prefix, unsigned byte) {
    out += prefix;
    out += hex_digits[byte >> 4U];
    out += hex_digits[byte & 15U];
}

// C1 controls and the marks that reorder or hide text (U+200B..U+200F, U+202A..U+202E,
// U+2060..U+206F, U+FEFF).
bool is_deceptive(std::string_view sequence) {
    const unsigned a = byte_at(sequence, 0);
    if (sequence.size() == 2) return a == 0xC2U && byte_at(sequence, 1) < 0xA0U;
    if (sequence.size() != 3) return false;
    const unsigned b = byte_at(sequence, 1);
    const unsigned c = byte_at(sequence, 2);
    if (a == 0xE2U && b == 0x80U) return (c >= 0x8BU && c <= 0x8FU) || (c >= 0xA8U && c <= 0xAEU);
    if (a == 0xE2U && b == 0x81U) return c >= 0xA0U && c <= 0xAFU;
    return a == 0xEFU && b == 0xBBU && c == 0xBFU;
}

}  // namespace

std::string hex_encode(std::string_view bytes) {
    std::string out;
    out.reserve(bytes.size() * 2);
    for (std::size_t i = 0; i < bytes.size(); ++i) append_escaped_byte(out, "", byte_at(bytes, i));
    return out;
}

std::optional<std::string> hex_decode(std::string_view text) {
    if (text.size() % 2 != 0) return std::nullopt;
    std::string out(text.size() / 2, '\0');
    for (std::size_t i = 0; i < out.size(); ++i) {
        const int high = hex_value(text[2 * i]);
        const int low = hex_value(text[2 * i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        out[i] = static_cast<char>(high * 16 + low);
    }
    return out;
}

std::string base64_encode(std::string_view bytes) {
    std::string out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::size_t have = bytes.size() - i < 3 ? bytes.size() - i : 3;
        unsigned group = byte_at(bytes, i) << 16U;
        if (have > 1) group |= byte_at(bytes, i + 1) << 8U;
        if (have > 2) group |= byte_at(bytes, i + 2);
        out += base64_letters[(group >> 18U) & 63U];
        out += base64_letters[(group >> 12U) & 63U];
        out += have > 1 ? base64_letters[(group >> 6U) & 63U] : '=';
        out += have > 2 ? base64_letters[group & 63U] : '=';
    }
    return out;
}

std::optional<std::string> base64_decode(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    std::size_t padding = 0;
    while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=')
        ++padding;
    std::string out;
    out.reserve(text.size() / 4 * 3);
    std::uint32_t group = 0;
    unsigned bits = 0;
    for (const char c : text.substr(0, text.size() - padding)) {
        const int value = base64_value(c);
        if (value < 0) return std::nullopt;
        group = (group << 6U) | static_cast<std::uint32_t>(value);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            out += static_cast<char>((group >> bits) & 0xFFU);
        }
    }
    if ((group & ((1U << bits) - 1U)) != 0) return std::nullopt;
    return out;
}

std::optional<std::uint64_t> decimal_decode(std::string_view text) {
    if (text.empty() || text.size() > 20 || (text[0] == '0' && text.size() > 1))
        return std::nullopt;
    std::uint64_t value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return std::nullopt;
        const auto digit = static_cast<std::uint64_t>(c - '0');
        if (value > (UINT64_MAX - digit) / 10) return std::nullopt;
        value = value * 10 + digit;
    }
    return value;
}

std::size_t utf8_length(std::string_view text) {
    if (text.empty()) return 0;
    const unsigned a = byte_at(text, 0);
    if (a < 0x80U) return 1;
    if (a < 0xC2U || a > 0xF4U) return 0;
    const std::size_t length = a < 0xE0U ? 2 : a < 0xF0U ? 3 : 4;
    if (text.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i)
        if (!is_continuation(byte_at(text, i))) return 0;
    const unsigned b = byte_at(text, 1);
    if (a == 0xE0U && b < 0xA0U) return 0;   // overlong
    if (a == 0xEDU && b >= 0xA0U) return 0;  // surrogates
    if (a == 0xF0U && b < 0x90U) return 0;   // overlong
    if (a == 0xF4U && b >= 0x90U) return 0;  // above U+10FFFF
    return length;
}

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const std::size_t length = utf8_length(text);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

std::uint32_t crc32c(std::string_view bytes) {
    std::uint32_t crc = ~0U;
    for (std::size_t i = 0; i < bytes.size(); ++i)
        crc = (crc >> 8U) ^ crc_table[(crc ^ byte_at(bytes, i)) & 0xFFU];
    return ~crc;
}

std::uint64_t big_endian(std::string_view bytes, std::size_t count) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < count; ++i) value = (value << 8U) | byte_at(bytes, i);
    return value;
}

void append_json_string(std::string& out, std::string_view text) {
    out += '"';
    for (std::size_t i = 0; i < text.size(); ++i) {
        const unsigned byte = byte_at(text, i);
        if (byte == '"' || byte == '\\') {
            out += '\\';
            out += text[i];
        } else if (byte == '\n') {
            out += "\\n";
        } else if (byte < 0x20U || byte == 0x7FU) {
            append_escaped_byte(out, "\\u00", byte);
        } else {
            out += text[i];
        }
    }
    out += '"';
}

std::string printable(std::string_view text, std::size_t max_bytes) {
    const bool cut = text.size() > max_bytes;
    text = text.substr(0, max_bytes);
    std::string out;
    while (!text.empty()) {
        const std::size_t length = utf8_length(text);
        const unsigned first = byte_at(text, 0);
        const bool plain = length > 1 ? !is_deceptive(text.substr(0, length))
                                      : length == 1 && first >= 0x20U && first != 0x7FU;
        const std::size_t step = length == 0 ? 1 : length;
        for (std::size_t i = 0; i < step; ++i) {
            if (plain)
                out += text[i];
            else
                append_escaped_byte(out, "\\x", byte_at(text, i));
        }
        text.remove_prefix(step);
    }
    if (cut) out += "…";
    return out;
}

}  // namespace persandian::verify
