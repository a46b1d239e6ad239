// SPDX-License-Identifier: Apache-2.0
#include "tools/signatures/yaml_text.h"

#include <algorithm>

#include <fmt/format.h>

#include "detectors/base/encoding.h"

namespace persandian::signatures {

std::string quoted(std::string_view text) {
    const bool printable = is_utf8(text) && std::all_of(text.begin(), text.end(), [](char c) {
                               return static_cast<unsigned char>(c) >= ' ' && c != 0x7F;
                           });
    if (!printable) {
        std::string out;
        append_json_string(out, text);
        return out;
    }
    std::string out = "'";
    for (const char c : text) {
        if (c == '\'') out += '\'';
        out += c;
    }
    return out + "'";
}

std::string listed(const std::vector<std::string>& parts) {
    if (parts.size() == 1) return parts.front();
    return fmt::format("[{}]", fmt::join(parts, ", "));
}

std::string without_wildcards(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '*' || c == '?') out += '\\';
        const bool before_special =
            i + 1 == text.size() ||
            std::string_view("*?\\").find(text[i + 1]) != std::string_view::npos;
        if (c == '\\' && before_special) out += '\\';
        out += c;
    }
    return out;
}

bool is_plain_ascii(std::string_view text) noexcept {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

}  // namespace persandian::signatures
