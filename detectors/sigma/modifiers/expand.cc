// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "detectors/sigma/modifiers/modifier.h"

namespace persandian::sigma {
namespace {

constexpr std::size_t max_alternatives = 10'000;

using Values = std::vector<std::string>;

const Values* find_values(const ModifierContext& context, std::string_view name) {
    for (const auto& placeholder : context.placeholders)
        if (placeholder.first == name) return &placeholder.second;
    return nullptr;
}

/// The next unescaped percent sign from `at` on. `\%` before it becomes a literal percent in `out`.
std::size_t next_percent(std::string_view text, std::size_t at, std::string& out) {
    for (; at < text.size(); ++at) {
        if (text[at] == '\\' && at + 1 < text.size() && text[at + 1] == '%') {
            out += '%';
            ++at;
        } else if (text[at] == '%') {
            return at;
        } else {
            out += text[at];
        }
    }
    return std::string_view::npos;
}

void append_to_all(std::vector<Pattern>& all, const Pattern& more) {
    for (Pattern& pattern : all) pattern.append(more);
}

std::optional<std::string> multiply(std::vector<Pattern>& all, const Values& values) {
    if (all.size() * values.size() > max_alternatives)
        return fmt::format("the placeholders make more than {} values", max_alternatives);
    std::vector<Pattern> longer;
    for (const Pattern& pattern : all) {
        for (const std::string& value : values) {
            longer.push_back(pattern);
            longer.back().append(Pattern::parse(value));
        }
    }
    all = std::move(longer);
    return std::nullopt;
}

/// Appends `literal` with its placeholders replaced to each of `all`; the reason when it cannot.
std::optional<std::string> expand_literal(std::vector<Pattern>& all, std::string_view literal,
                                          const ModifierContext& context, bool& found) {
    for (std::size_t at = 0; at < literal.size();) {
        std::string plain;
        const std::size_t open = next_percent(literal, at, plain);
        std::string name;
        const std::size_t close = open == std::string_view::npos
                                      ? std::string_view::npos
                                      : next_percent(literal, open + 1, name);
        if (open != std::string_view::npos && close == std::string_view::npos)
            return fmt::format("'%{}' has no closing percent sign; write \\% for the sign itself",
                               name);
        append_to_all(all, Pattern::literal(plain));
        if (open == std::string_view::npos) break;
        const Values* const values = find_values(context, name);
        if (values == nullptr || values->empty())
            return fmt::format(
                "the placeholder %{}% has no values: give it some (--placeholder "
                "{}=value, or lists/ beside the rules)",
                name, name);
        found = true;
        if (std::optional<std::string> reason = multiply(all, *values)) return reason;
        at = close + 1;
    }
    return std::nullopt;
}

std::optional<Refusal> apply(Item& item, const ModifierContext& context) {
    if (std::optional<Refusal> refusal = require_texts(item, "expand")) return refusal;
    for (Term& term : item.terms) {
        std::vector<Operand> variants;
        for (const Operand& operand : term.alternatives) {
            std::vector<Pattern> all(1);
            bool found = false;
            for (const Token& token : operand.pattern.tokens()) {
                if (token.kind != Token::Kind::literal) {
                    for (Pattern& pattern : all) pattern.append(token);
                } else if (auto reason = expand_literal(all, token.text, context, found)) {
                    return Refusal{*reason, operand.mark};
                }
            }
            if (!found)
                return Refusal{"'expand' needs a placeholder, as in '%name%'", operand.mark};
            for (Pattern& pattern : all) {
                variants.push_back(operand);
                variants.back().pattern = std::move(pattern);
            }
        }
        term.alternatives = std::move(variants);
    }
    return std::nullopt;
}

}  // namespace

const ModifierEntry& expand_entry() noexcept {
    static constexpr ModifierEntry entry = {
        .name = "expand",
        .summary = "%name% stands for each value of the placeholder",
        .apply = apply};
    return entry;
}

}  // namespace persandian::sigma
