// SPDX-License-Identifier: Apache-2.0
//
// `correlation:` of a rule document. Source: Sigma correlation rules specification 2.1.0; weeks,
// months and years as pySigma has them.
#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "detectors/sigma/correlation_condition.h"
#include "detectors/sigma/rule_parser.h"

namespace persandian::sigma {
namespace {

using yaml::Node;

const std::vector<std::string_view> type_names = {"event_count",      "value_count", "temporal",
                                                  "temporal_ordered", "value_sum",   "value_avg",
                                                  "value_percentile", "value_median"};
const std::vector<std::string_view> known_keys = {"type",    "rules",     "group-by", "timespan",
                                                  "aliases", "condition", "generate"};
constexpr std::size_t max_rules = 10'000;
constexpr std::size_t max_temporal_rules = 100;  // the work per finding grows with their number
constexpr std::int64_t longest_timespan_seconds = 100LL * 31'556'952;

struct Unit {
    char letter;
    std::string_view name;
    std::int64_t seconds;
};
/// Upper and lower case differ: m minutes, M months. Months and years are the calendar's average.
constexpr std::array<Unit, 7> units = {{{'s', "seconds", 1},
                                        {'m', "minutes", 60},
                                        {'h', "hours", 3'600},
                                        {'d', "days", 86'400},
                                        {'w', "weeks", 604'800},
                                        {'M', "months", 2'629'746},
                                        {'y', "years", 31'556'952}}};

bool is_one_of(std::string_view word, const std::vector<std::string_view>& known) {
    return std::find(known.begin(), known.end(), word) != known.end();
}

/// Whether the type is known.
bool parse_type(const Node& map, CorrelationRule& rule, Problems& problems) {
    const Node* const node = map.find("type");
    if (node == nullptr) {
        problems.refuse(map.mark,
                        fmt::format("a correlation needs a type: {}", fmt::join(type_names, ", ")));
        return false;
    }
    const std::string text = read_text(*node, "type", problems);
    const auto found = std::find(type_names.begin(), type_names.end(), text);
    if (found != type_names.end()) {
        rule.type = static_cast<CorrelationType>(found - type_names.begin());
        return true;
    }
    problems.refuse(node->mark, fmt::format("unknown correlation type '{}'{}", text,
                                            suggestion(text, type_names)));
    return false;
}

/// Whether the condition may name the rules in place of a list.
bool names_rules_in_condition(const Node& map, const CorrelationRule& rule) {
    const Node* const condition = map.find("condition");
    return is_temporal(rule.type) && condition != nullptr && condition->is_scalar();
}

void parse_rules(const Node& map, CorrelationAst& out, Problems& problems) {
    const Node* const node = map.find("rules");
    if (node == nullptr || node->is_null() || (node->is_sequence() && node->items.empty())) {
        if (names_rules_in_condition(map, out.rule)) return;
        problems.refuse(node == nullptr ? map.mark : node->mark,
                        "a correlation needs 'rules': the ids or names of the rules it counts");
        return;
    }
    out.rule.rules = read_texts(*node, "rules", problems);
    if (!node->is_sequence()) {
        out.reference_marks.push_back(node->mark);
        return;
    }
    for (const Node& item : node->items)
        if (!item.is_null()) out.reference_marks.push_back(item.mark);
}

void check_rule_number(const CorrelationAst& ast, Problems& problems) {
    const std::size_t most = is_temporal(ast.rule.type) ? max_temporal_rules : max_rules;
    if (ast.rule.rules.size() > most && ast.reference_marks.size() > most)
        problems.refuse(
            ast.reference_marks[most],
            fmt::format("a {} correlation lists at most {} rules", to_string(ast.rule.type), most));
}

std::string known_units() {
    std::vector<std::string> texts;
    for (const Unit& unit : units) texts.push_back(fmt::format("{} {}", unit.letter, unit.name));
    return fmt::format("{}", fmt::join(texts, ", "));
}

std::string unit_problem(std::string_view unit) {
    std::string near;
    if (unit.size() == 1 && unit[0] >= 'A' && unit[0] <= 'Z')
        near = fmt::format("; did you mean '{}'?", static_cast<char>(unit[0] + 32));
    return fmt::format("unknown unit '{}'{} (known: {}; upper and lower case differ)", unit, near,
                       known_units());
}

/// "90s", "15m", "24h", "2d", "1w", "1M", "1y"; else why not.
std::optional<std::string> read_timespan(std::string_view text, Duration& out) {
    std::int64_t count = 0;
    const char* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, count);
    if (error == std::errc::invalid_argument)
        return fmt::format("it must be a whole number and a unit, as 15m; known units: {}",
                           known_units());
    if (end == last)
        return fmt::format("the unit is missing, as in {}m; known: {}", text, known_units());
    const std::string_view letter(end, static_cast<std::size_t>(last - end));
    const auto unit = std::find_if(units.begin(), units.end(), [&](const Unit& known) {
        return letter.size() == 1 && letter[0] == known.letter;
    });
    if (unit == units.end()) return unit_problem(letter);
    if (count < 1 && error == std::errc{}) return "it must be longer than nothing";
    if (error != std::errc{} || count > longest_timespan_seconds / unit->seconds)
        return "it is longer than 100 years";
    out = Duration::seconds(count * unit->seconds);
    return std::nullopt;
}

void parse_timespan(const Node& map, CorrelationRule& rule, Problems& problems) {
    const Node* const node = map.find("timespan");
    if (node == nullptr) {
        if (const Node* const old = map.find("timeframe"))
            problems.refuse(old->mark, "'timeframe' is called 'timespan' in correlation rules");
        else
            problems.refuse(map.mark, "a correlation needs a timespan, as 15m");
        return;
    }
    if (!node->is_scalar()) {
        problems.refuse(node->mark, "timespan must be a text, as 15m");
        return;
    }
    if (const std::optional<std::string> wrong = read_timespan(node->text, rule.timespan))
        problems.refuse(node->mark, fmt::format("timespan '{}': {}", node->text, *wrong));
}

void parse_group_by(const Node& map, CorrelationRule& rule, Problems& problems) {
    const Node* const node = map.find("group-by");
    if (node == nullptr) return;
    rule.group_by = read_texts(*node, "group-by", problems);
    if (std::find(rule.group_by.begin(), rule.group_by.end(), "") != rule.group_by.end())
        problems.refuse(node->mark, "group-by has a field without a name");
}

void parse_aliases(const Node& map, CorrelationAst& out, Problems& problems) {
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
        for (const yaml::Entry& entry : alias.value.entries) {
            out.rule.aliases[alias.key][entry.key] =
                read_text(entry.value, "alias field", problems);
            out.alias_marks[{alias.key, entry.key}] = entry.mark;
        }
    }
}

/// An alias that neither group-by nor field names does nothing.
void warn_of_unused_aliases(const Node& map, const CorrelationRule& rule, Problems& problems) {
    const auto uses = [](const std::vector<std::string>& names, const std::string& name) {
        return std::find(names.begin(), names.end(), name) != names.end();
    };
    const Node* const node = map.find("aliases");
    if (node == nullptr) return;
    for (const yaml::Entry& alias : node->entries)
        if (!uses(rule.group_by, alias.key) && !uses(rule.condition.fields, alias.key))
            problems.warn(alias.mark, fmt::format("the alias '{}' is not used by group-by or field",
                                                  alias.key));
}

void parse_generate(const Node& root, const Node& correlation, CorrelationAst& out,
                    Problems& problems) {
    const Node* generate = correlation.find("generate");
    if (generate == nullptr) generate = root.find("generate");
    if (generate == nullptr || generate->is_null()) return;
    if (const std::optional<bool> flag = generate->as_boolean()) {
        out.generate = *flag;
    } else {
        problems.refuse(generate->mark, "generate must be true or false");
    }
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
    const bool type_is_known = parse_type(correlation, out.rule, problems);
    parse_rules(correlation, out, problems);
    parse_timespan(correlation, out.rule, problems);
    parse_group_by(correlation, out.rule, problems);
    parse_aliases(correlation, out, problems);
    if (type_is_known) {
        parse_correlation_condition(correlation, out, problems);
        check_rule_number(out, problems);
    }
    warn_of_unused_aliases(correlation, out.rule, problems);
    parse_generate(root, correlation, out, problems);
    const Node* const level = root.find("level");
    out.has_level = level != nullptr && !level->is_null();
}

}  // namespace persandian::sigma
