// SPDX-License-Identifier: Apache-2.0
#include "daemon/config/strict_reader.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "detectors/base/ascii.h"

namespace persandian::config {
namespace {

struct Quantity {
    std::uint64_t number = 0;
    std::string unit;  ///< lower case
};

/// "64 mb" → 64, "mb".
std::optional<Quantity> parse_quantity(std::string_view text) {
    Quantity out;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out.number);
    if (error != std::errc{}) return std::nullopt;
    for (const char c : text.substr(static_cast<std::size_t>(end - text.data()))) {
        if (c != ' ') out.unit += ascii_lower(c);
    }
    return out;
}

struct Unit {
    std::string_view name;
    std::uint64_t factor;
};

std::optional<std::uint64_t> scaled(const Quantity& quantity, const std::vector<Unit>& units) {
    for (const Unit& unit : units) {
        if (unit.name != quantity.unit) continue;
        if (quantity.number > UINT64_MAX / unit.factor) return std::nullopt;
        return quantity.number * unit.factor;
    }
    return std::nullopt;
}

const std::vector<Unit>& size_units() {
    static const std::vector<Unit> units = {{"", 1},           {"b", 1},           {"k", 1U << 10U},
                                            {"kb", 1U << 10U}, {"kib", 1U << 10U}, {"m", 1U << 20U},
                                            {"mb", 1U << 20U}, {"mib", 1U << 20U}, {"g", 1U << 30U},
                                            {"gb", 1U << 30U}, {"gib", 1U << 30U}};
    return units;
}

const std::vector<Unit>& time_units() {
    static const std::vector<Unit> units = {{"ms", 1'000'000},
                                            {"s", 1'000'000'000},
                                            {"m", 60'000'000'000},
                                            {"h", 3'600'000'000'000},
                                            {"d", 86'400'000'000'000}};
    return units;
}

std::string spoken(Duration duration) {
    for (const Unit& unit :
         {Unit{"h", 3'600'000'000'000}, Unit{"m", 60'000'000'000}, Unit{"s", 1'000'000'000}})
        if (duration.ns % static_cast<std::int64_t>(unit.factor) == 0)
            return fmt::format("{}{}", duration.ns / static_cast<std::int64_t>(unit.factor),
                               unit.name);
    return fmt::format("{}ms", duration.ns / 1'000'000);
}

std::string_view kind_name(const yaml::Node& node) {
    switch (node.kind) {
        case yaml::Node::Kind::null:
            return "nothing";
        case yaml::Node::Kind::scalar:
            return "a single value";
        case yaml::Node::Kind::sequence:
            return "a list";
        case yaml::Node::Kind::map:
            return "a map";
    }
    return "something else";
}

}  // namespace

std::string ConfigProblem::to_string() const {
    return fmt::format("{}:{}:{}: {}", path, mark.line, mark.column, reason);
}

void ProblemList::add(const yaml::Mark& mark, std::string reason) {
    problems.push_back({path, mark, std::move(reason)});
}

StrictReader::StrictReader(const yaml::Node& node, std::string what, ProblemList& problems)
    : node_(node), what_(std::move(what)), problems_(problems) {
    if (!node.is_map() && !node.is_null())
        problems_.add(node.mark,
                      fmt::format("{} must be a map (key: value), not {}", what_, kind_name(node)));
}

const yaml::Node* StrictReader::get(std::string_view key, Need need) {
    known_.push_back(key);
    const yaml::Node* const value = node_.find(key);
    if (value == nullptr && need == Need::required)
        problems_.add(node_.mark, fmt::format("{} needs the key '{}'", what_, key));
    return value;
}

const yaml::Node* StrictReader::scalar(std::string_view key, std::string_view expected, Need need) {
    const yaml::Node* const value = get(key, need);
    if (value == nullptr) return nullptr;
    if (value->is_scalar()) return value;
    problems_.add(value->mark,
                  fmt::format("'{}' must be {}, not {}", key, expected, kind_name(*value)));
    return nullptr;
}

void StrictReader::text(std::string_view key, std::string& out, Need need) {
    const yaml::Node* const value = scalar(key, "a text", need);
    if (value == nullptr) return;
    if (value->text.empty() && need == Need::required)
        problems_.add(value->mark, fmt::format("'{}' must not be empty", key));
    out = value->text;
}

void StrictReader::path(std::string_view key, std::filesystem::path& out, Need need) {
    std::string text_value;
    text(key, text_value, need);
    if (text_value.empty()) return;
    out = text_value;
    if (!out.is_absolute())
        complain(key, fmt::format("'{}' must be an absolute path, not '{}'", key, text_value));
}

void StrictReader::boolean(std::string_view key, bool& out) {
    const yaml::Node* const value = scalar(key, "yes or no");
    if (value == nullptr) return;
    if (const std::optional<bool> flag = value->as_boolean()) {
        out = *flag;
    } else {
        problems_.add(value->mark,
                      fmt::format("'{}' must be yes or no, not '{}'", key, value->text));
    }
}

void StrictReader::read_integer(const yaml::Node& value, std::string_view key, std::int64_t& out,
                                std::int64_t least, std::int64_t most) {
    const std::optional<long long> number = value.is_scalar() ? value.as_integer() : std::nullopt;
    if (!number || *number < least || *number > most) {
        problems_.add(value.mark, fmt::format("'{}' must be a whole number from {} to {}, not {}",
                                              key, least, most,
                                              value.is_scalar() ? "'" + value.text + "'"
                                                                : std::string(kind_name(value))));
        return;
    }
    out = *number;
}

void StrictReader::integer(std::string_view key, std::int64_t& out, std::int64_t least,
                           std::int64_t most) {
    const yaml::Node* const value = scalar(key, "a whole number");
    if (value != nullptr) read_integer(*value, key, out, least, most);
}

void StrictReader::integers(std::string_view key, std::vector<std::int64_t>& out,
                            std::int64_t least, std::int64_t most) {
    const yaml::Node* const value = get(key);
    if (value == nullptr) return;
    out.clear();
    const auto add = [&](const yaml::Node& item) {
        read_integer(item, key, out.emplace_back(), least, most);
    };
    if (!value->is_sequence()) return add(*value);
    for (const yaml::Node& item : value->items) add(item);
}

void StrictReader::size_bytes(std::string_view key, std::uint64_t& out, std::uint64_t least,
                              std::uint64_t most) {
    const yaml::Node* const value = scalar(key, "a size such as 64mb");
    if (value == nullptr) return;
    const std::optional<Quantity> quantity = parse_quantity(value->text);
    const std::optional<std::uint64_t> bytes =
        quantity ? scaled(*quantity, size_units()) : std::nullopt;
    if (!bytes || *bytes < least || *bytes > most) {
        problems_.add(value->mark,
                      fmt::format("'{}' must be a size from {} to {} bytes, such as 64mb, not '{}'",
                                  key, least, most, value->text));
        return;
    }
    out = *bytes;
}

void StrictReader::duration(std::string_view key, Duration& out, Duration least, Duration most) {
    const yaml::Node* const value = scalar(key, "a duration such as 10s");
    if (value == nullptr) return;
    const std::optional<Quantity> quantity = parse_quantity(value->text);
    const std::optional<std::uint64_t> ns =
        quantity ? scaled(*quantity, time_units()) : std::nullopt;
    const bool fits = ns && *ns <= static_cast<std::uint64_t>(most.ns);
    if (!fits || Duration{static_cast<std::int64_t>(*ns)} < least) {
        problems_.add(
            value->mark,
            fmt::format("'{}' must be a duration from {} to {}, such as 10s or 5m, not '{}'", key,
                        spoken(least), spoken(most), value->text));
        return;
    }
    out = {static_cast<std::int64_t>(*ns)};
}

void StrictReader::choice(std::string_view key, std::size_t& out,
                          const std::vector<std::string_view>& words) {
    const yaml::Node* const value = scalar(key, "a word");
    if (value == nullptr) return;
    const auto found = std::find(words.begin(), words.end(), value->text);
    if (found != words.end()) {
        out = static_cast<std::size_t>(found - words.begin());
        return;
    }
    const std::string_view near = yaml::nearest_word(value->text, words);
    problems_.add(
        value->mark,
        fmt::format("'{}' must be one of {}, not '{}'{}", key, fmt::join(words, ", "), value->text,
                    near.empty() ? "" : fmt::format(" (did you mean '{}'?)", near)));
}

void StrictReader::texts(std::string_view key, std::vector<std::string>& out) {
    const yaml::Node* const value = get(key);
    if (value == nullptr) return;
    out.clear();
    if (value->is_scalar()) {
        out.push_back(value->text);
        return;
    }
    if (!value->is_sequence()) {
        problems_.add(value->mark,
                      fmt::format("'{}' must be a list, not {}", key, kind_name(*value)));
        return;
    }
    for (const yaml::Node& item : value->items) {
        if (item.is_scalar()) {
            out.push_back(item.text);
        } else {
            problems_.add(item.mark,
                          fmt::format("'{}' must hold texts, not {}", key, kind_name(item)));
        }
    }
}

void StrictReader::zone(std::string_view key, int& minutes_out) {
    const yaml::Node* const value = scalar(key, "a time zone");
    if (value == nullptr) return;
    if (const std::optional<int> minutes = parse_zone(value->text)) {
        minutes_out = *minutes;
    } else {
        problems_.add(
            value->mark,
            fmt::format("'{}' must be WIB, WITA, WIT, UTC or an offset such as +08:00, not '{}'",
                        key, value->text));
    }
}

void StrictReader::section(std::string_view key,
                           const std::function<void(const yaml::Node&)>& read) {
    if (const yaml::Node* const value = get(key)) read(*value);
}

void StrictReader::each(std::string_view key, const std::function<void(const yaml::Node&)>& read) {
    const yaml::Node* const value = get(key);
    if (value == nullptr || value->is_null()) return;
    if (!value->is_sequence()) {
        problems_.add(value->mark, fmt::format("'{}' must be a list ('- …' per item), not {}", key,
                                               kind_name(*value)));
        return;
    }
    for (const yaml::Node& item : value->items) read(item);
}

void StrictReader::finish() {
    for (const yaml::Entry& entry : node_.entries) {
        if (std::find(known_.begin(), known_.end(), entry.key) != known_.end()) continue;
        const std::string_view near = yaml::nearest_word(entry.key, known_);
        problems_.add(entry.mark, near.empty()
                                      ? fmt::format("unknown key '{}' in {}; known keys: {}",
                                                    entry.key, what_, fmt::join(known_, ", "))
                                      : fmt::format("unknown key '{}' in {}; did you mean '{}'?",
                                                    entry.key, what_, near));
    }
}

void StrictReader::complain(std::string_view key, std::string reason) {
    const yaml::Node* const value = node_.find(key);
    problems_.add(value == nullptr ? node_.mark : value->mark, std::move(reason));
}

std::optional<int> parse_zone(std::string_view text) {
    if (text == "WIB") return 7 * 60;
    if (text == "WITA") return 8 * 60;
    if (text == "WIT") return 9 * 60;
    if (text == "UTC" || text == "Z") return 0;
    if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':')
        return std::nullopt;
    int hours = 0;
    int minutes = 0;
    const auto read = [&](std::size_t at, int& out) {
        const auto [end, error] = std::from_chars(text.data() + at, text.data() + at + 2, out);
        return error == std::errc{} && end == text.data() + at + 2;
    };
    if (!read(1, hours) || !read(4, minutes) || hours > 14 || minutes > 59) return std::nullopt;
    return (text[0] == '-' ? -1 : 1) * (hours * 60 + minutes);
}

}  // namespace persandian::config
