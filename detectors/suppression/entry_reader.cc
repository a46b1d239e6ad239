// SPDX-License-Identifier: Apache-2.0
#include "detectors/suppression/entry_reader.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace persandian::suppression {
namespace {

constexpr std::string_view cidr_suffix = "|cidr";

struct Unit {
    char name;
    std::int64_t seconds;
};
constexpr std::array<Unit, 4> units = {{{'s', 1}, {'m', 60}, {'h', 3'600}, {'d', 86'400}}};

std::optional<Duration> parse_duration(std::string_view text) {
    std::int64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || at + 1 != end || number < 0) return std::nullopt;
    for (const Unit& unit : units)
        if (*at == unit.name && number <= 1'000'000'000 / unit.seconds)
            return Duration::seconds(number * unit.seconds);
    return std::nullopt;
}

bool read_digits(std::string_view text, int& out) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    return error == std::errc{} && end == text.data() + text.size() && text[0] != '-';
}

/// The first moment of the day "2026-12-31".
std::optional<Timestamp> parse_day(std::string_view text, int zone_offset_minutes) {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
    int month = 0;
    int day = 0;
    CalendarTime calendar;
    if (!read_digits(text.substr(0, 4), calendar.year) || !read_digits(text.substr(5, 2), month) ||
        !read_digits(text.substr(8, 2), day) || calendar.year < 1970 || calendar.year > 2199)
        return std::nullopt;
    calendar.month = static_cast<unsigned>(month);
    calendar.day = static_cast<unsigned>(day);
    return from_calendar(calendar, zone_offset_minutes);
}

/// Reads one entry, key by key.
class EntryReader {
  public:
    EntryReader(const yaml::Node& node, std::string_view what, const ReadContext& context)
        : node_(node), what_(what), context_(context) {
        entry.path = context.path;
        entry.mark = node.mark;
        entry.file = context.file;
        if (!node.is_map())
            complain(node.mark,
                     fmt::format("{} must be a map (key: value), not {}", what_, kind_name(node)));
    }

    /// What every entry has.
    void read_common() {
        read_rules();
        if (const yaml::Node* const fields = get("fields")) read_fields(*fields);
        entry.reason = text("reason");
        entry.author = text("author");
        read_days();
        refuse_all_silent();
    }

    void read_also_correlations() {
        const yaml::Node* const value = get("also_correlations");
        if (value == nullptr) return;
        const std::optional<bool> flag =
            value->is_scalar() ? value->as_boolean() : std::optional<bool>();
        if (flag) {
            entry.also_correlations = *flag;
        } else {
            complain(value->mark, fmt::format("'also_correlations' must be true or false, not {}",
                                              shown(*value)));
        }
    }

    void read_throttle_keys() {
        Throttle& throttle = entry.throttle.emplace();
        for (const yaml::Node* const item : texts("key", "field names")) {
            throttle.key.push_back(item->text);
            throttle.key_marks.push_back(item->mark);
        }
        const std::int64_t most = context_.limits.max_throttle_limit;
        if (const yaml::Node* const value = required("limit")) {
            const std::optional<long long> number =
                value->is_scalar() ? value->as_integer() : std::optional<long long>();
            if (number && *number >= 1 && *number <= most) {
                throttle.limit = static_cast<std::uint64_t>(*number);
            } else {
                complain(value->mark,
                         fmt::format("'limit' must be a whole number from 1 to {}, not {}", most,
                                     shown(*value)));
            }
        }
        if (const yaml::Node* const value = required("window")) {
            const Duration longest = context_.limits.max_throttle_window;
            const std::optional<Duration> window =
                value->is_scalar() ? parse_duration(value->text) : std::optional<Duration>();
            if (window && *window >= Duration::seconds(1) && *window <= longest) {
                throttle.window = *window;
            } else {
                complain(value->mark,
                         fmt::format("'window' must be a duration from 1s to {}h, such as 10m or "
                                     "1d, not {}",
                                     longest.ns / Duration::hours(1).ns, shown(*value)));
            }
        }
    }

    void finish() {
        if (node_.is_map())
            complain_of_unknown_keys(node_, what_, known_, context_.path, context_.problems);
    }

    Entry entry;

  private:
    void complain(const yaml::Mark& mark, std::string reason) {
        context_.problems.push_back({context_.path, mark, std::move(reason)});
    }

    static std::string shown(const yaml::Node& node) {
        return node.is_scalar() ? fmt::format("'{}'", node.text) : std::string(kind_name(node));
    }

    const yaml::Node* get(std::string_view key) {
        known_.push_back(key);
        return node_.find(key);
    }

    const yaml::Node* required(std::string_view key) {
        const yaml::Node* const value = get(key);
        if (value == nullptr && node_.is_map())
            complain(node_.mark, fmt::format("{} needs the key '{}'", what_, key));
        return value;
    }

    std::string text(std::string_view key) {
        const yaml::Node* const value = required(key);
        if (value == nullptr) return {};
        if (!value->is_scalar() || value->text.empty()) {
            complain(value->mark, fmt::format("'{}' must be a text that is not empty, not {}", key,
                                              value->is_scalar() ? "nothing" : kind_name(*value)));
            return {};
        }
        if (value->text.size() > context_.limits.max_text_bytes)
            complain(value->mark, fmt::format("'{}' is longer than {} bytes (max_text_bytes)", key,
                                              context_.limits.max_text_bytes));
        return value->text;
    }

    /// A text or a list of texts, none of them empty.
    std::vector<const yaml::Node*> texts(std::string_view key, std::string_view expected) {
        std::vector<const yaml::Node*> out;
        const yaml::Node* const value = required(key);
        if (value == nullptr) return out;
        if (value->is_scalar()) {
            out.push_back(value);
        } else if (value->is_sequence()) {
            for (const yaml::Node& item : value->items) out.push_back(&item);
        }
        const bool good =
            !out.empty() && std::all_of(out.begin(), out.end(), [](const yaml::Node* item) {
                return item->is_scalar() && !item->text.empty();
            });
        if (good) return out;
        complain(value->mark, fmt::format("'{}' must be one or a list of {}", key, expected));
        return {};
    }

    void read_rules() {
        for (const yaml::Node* const item :
             texts("rule", "ids, names or patterns (with * and ?) of rules")) {
            entry.rules.push_back(item->text);
            entry.rule_marks.push_back(item->mark);
        }
    }

    void read_fields(const yaml::Node& fields) {
        if (!fields.is_map() || fields.entries.empty()) {
            complain(fields.mark,
                     fmt::format("'fields' must be a map of field names to values, "
                                 "not {}",
                                 fields.is_map() ? "an empty one" : kind_name(fields)));
            return;
        }
        for (const yaml::Entry& field : fields.entries) read_field(field);
    }

    void read_field(const yaml::Entry& field) {
        FieldTest test;
        test.mark = field.mark;
        const bool cidr = std::string_view(field.key).ends_with(cidr_suffix);
        test.field = field.key.substr(0, field.key.size() - (cidr ? cidr_suffix.size() : 0));
        if (test.field.empty() || test.field.find('|') != std::string::npos) {
            complain(field.mark, fmt::format("'{}' is not a field name, alone or with |cidr; for "
                                             "parts of a text write wildcards: 'abc*', '*abc*'",
                                             field.key));
            return;
        }
        std::vector<const yaml::Node*> values;
        if (field.value.is_sequence()) {
            for (const yaml::Node& item : field.value.items) values.push_back(&item);
        } else {
            values.push_back(&field.value);
        }
        if (values.empty() || values.size() > context_.limits.max_values_per_field)
            complain(field.value.mark, fmt::format("'{}' must have 1 to {} values", field.key,
                                                   context_.limits.max_values_per_field));
        for (const yaml::Node* const value : values) read_value(*value, cidr, test);
        entry.fields.push_back(std::move(test));
    }

    void read_value(const yaml::Node& value, bool cidr, FieldTest& test) {
        if (!value.is_scalar()) {
            complain(value.mark, fmt::format("'{}' must be a value or a list of values, not {}",
                                             test.field, kind_name(value)));
            return;
        }
        const std::optional<IpNetwork> network = IpNetwork::parse(value.text);
        if (cidr && !network) {
            complain(value.mark,
                     fmt::format("'{}' is not a network: write ADDRESS/PREFIX with all bits after "
                                 "the prefix 0, as 192.0.2.0/24 or 2001:db8::/32",
                                 value.text));
        } else if (cidr) {
            test.networks.push_back(*network);
        } else if (network && value.text.find('/') != std::string::npos) {
            complain(value.mark, fmt::format("'{}' is a network, which no text equals; write "
                                             "{}|cidr",
                                             value.text, test.field));
        } else {
            test.patterns.push_back(sigma::Pattern::parse(value.text).folded());
        }
    }

    std::optional<Timestamp> day(std::string_view key) {
        const yaml::Node* const value = required(key);
        if (value == nullptr) return std::nullopt;
        const std::optional<Timestamp> time =
            value->is_scalar() ? parse_day(value->text, context_.zone_offset_minutes)
                               : std::optional<Timestamp>();
        if (!time)
            complain(value->mark, fmt::format("'{}' must be a day such as 2026-12-31, not {}", key,
                                              shown(*value)));
        return time;
    }

    void read_days() {
        const std::optional<Timestamp> from = day("from");
        const std::optional<Timestamp> until = day("until");
        if (!from || !until) return;
        entry.from = *from;
        entry.until = *until + Duration::hours(24);
        const yaml::Mark& mark = node_.find("until")->mark;
        const std::int64_t most = context_.limits.max_lifetime_days;
        if (entry.until <= entry.from) {
            complain(mark, "'until' is before 'from'");
        } else if (entry.until - entry.from > Duration::hours(most * 24)) {
            complain(mark, fmt::format("from 'from' to 'until' are more than {} days "
                                       "(max_lifetime_days): nothing is quiet for ever; write it "
                                       "anew when the time has come",
                                       most));
        }
    }

    void refuse_all_silent() {
        if (!entry.fields.empty()) return;
        for (std::size_t i = 0; i < entry.rules.size(); ++i)
            if (entry.rules[i].find_first_not_of("*?") == std::string::npos)
                complain(entry.rule_marks[i],
                         fmt::format("'{}' names every rule; such an entry needs 'fields'",
                                     entry.rules[i]));
    }

    const yaml::Node& node_;
    std::string_view what_;
    const ReadContext& context_;
    std::vector<std::string_view> known_;
};

}  // namespace

std::string_view kind_name(const yaml::Node& node) {
    switch (node.kind) {
        case yaml::Node::Kind::null:
            return "nothing";
        case yaml::Node::Kind::scalar:
            return "a text";
        case yaml::Node::Kind::sequence:
            return "a list";
        case yaml::Node::Kind::map:
            return "a map";
    }
    return "something else";
}

void complain_of_unknown_keys(const yaml::Node& map, std::string_view what,
                              const std::vector<std::string_view>& known, const std::string& path,
                              std::vector<Problem>& problems) {
    for (const yaml::Entry& entry : map.entries) {
        if (std::find(known.begin(), known.end(), entry.key) != known.end()) continue;
        const std::string_view near = yaml::nearest_word(entry.key, known);
        problems.push_back({path, entry.mark,
                            near.empty() ? fmt::format("unknown key '{}' in {}; known keys: {}",
                                                       entry.key, what, fmt::join(known, ", "))
                                         : fmt::format("unknown key '{}' in {}; did you mean '{}'?",
                                                       entry.key, what, near)});
    }
}

Entry read_suppression(const yaml::Node& node, const ReadContext& context) {
    EntryReader reader(node, "a suppression", context);
    reader.read_common();
    reader.read_also_correlations();
    reader.finish();
    return std::move(reader.entry);
}

Entry read_throttle(const yaml::Node& node, const ReadContext& context) {
    EntryReader reader(node, "a throttle", context);
    reader.read_common();
    reader.read_throttle_keys();
    reader.finish();
    return std::move(reader.entry);
}

}  // namespace persandian::suppression
