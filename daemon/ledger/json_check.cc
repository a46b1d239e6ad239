// SPDX-License-Identifier: Apache-2.0
#include "daemon/ledger/json_check.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <span>

#include "daemon/ledger/format.h"
#include "detectors/base/encoding.h"

namespace persandian::ledger {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// Most records are; eight bytes at a time.
bool is_ascii(std::string_view text) {
    std::uint64_t all = 0;
    while (text.size() >= sizeof(all)) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data(), sizeof(word));
        all |= word;
        text.remove_prefix(sizeof(word));
    }
    for (const char c : text) all |= static_cast<unsigned char>(c);
    return (all & 0x8080808080808080U) == 0;
}

/// Bytes that may stand in a string without a second look.
constexpr std::array<bool, 256> plain = [] {
    std::array<bool, 256> table{};
    for (std::size_t c = 0x20; c < table.size(); ++c) table[c] = c != '"' && c != '\\';
    return table;
}();

/// Walks the text once. Failure is sticky: the first reason stays.
class Walk {
  public:
    Walk(std::string_view text, std::vector<std::string_view>& names)
        : text_(text), names_(names) {}

    Result<void> run() {
        if (peek() != '{') fail("a record must be a JSON object");
        value(0);
        if (failure_.text[0] == '\0' && position_ != text_.size()) fail("bytes after the object");
        if (failure_.text[0] != '\0') return failure_;
        return {};
    }

  private:
    [[nodiscard]] bool failed() const { return failure_.text[0] != '\0'; }
    void fail(const char* reason, ErrorCode code = ErrorCode::malformed) {
        if (!failed()) failure_ = {code, reason};
    }
    [[nodiscard]] char peek() const { return position_ < text_.size() ? text_[position_] : '\0'; }
    bool take(char c) {
        if (peek() != c || position_ >= text_.size()) return false;
        ++position_;
        return true;
    }

    // Recursion is bounded by max_record_depth.
    void value(std::size_t depth) {
        if (depth > max_record_depth) return fail("nested too deep", ErrorCode::limit);
        switch (peek()) {
            case '{':
                return object(depth);
            case '[':
                return array(depth);
            case '"':
                (void)string();
                return;
            case 't':
                return word("true");
            case 'f':
                return word("false");
            case 'n':
                return word("null");
            default:
                return number();
        }
    }

    void object(std::size_t depth) {
        const std::size_t first_name = names_.size();
        take('{');
        if (!take('}')) {
            do {
                if (peek() != '"') return fail("a member name is missing");
                const std::string_view name = string();
                if (name.find('\\') != std::string_view::npos)
                    return fail("a member name is written with an escape");
                names_.push_back(name);
                if (!failed() && !take(':')) fail("a colon is missing");
                if (failed()) return;
                value(depth + 1);
                if (failed()) return;
            } while (take(','));
            if (!take('}')) return fail("an object is not closed");
        }
        const auto names = std::span(names_).subspan(first_name);
        std::ranges::sort(names);
        if (std::ranges::adjacent_find(names) != names.end()) fail("a member name occurs twice");
        names_.resize(first_name);
    }

    void array(std::size_t depth) {
        take('[');
        if (take(']')) return;
        do {
            value(depth + 1);
            if (failed()) return;
        } while (take(','));
        if (!take(']')) fail("an array is not closed");
    }

    void word(std::string_view expected) {
        if (text_.substr(position_, expected.size()) != expected) return fail("not a JSON value");
        position_ += expected.size();
    }

    void number() {
        const std::size_t begin = position_;
        const bool negative = take('-');
        const std::size_t digits = position_;
        while (is_digit(peek())) ++position_;
        if (position_ == digits) return fail("not a JSON value");
        if (peek() == '.' || peek() == 'e' || peek() == 'E')
            return fail("a number is not an integer");
        if (text_[digits] == '0' && (position_ - digits > 1 || negative))
            return fail("an integer is not in its shortest form");
        const char* const from = text_.data() + begin;
        const char* const to = text_.data() + position_;
        std::int64_t with_sign = 0;
        std::uint64_t without_sign = 0;
        const std::errc failure = negative ? std::from_chars(from, to, with_sign).ec
                                           : std::from_chars(from, to, without_sign).ec;
        if (failure != std::errc{}) fail("an integer needs more than 64 bits");
    }

    /// The text between the quotes.
    std::string_view string() {
        take('"');
        const std::size_t begin = position_;
        while (position_ < text_.size()) {
            const char c = text_[position_];
            if (plain[static_cast<unsigned char>(c)]) {
                ++position_;
                continue;
            }
            if (c == '"') return text_.substr(begin, position_++ - begin);
            if (static_cast<unsigned char>(c) < 0x20) {
                fail("a control character in a string");
                return {};
            }
            ++position_;
            if (c == '\\' && !escape()) {
                fail("a bad escape in a string");
                return {};
            }
        }
        fail("a string is not closed");
        return {};
    }

    /// After the backslash.
    bool escape() {
        const char kind = peek();
        ++position_;
        if (kind == 'u') {
            const int unit = code_unit();
            const bool low = unit >= 0xDC00 && unit <= 0xDFFF;
            const bool high = unit >= 0xD800 && unit <= 0xDBFF;
            if (unit < 0 || low) return false;
            if (!high) return true;
            if (!take('\\') || !take('u')) return false;
            const int second = code_unit();
            return second >= 0xDC00 && second <= 0xDFFF;
        }
        return kind != '\0' && std::string_view("\"\\/bfnrt").find(kind) != std::string_view::npos;
    }

    /// Four hexadecimal digits; -1 when they are not.
    int code_unit() {
        if (text_.size() - std::min(position_, text_.size()) < 4) return -1;
        int value = 0;
        const char* const from = text_.data() + position_;
        const auto [end, failure] = std::from_chars(from, from + 4, value, 16);
        if (failure != std::errc{} || end != from + 4 || *from == '-') return -1;
        position_ += 4;
        return value;
    }

    std::string_view text_;
    std::vector<std::string_view>& names_;
    std::size_t position_ = 0;
    Error failure_{};
};

}  // namespace

Result<void> JsonChecker::check_object(std::string_view text) {
    if (!is_ascii(text) && !is_utf8(text))
        return Error{ErrorCode::malformed, "the record is not UTF-8"};
    names_.clear();
    return Walk(text, names_).run();
}

}  // namespace persandian::ledger
