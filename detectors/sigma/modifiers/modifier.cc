// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/modifiers/modifier.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace persandian::sigma {
namespace {

template <typename Visit>
std::optional<Refusal> for_each_operand(Item& item, Visit visit) {
    for (Term& term : item.terms)
        for (Operand& operand : term.alternatives)
            if (std::optional<Refusal> refusal = visit(operand)) return refusal;
    return std::nullopt;
}

/// Kinds that a modifier made, after which no other may change the value.
bool is_finished(Operand::Kind kind) {
    return kind != Operand::Kind::text && kind != Operand::Kind::number &&
           kind != Operand::Kind::boolean && kind != Operand::Kind::null;
}

Refusal wrong_kind(const Item& item, const Operand& operand, std::string_view name,
                   std::string_view wanted) {
    if (is_finished(operand.kind) && !item.applied.empty())
        return {fmt::format("'{}' does not go with '{}': take one of them away", name,
                            item.applied.front())};
    return {fmt::format("'{}' needs {}, not {}", name, wanted, describe(operand.kind)),
            operand.mark};
}

}  // namespace

const ModifierEntry* find_modifier(std::string_view name) noexcept {
    for (const ModifierEntry* entry : catalog()) {
        if (entry->name == name) return entry;
        if (std::find(entry->aliases.begin(), entry->aliases.end(), name) != entry->aliases.end())
            return entry;
    }
    return nullptr;
}

std::vector<std::string_view> modifier_names() {
    std::vector<std::string_view> names;
    for (const ModifierEntry* entry : catalog()) {
        names.push_back(entry->name);
        names.insert(names.end(), entry->aliases.begin(), entry->aliases.end());
    }
    return names;
}

bool was_applied(const Item& item, std::string_view name) noexcept {
    return std::find(item.applied.begin(), item.applied.end(), name) != item.applied.end();
}

std::string_view describe(Operand::Kind kind) noexcept {
    static constexpr std::array<std::string_view, 11> names = {"a text",
                                                               "a number",
                                                               "true or false",
                                                               "null",
                                                               "a regular expression",
                                                               "a network",
                                                               "a comparison",
                                                               "exists",
                                                               "a field reference",
                                                               "a part of a time",
                                                               "a list of steps"};
    return names[static_cast<std::size_t>(kind)];
}

std::optional<Refusal> require_texts(Item& item, std::string_view name) {
    return for_each_operand(item, [&](Operand& operand) -> std::optional<Refusal> {
        if (operand.kind == Operand::Kind::number) {
            operand.kind = Operand::Kind::text;
            operand.pattern = Pattern::literal(operand.written);
        }
        if (operand.kind != Operand::Kind::text) return wrong_kind(item, operand, name, "a text");
        return std::nullopt;
    });
}

std::optional<Refusal> require_plain_texts(Item& item, std::string_view name) {
    for (const std::string_view end : {"contains", "startswith", "endswith"})
        if (was_applied(item, end))
            return Refusal{
                fmt::format("'{}' must stand before '{}', which adds wildcards: write "
                            "{}|{}|{}",
                            name, end, item.field, name, end)};
    if (std::optional<Refusal> refusal = require_texts(item, name)) return refusal;
    return for_each_operand(item, [&](Operand& operand) -> std::optional<Refusal> {
        if (!operand.pattern.has_wildcard()) return std::nullopt;
        return Refusal{
            fmt::format("'{}' cannot encode a wildcard: write it as \\* or \\? when the character "
                        "itself is meant, and put contains, startswith or endswith after '{}'",
                        name, name),
            operand.mark};
    });
}

std::optional<Refusal> require_field(const Item& item, std::string_view name) {
    if (!item.field.empty()) return std::nullopt;
    return Refusal{fmt::format("'{}' needs a field name before it, as in field|{}", name, name)};
}

std::optional<Refusal> make_comparison(Item& item, std::string_view name, Comparison comparison) {
    if (std::optional<Refusal> refusal = require_field(item, name)) return refusal;
    return for_each_operand(item, [&](Operand& operand) -> std::optional<Refusal> {
        if (operand.kind != Operand::Kind::number)
            return wrong_kind(item, operand, name, "a number without quotes");
        operand.kind = Operand::Kind::compare;
        operand.comparison = comparison;
        return std::nullopt;
    });
}

std::optional<Refusal> make_time_part(Item& item, std::string_view name, TimePart part,
                                      std::int64_t least, std::int64_t most) {
    if (std::optional<Refusal> refusal = require_field(item, name)) return refusal;
    return for_each_operand(item, [&](Operand& operand) -> std::optional<Refusal> {
        if (operand.kind != Operand::Kind::number)
            return wrong_kind(item, operand, name, "a whole number without quotes");
        if (!operand.number.is_integer)
            return Refusal{fmt::format("'{}' needs a whole number, not {}", name, operand.written),
                           operand.mark};
        if (operand.number.integer < least || operand.number.integer > most)
            return Refusal{fmt::format("'{}' needs a number from {} to {}", name, least, most),
                           operand.mark};
        operand.kind = Operand::Kind::time_part;
        operand.part = part;
        return std::nullopt;
    });
}

std::optional<Refusal> encode_texts(Item& item, std::string_view name,
                                    std::string (*encode)(std::string_view)) {
    if (std::optional<Refusal> refusal = require_plain_texts(item, name)) return refusal;
    return for_each_operand(item, [&](Operand& operand) -> std::optional<Refusal> {
        operand.pattern = Pattern::literal(encode(operand.pattern.literal_text()));
        return std::nullopt;
    });
}

std::optional<Refusal> set_regex_flag(Item& item, std::string_view name, bool RegexFlags::*flag) {
    if (!was_applied(item, "re"))
        return Refusal{
            fmt::format("'{}' is a flag of regular expressions: it stands after 're', "
                        "as in field|re|{}",
                        name, name)};
    item.regex.*flag = true;
    return std::nullopt;
}

std::optional<Refusal> open_ends(Item& item, std::string_view name, bool start, bool end) {
    if (was_applied(item, "fieldref")) {
        return for_each_operand(item, [&](Operand& operand) -> std::optional<Refusal> {
            operand.open_start = operand.open_start || start;
            operand.open_end = operand.open_end || end;
            return std::nullopt;
        });
    }
    if (was_applied(item, "re"))
        return Refusal{
            fmt::format("'{}' does not go with 're': a regular expression already finds "
                        "its text anywhere; use ^ and $ to tie it down",
                        name)};
    if (std::optional<Refusal> refusal = require_texts(item, name)) return refusal;
    return for_each_operand(item, [&](Operand& operand) -> std::optional<Refusal> {
        if (start) operand.pattern.open_start();
        if (end) operand.pattern.open_end();
        return std::nullopt;
    });
}

}  // namespace persandian::sigma
