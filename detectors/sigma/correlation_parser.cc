// SPDX-License-Identifier: Apache-2.0
//
// `correlation:` of a rule document. Source: Sigma correlation rules specification 2.1.0.
#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "detectors/sigma/rule_parser.h"

namespace persandian::sigma {
namespace {

using yaml::Node;

const std::vector<std::string_view> type_names = {"event_count", "value_count", "temporal",
                                                  "temporal_ordered"};
const std::vector<std::string_view> known_keys = {"type",    "rules",     "group-by", "timespan",
                                                  "aliases", "condition", "generate"};
const std::vector<std::string_view> operator_names = {"gt", "gte", "lt", "lte", "eq", "neq"};

bool is_one_of(std::string_view word, const std::vector<std::string_view>& known) {
    return std::find(known.begin(), known.end(), word) != known.end();
}

void parse_type(const Node& map, CorrelationRule& rule, Problems& problems) {
    const Node* const node = map.find("type");
    if (node == nullptr) {
        problems.refuse(map.mark,
                        fmt::format("a correlation needs a type: {}", fmt::join(type_names, ", ")));
        return;
    }
    const std::string text = read_text(*node, "type", problems);
    const auto found = std::find(type_names.begin(), type_names.end(), text);
    if (found != type_names.end()) {
        rule.type = static_cast<CorrelationType>(found - type_names.begin());
        return;
    }
    static const std::vector<std::string_view> later = {"value_sum", "value_avg",
                                                        "value_percentile", "value_median"};
    if (is_one_of(text, later)) {
        problems.refuse(node->mark,
                        fmt::format("the correlation type '{}' is not offered yet; known: {}", text,
                                    fmt::join(type_names, ", ")));
        return;
    }
    problems.refuse(node->mark, fmt::format("unknown correlation type '{}'{}", text,
                                            suggestion(text, type_names)));
}

void parse_rules(const Node& map, CorrelationAst& out, Problems& problems) {
    const Node* const node = map.find("rules");
    if (node == nullptr || node->is_null() || (node->is_sequence() && node->items.empty())) {
        problems.refuse(node == nullptr ? map.mark : node->mark,
                        "a correlation needs 'rules': the ids or names of the rules it counts");
        return;
    }
    out.rule.rules = read_texts(*node, "rules", problems);
    for (std::size_t i = 0; i < out.rule.rules.size(); ++i)
        out.reference_marks.push_back(node->is_sequence() ? node->items[i].mark : node->mark);
}

/// "90s", "15m", "24h", "2d", "1w", "1M", "1y". Upper and lower case differ: m minutes, M months.
std::optional<Duration> parse_timespan(std::string_view text) {
    std::int64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc{} || end + 1 != text.data() + text.size()) return std::nullopt;
    if (count < 1 || count > 1'000'000) return std::nullopt;
    switch (*end) {
        case 's':
            return Duration::seconds(count);
        case 'm':
            return Duration::minutes(count);
        case 'h':
            return Duration::hours(count);
        case 'd':
            return Duration::hours(24 * count);
        case 'w':
            return Duration::hours(7 * 24 * count);
        case 'M':
            return count > 1200 ? std::nullopt
                                : std::optional(Duration::seconds(2'629'746 * count));
        case 'y':
            return count > 100 ? std::nullopt
                               : std::optional(Duration::seconds(31'556'952 * count));
        default:
            return std::nullopt;
    }
}

void parse_timespan(const Node& map, CorrelationRule& rule, Problems& problems) {
    const Node* node = map.find("timespan");
    if (node == nullptr) {
        if (const Node* const old = map.find("timeframe"))
            problems.refuse(old->mark, "'timeframe' is called 'timespan' in correlation rules");
        else
            problems.refuse(map.mark, "a correlation needs a timespan, as 15m");
        return;
    }
    const std::string text = read_text(*node, "timespan", problems);
    if (const std::optional<Duration> span = parse_timespan(std::string_view(text))) {
        rule.timespan = *span;
        return;
    }
    problems.refuse(node->mark,
                    fmt::format("timespan '{}' must be a whole number and s, m, h, d, w, "
                                "M (months) or y, as 15m",
                                text));
}

void parse_aliases(const Node& map, CorrelationRule& rule, Problems& problems) {
    const Node* const node = map.find("aliases");
    if (node == nullptr || node->is_null()) return;
    if (!node->is_map()) {
        problems.refuse(node->mark, "aliases must be a map: alias -> rule -> field");
        return;
    }
    for (const yaml::Entry& alias : node->entries) {
        if (!alias.value.is_map()) {
            problems.refuse(alias.value.mark,
                            fmt::format("alias '{}' must be a map: rule -> field", alias.key));
            continue;
        }
        for (const yaml::Entry& entry : alias.value.entries)
            rule.aliases[alias.key][entry.key] = read_text(entry.value, "alias field", problems);
    }
}

void parse_bound(const yaml::Entry& entry, CorrelationCondition& out, Problems& problems) {
    const auto found = std::find(operator_names.begin(), operator_names.end(), entry.key);
    if (found == operator_names.end()) {
        std::vector<std::string_view> known = operator_names;
        known.push_back("field");
        problems.refuse(entry.mark, fmt::format("unknown condition '{}'{}", entry.key,
                                                suggestion(entry.key, known)));
        return;
    }
    const std::optional<long long> value = entry.value.as_integer();
    if (!value) {
        problems.refuse(entry.value.mark, fmt::format("'{}' needs a whole number", entry.key));
        return;
    }
    out.bounds.push_back(
        {static_cast<CorrelationCondition::Operator>(found - operator_names.begin()), *value});
}

void parse_bounds(const Node& map, CorrelationRule& rule, Problems& problems) {
    const bool temporal =
        rule.type == CorrelationType::temporal || rule.type == CorrelationType::temporal_ordered;
    const Node* const node = map.find("condition");
    if (node == nullptr || node->is_null()) {
        if (!temporal)
            problems.refuse(map.mark, "this correlation needs a condition, as 'gte: 10'");
        return;
    }
    if (node->is_scalar()) {
        problems.refuse(
            node->mark,
            "conditions over rule names are not offered yet: leave the condition out to "
            "require all rules, or use 'gte: 2' for that many different ones");
        return;
    }
    if (!node->is_map()) {
        problems.refuse(node->mark, "the condition must be a map, as 'gte: 10'");
        return;
    }
    for (const yaml::Entry& entry : node->entries) {
        if (entry.key == "field") {
            rule.condition.fields = read_texts(entry.value, "field", problems);
        } else {
            parse_bound(entry, rule.condition, problems);
        }
    }
    if (rule.condition.bounds.empty() && !temporal)
        problems.refuse(node->mark, "the condition needs a bound, as 'gte: 10'");
    if (rule.condition.bounds.size() > 2)
        problems.refuse(node->mark, "the condition has more than two bounds");
    const bool counts_values = rule.type == CorrelationType::value_count;
    if (counts_values && rule.condition.fields.empty())
        problems.refuse(node->mark,
                        "value_count needs 'field' in its condition: whose values it counts");
    if (!counts_values && !rule.condition.fields.empty())
        problems.refuse(node->mark, "'field' belongs to the type value_count");
}

}  // namespace

void parse_correlation(const Node& root, const Node& correlation, CorrelationAst& out,
                       Problems& problems) {
    if (!correlation.is_map()) {
        problems.refuse(correlation.mark, "correlation must be a map");
        return;
    }
    for (const yaml::Entry& entry : correlation.entries)
        if (!is_one_of(entry.key, known_keys) && entry.key != "timeframe")
            problems.refuse(entry.mark, fmt::format("unknown key '{}' in correlation{}", entry.key,
                                                    suggestion(entry.key, known_keys)));
    parse_type(correlation, out.rule, problems);
    parse_rules(correlation, out, problems);
    parse_timespan(correlation, out.rule, problems);
    parse_aliases(correlation, out.rule, problems);
    if (const Node* const group_by = correlation.find("group-by"))
        out.rule.group_by = read_texts(*group_by, "group-by", problems);
    parse_bounds(correlation, out.rule, problems);
    const Node* generate = correlation.find("generate");
    if (generate == nullptr) generate = root.find("generate");
    if (generate == nullptr || generate->is_null()) return;
    if (const std::optional<bool> flag = generate->as_boolean()) {
        out.generate = *flag;
    } else {
        problems.refuse(generate->mark, "generate must be true or false");
    }
}

}  // namespace persandian::sigma
