// SPDX-License-Identifier: Apache-2.0
#include "detectors/logs/json_flattener.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <string>

#include "detectors/base/encoding.h"
#include "detectors/logs/syslog_header.h"
#include "detectors/logs/text_scan.h"

namespace persandian::logs {
namespace {

/// Seconds since the epoch as Zeek writes them, or milliseconds when far too large for seconds.
std::optional<Timestamp> epoch_time(double value) noexcept {
    if (value > 1e11) value /= 1000;
    if (!(value > 0 && value < 9e9)) return std::nullopt;
    const auto seconds = static_cast<std::int64_t>(value);
    const double fraction = value - static_cast<double>(seconds);
    return Timestamp::from_seconds(seconds, static_cast<std::int64_t>(fraction * 1e6) * 1000);
}

std::optional<double> number_text(std::string_view text) noexcept {
    const std::size_t dot = std::min(text.find('.'), text.size());
    const auto whole = decimal(text.substr(0, dot));
    if (!whole) return std::nullopt;
    double value = static_cast<double>(*whole);
    double scale = 0.1;
    for (const char c : text.substr(std::min(dot + 1, text.size()))) {
        if (c < '0' || c > '9') return std::nullopt;
        value += scale * (c - '0');
        scale /= 10;
    }
    return value;
}

std::optional<Timestamp> read_time(const Value& value, int zone_offset_minutes) noexcept {
    switch (value.kind()) {
        case Value::Kind::integer:
            return epoch_time(static_cast<double>(value.as_integer()));
        case Value::Kind::real:
            return epoch_time(value.as_real());
        case Value::Kind::text:
            if (const auto number = number_text(value.as_text())) return epoch_time(*number);
            return parse_iso_time(value.as_text(), zone_offset_minutes);
        default:
            return std::nullopt;
    }
}

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/// RFC 8259 section 6, without what is an integer: digits on both sides of the point, and no 0
/// before another digit.
bool is_json_real(std::string_view token) {
    const auto take_digits = [&] {
        const std::size_t count = std::min(token.find_first_not_of("0123456789"), token.size());
        token.remove_prefix(count);
        return count;
    };
    if (token.starts_with('-')) token.remove_prefix(1);
    const bool zero = token.starts_with('0');
    const std::size_t whole = take_digits();
    if (whole == 0 || (zero && whole > 1)) return false;
    if (token.starts_with('.')) {
        token.remove_prefix(1);
        if (take_digits() == 0) return false;
    }
    if (token.starts_with('e') || token.starts_with('E')) {
        token.remove_prefix(1);
        if (token.starts_with('+') || token.starts_with('-')) token.remove_prefix(1);
        if (take_digits() == 0) return false;
    }
    return token.empty();
}

/// nullopt when `token` is beyond every double. What is too small for one is 0.
std::optional<double> read_real(std::string_view token) {
    double value = 0;
    const char* const end = token.data() + token.size();
    if (std::from_chars(token.data(), end, value).ec == std::errc()) return value;
    value = std::strtod(std::string(token).c_str(), nullptr);
    return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

template <typename Integer>
std::optional<Integer> read_integer(std::string_view token) {
    Integer value = 0;
    const char* const end = token.data() + token.size();
    const auto [rest, error] = std::from_chars(token.data(), end, value);
    const std::size_t sign = token.starts_with('-') ? 1 : 0;
    const bool padded = token.size() > sign + 1 && token[sign] == '0';
    return error == std::errc() && rest == end && !padded ? std::optional(value) : std::nullopt;
}

/// Integers as such, fractions as real. What begins like a number, is made of a number's characters
/// and is too large for both, or breaks the rules, keeps them as text. nullopt: no number.
std::optional<Value> read_number(std::string_view token) {
    if (token.find_first_of("-0123456789") != 0) return std::nullopt;
    if (const auto integer = read_integer<std::int64_t>(token)) return Value::integer(*integer);
    if (const auto integer = read_integer<std::uint64_t>(token))
        return Value::unsigned_integer(*integer);
    if (token.find_first_not_of("+-.0123456789eE") != std::string_view::npos) return std::nullopt;
    const bool is_integer = token.find_first_of(".eE") == std::string_view::npos;
    if (!is_integer && is_json_real(token))
        if (const auto real = read_real(token)) return Value::real(*real);
    return Value::text(token);
}

}  // namespace

JsonFlattener::JsonFlattener(std::string_view text, std::span<const std::uint32_t> tokens,
                             Event& event, JsonNames& names, JsonTexts& texts,
                             int zone_offset_minutes)
    : text_(text),
      at_(tokens.data()),
      end_(tokens.data() + tokens.size() - 1),
      event_(event),
      names_(names),
      texts_(texts),
      zone_(zone_offset_minutes) {
    names_.begin_line();
    texts_.begin(text);
}

bool JsonFlattener::run() {
    return take('{') && object(names_.top(), 0, 0) && at_ == end_;
}

std::string_view JsonFlattener::token() const {
    const char* const begin = here();
    const char* end = text_.data() + at_[1];
    while (end > begin && is_blank(end[-1])) --end;
    return {begin, static_cast<std::size_t>(end - begin)};
}

std::string_view JsonFlattener::text_in_quotes() const {
    const std::string_view quoted = token();
    return quoted.substr(1, quoted.size() - 2);
}

bool JsonFlattener::object(JsonName& of, unsigned depth, std::size_t element) {
    if (take('}')) return true;
    JsonName** guess = &of.first;
    do {
        const char* const key = here() + 1;
        if (key[-1] != '"') return false;
        JsonName* name = names_.find(of, *guess, key);
        if (name == nullptr) name = &new_name(of);
        if (name->is_kept) *guess = name;  // others may not outlive the line
        guess = &name->follower;
        ++at_;
        if (!take(':') || !value(*name, depth + 1, element)) return false;
    } while (take(','));
    return take('}');
}

JsonName& JsonFlattener::new_name(JsonName& of) {
    const std::string_view written = text_in_quotes();
    std::string room(written.size(), 0);
    return names_.add(of, json_unescape(written, room.data()).value_or(written), written.data());
}

bool JsonFlattener::array(JsonName& name, unsigned depth) {
    if (take(']')) return true;
    std::size_t index = 0;
    do {
        if (!value(name, depth + 1, index)) return false;
        if (index < UINT16_MAX) ++index;
    } while (take(','));
    return take(']');
}

bool JsonFlattener::value(JsonName& name, unsigned depth, std::size_t element) {
    switch (*here()) {
        case '"':
            return text_value(name, element);
        case '{':
            if (depth >= max_depth) return too_deep(name, element);
            ++at_;
            return object(name, depth, element);
        case '[':
            if (depth >= max_depth) return too_deep(name, element);
            ++at_;
            return array(name, depth);
        default:
            return at_ != end_ && scalar(name, element);
    }
}

/// The JSON text of an object or list as the value, from its bracket to the one that closes it.
bool JsonFlattener::too_deep(const JsonName& name, std::size_t element) {
    const char* const begin = here();
    std::size_t open = 0;
    for (; at_ != end_; ++at_) {
        const char c = *here();
        if (c == '{' || c == '[') ++open;
        if ((c == '}' || c == ']') && --open == 0) break;
    }
    if (at_ == end_) return false;
    cut_ = true;
    add(Value::text({begin, static_cast<std::size_t>(here() + 1 - begin)}), name, element);
    ++at_;
    return true;
}

bool JsonFlattener::text_value(const JsonName& name, std::size_t element) {
    const std::string_view written = text_in_quotes();
    if (!texts_.has_escapes(written)) {
        add(Value::text(written), name, element);
    } else if (admits(name)) {
        add(Value::text(texts_.add(written)), name, element);
    }
    ++at_;
    return true;
}

bool JsonFlattener::scalar(const JsonName& name, std::size_t element) {
    const std::string_view token = this->token();
    ++at_;
    if (token == "true" || token == "false") {
        add(Value::boolean(token == "true"), name, element);
        return true;
    }
    if (token == "null") {
        add(Value::null(), name, element);
        return true;
    }
    const std::optional<Value> number = read_number(token);
    if (number) add(*number, name, element);
    return number.has_value();
}

/// Whether a limit allows for one more field; notes it if not.
bool JsonFlattener::admits(const JsonName& name) {
    if (count_ < max_fields && !name.is_too_long) return true;
    cut_ = true;
    return false;
}

void JsonFlattener::add(const Value& value, const JsonName& name, std::size_t element) {
    if (!admits(name)) return;
    ++count_;
    if (name.time_rank < time_rank_) note_time(value, name);
    event_.add_foreign_view(name.field, name.hash, value, element);
}

void JsonFlattener::note_time(const Value& value, const JsonName& name) {
    if (const auto time = read_time(value, name.path == "UtcTime" ? 0 : zone_)) {
        time_ = time;
        time_rank_ = name.time_rank;
    }
}

}  // namespace persandian::logs
