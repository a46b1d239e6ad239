// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/old_aggregation.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace persandian::sigma {
namespace {

constexpr std::string_view removed = "conditions with '|' were removed from Sigma 2: ";

struct Aggregation {
    std::string function;
    std::string field;  ///< may be empty
    std::string by;     ///< may be empty
    std::string op;
    std::string number;
};

std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

/// Takes what stands before the first of `ends` (all of it, when there is none) off `text`.
std::string take_until(std::string_view& text, std::string_view ends) {
    const std::size_t end = std::min(text.find_first_of(ends), text.size());
    std::string out(trimmed(text.substr(0, end)));
    text.remove_prefix(end);
    return out;
}

std::optional<std::string_view> modern_operator(std::string_view op) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 7> operators = {
        {{">", "gt"},
         {">=", "gte"},
         {"<", "lt"},
         {"<=", "lte"},
         {"=", "eq"},
         {"==", "eq"},
         {"!=", "neq"}}};
    for (const auto& [old, modern] : operators)
        if (op == old) return modern;
    return std::nullopt;
}

/// "count(user) by src_ip > 5"
std::optional<Aggregation> read_aggregation(std::string_view text) {
    Aggregation out;
    out.function = take_until(text, "(");
    if (text.empty()) return std::nullopt;
    text.remove_prefix(1);
    out.field = take_until(text, ")");
    if (text.empty()) return std::nullopt;
    text = trimmed(text.substr(1));
    if (text.starts_with("by ")) {
        text.remove_prefix(3);
        out.by = take_until(text, "<>=!");
    }
    const std::size_t number = std::min(text.find_first_not_of("<>=! "), text.size());
    const std::optional<std::string_view> op = modern_operator(trimmed(text.substr(0, number)));
    out.number = trimmed(text.substr(number));
    if (!op || out.number.empty() ||
        out.number.find_first_not_of("0123456789.") != std::string::npos)
        return std::nullopt;
    out.op = *op;
    return out;
}

/// The type and what its condition needs besides the bound.
std::optional<std::pair<std::string_view, std::string>> modern_type(const Aggregation& old) {
    const std::string field = fmt::format("field: {}, ", old.field);
    if (old.function == "count" && old.field.empty()) return std::pair("event_count", "");
    if (old.field.empty()) return std::nullopt;
    if (old.function == "count") return std::pair("value_count", field);
    if (old.function == "sum") return std::pair("value_sum", field);
    if (old.function == "avg") return std::pair("value_avg", field);
    if (old.function == "max") return std::pair("value_percentile", field + "percentile: 100, ");
    if (old.function == "min") return std::pair("value_percentile", field + "percentile: 0, ");
    return std::nullopt;
}

std::string timespan_of(const OldRule& rule) {
    return rule.timeframe.empty() ? "<as 15m>" : rule.timeframe;
}

std::string modern_near(std::string_view before, std::string_view parts, const OldRule& rule) {
    std::string first(trimmed(before));
    if (first.find(' ') != std::string::npos) first = "(" + first + ")";
    return fmt::format(
        "{}make each part that 'near' joins a rule with a name, and add a document: correlation: "
        "{{type: temporal, timespan: {}, condition: '{} and {}'}}",
        removed, timespan_of(rule), first, trimmed(parts));
}

}  // namespace

std::string modern_form(std::string_view before, std::string_view after, const OldRule& rule) {
    after = trimmed(after);
    if (after.starts_with("near ")) return modern_near(before, after.substr(5), rule);
    const std::optional<Aggregation> old = read_aggregation(after);
    const auto type = old ? modern_type(*old) : std::nullopt;
    if (!type)
        return fmt::format(
            "{}write the part before '|' as the condition and the rest as a correlation rule "
            "(count() -> type: event_count, count(field) -> type: value_count, near -> type: "
            "temporal; 'by' -> group-by, timeframe -> timespan)",
            removed);
    const std::string group_by = old->by.empty() ? "" : fmt::format("group-by: [{}], ", old->by);
    return fmt::format(
        "{}end the condition before '|' and add a document beside the rule: correlation: {{type: "
        "{}, rules: [{}], {}timespan: {}, condition: {{{}{}: {}}}}}",
        removed, type->first, rule.reference.empty() ? "<name of this rule>" : rule.reference,
        group_by, timespan_of(rule), type->second, old->op, old->number);
}

}  // namespace persandian::sigma
