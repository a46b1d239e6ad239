// SPDX-License-Identifier: Apache-2.0
#include "tools/verify/json.h"

#include <algorithm>

#include "tools/verify/encoding.h"

namespace persandian::verify {

namespace {

std::uint32_t narrow(std::size_t value) {
    return static_cast<std::uint32_t>(value);
}

bool is_high_surrogate(unsigned code) {
    return code >= 0xD800U && code < 0xDC00U;
}
bool is_low_surrogate(unsigned code) {
    return code >= 0xDC00U && code < 0xE000U;
}

unsigned hex_digit(char c) {
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
    if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10;
    return 16;
}

void append_utf8(std::string& out, unsigned code) {
    const auto put = [&out](unsigned byte) { out += static_cast<char>(byte); };
    if (code < 0x80U) {
        put(code);
    } else if (code < 0x800U) {
        put(0xC0U | (code >> 6U));
        put(0x80U | (code & 63U));
    } else if (code < 0x10000U) {
        put(0xE0U | (code >> 12U));
        put(0x80U | ((code >> 6U) & 63U));
        put(0x80U | (code & 63U));
    } else {
        put(0xF0U | (code >> 18U));
        put(0x80U | ((code >> 12U) & 63U));
        put(0x80U | ((code >> 6U) & 63U));
        put(0x80U | (code & 63U));
    }
}

unsigned four_digits(std::string_view text) {
    unsigned code = 0;
    for (const char c : text.substr(0, 4)) code = code * 16 + hex_digit(c);
    return code;
}

// `body` was checked by the parser.
std::string unescape(std::string_view body) {
    std::string out;
    out.reserve(body.size());
    for (std::size_t i = 0; i < body.size(); ++i) {
        if (body[i] != '\\') {
            out += body[i];
            continue;
        }
        const char c = body[++i];
        if (c != 'u') {
            static constexpr std::string_view from = "bfnrt";
            static constexpr std::string_view to = "\b\f\n\r\t";
            const std::size_t at = from.find(c);
            out += at == std::string_view::npos ? c : to[at];
            continue;
        }
        unsigned code = four_digits(body.substr(i + 1));
        i += 4;
        if (is_high_surrogate(code)) {
            const unsigned low = four_digits(body.substr(i + 3));
            code = 0x10000U + ((code - 0xD800U) << 10U) + (low - 0xDC00U);
            i += 6;
        }
        append_utf8(out, code);
    }
    return out;
}

}  // namespace

const char* JsonDocument::parse(std::string_view text) {
    text_ = text;
    at_ = 0;
    nodes_.clear();
    if (text.size() > max_bytes) return "longer than the limit";
    if (const char* fault = value(0)) return fault;
    return at_ == text_.size() ? nullptr : "bytes after the end of the value";
}

const char* JsonDocument::value(int depth) {
    if (depth > max_depth) return "nested too deeply";
    const std::uint32_t self = narrow(nodes_.size());
    nodes_.emplace_back();
    nodes_[self].begin = narrow(at_);
    const char* fault = nullptr;
    switch (peek()) {
        case '{':
            nodes_[self].type = JsonType::object;
            fault = object(depth, self);
            break;
        case '[':
            nodes_[self].type = JsonType::array;
            fault = array(depth, self);
            break;
        case '"':
            nodes_[self].type = JsonType::string;
            fault = string_token(true);
            break;
        case 't':
            nodes_[self].type = JsonType::boolean;
            fault = literal("true");
            break;
        case 'f':
            nodes_[self].type = JsonType::boolean;
            fault = literal("false");
            break;
        case 'n':
            fault = literal("null");
            break;
        default:
            nodes_[self].type = JsonType::integer;
            fault = integer();
    }
    nodes_[self].end = narrow(at_);
    nodes_[self].next = narrow(nodes_.size());
    return fault;
}

const char* JsonDocument::object(int depth, std::uint32_t self) {
    ++at_;
    if (peek() == '}') {
        ++at_;
        return nullptr;
    }
    for (;;) {
        if (peek() != '"') return "a member name is expected";
        const std::size_t name = at_ + 1;
        if (const char* fault = string_token(false)) return fault;
        const std::size_t name_end = at_ - 1;
        if (peek() != ':') return "':' is expected";
        ++at_;
        const std::size_t child = nodes_.size();
        if (const char* fault = value(depth + 1)) return fault;
        nodes_[child].key_begin = narrow(name);
        nodes_[child].key_end = narrow(name_end);
        const char c = peek();
        ++at_;
        if (c == '}') break;
        if (c != ',') return "',' or '}' is expected";
    }
    nodes_[self].next = narrow(nodes_.size());
    return unique_names(self);
}

const char* JsonDocument::unique_names(std::uint32_t self) {
    names_.clear();
    for (std::uint32_t i = self + 1; i < nodes_[self].next; i = nodes_[i].next)
        names_.push_back(key(i));
    std::sort(names_.begin(), names_.end());
    if (std::adjacent_find(names_.begin(), names_.end()) != names_.end())
        return "a member name stands twice in one object";
    return nullptr;
}

const char* JsonDocument::array(int depth, std::uint32_t self) {
    ++at_;
    if (peek() == ']') {
        ++at_;
        return nullptr;
    }
    for (;;) {
        if (const char* fault = value(depth + 1)) return fault;
        const char c = peek();
        ++at_;
        if (c == ']') break;
        if (c != ',') return "',' or ']' is expected";
    }
    nodes_[self].next = narrow(nodes_.size());
    return nullptr;
}

const char* JsonDocument::string_token(bool escapes) {
    ++at_;
    while (at_ < text_.size()) {
        const auto c = static_cast<unsigned char>(text_[at_]);
        if (c == '"') {
            ++at_;
            return nullptr;
        }
        if (c == '\\') {
            if (!escapes) return "a member name is written with an escape";
            if (const char* fault = escape()) return fault;
        } else if (c < 0x20U) {
            return "a control character in a string";
        } else if (c < 0x80U) {
            ++at_;
        } else {
            const std::size_t length = utf8_length(text_.substr(at_));
            if (length == 0) return "not UTF-8";
            at_ += length;
        }
    }
    return "a string without an end";
}

bool JsonDocument::hex4(unsigned& out) {
    if (text_.size() - at_ < 4) return false;
    out = 0;
    for (int i = 0; i < 4; ++i) {
        const unsigned digit = hex_digit(text_[at_ + static_cast<std::size_t>(i)]);
        if (digit > 15) return false;
        out = out * 16 + digit;
    }
    at_ += 4;
    return true;
}

const char* JsonDocument::escape() {
    static constexpr const char* bad = "an escape that JSON does not know";
    ++at_;
    const char c = peek();
    if (c == '\0') return bad;
    ++at_;
    if (c != 'u')
        return std::string_view("\"\\/bfnrt").find(c) == std::string_view::npos ? bad : nullptr;
    unsigned code = 0;
    if (!hex4(code)) return bad;
    if (is_low_surrogate(code)) return "half of a surrogate pair";
    if (!is_high_surrogate(code)) return nullptr;
    if (text_.substr(at_, 2) != "\\u") return "half of a surrogate pair";
    at_ += 2;
    if (!hex4(code) || !is_low_surrogate(code)) return "half of a surrogate pair";
    return nullptr;
}

const char* JsonDocument::integer() {
    const std::size_t begin = at_;
    const bool negative = peek() == '-';
    if (negative) ++at_;
    const std::size_t digits = at_;
    while (peek() >= '0' && peek() <= '9') ++at_;
    if (at_ == digits) {
        at_ = begin;
        return "not a value";
    }
    if (peek() == '.' || peek() == 'e' || peek() == 'E') return "a number that is not an integer";
    const auto magnitude = decimal_decode(text_.substr(digits, at_ - digits));
    if (!magnitude || (negative && *magnitude == 0)) return "an integer not in its one spelling";
    if (negative && *magnitude > std::uint64_t{1} << 63U) return "an integer out of range";
    return nullptr;
}

const char* JsonDocument::literal(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return "not a value";
    at_ += word.size();
    return nullptr;
}

std::string_view JsonDocument::key(std::uint32_t node) const {
    return text_.substr(nodes_[node].key_begin, nodes_[node].key_end - nodes_[node].key_begin);
}

std::string_view JsonDocument::raw(std::uint32_t node) const {
    return text_.substr(nodes_[node].begin, nodes_[node].end - nodes_[node].begin);
}

std::uint32_t JsonDocument::find(std::uint32_t object, std::string_view name) const {
    if (nodes_[object].type != JsonType::object) return 0;
    for (std::uint32_t i = object + 1; i < nodes_[object].next; i = nodes_[i].next)
        if (key(i) == name) return i;
    return 0;
}

std::optional<std::string> JsonDocument::string(std::uint32_t node) const {
    if (nodes_[node].type != JsonType::string) return std::nullopt;
    const std::string_view quoted = raw(node);
    return unescape(quoted.substr(1, quoted.size() - 2));
}

std::optional<std::uint64_t> JsonDocument::unsigned_integer(std::uint32_t node) const {
    if (nodes_[node].type != JsonType::integer) return std::nullopt;
    return decimal_decode(raw(node));
}

std::optional<std::string> JsonDocument::string(std::uint32_t object, std::string_view name) const {
    const std::uint32_t node = find(object, name);
    return node == 0 ? std::nullopt : string(node);
}

std::optional<std::uint64_t> JsonDocument::unsigned_integer(std::uint32_t object,
                                                            std::string_view name) const {
    const std::uint32_t node = find(object, name);
    return node == 0 ? std::nullopt : unsigned_integer(node);
}

}  // namespace persandian::verify
