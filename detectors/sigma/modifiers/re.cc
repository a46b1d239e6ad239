// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/modifiers/modifier.h"
#include "detectors/sigma/modifiers/regex.h"
namespace persandian::sigma {

const ModifierEntry& re_entry() noexcept {
    static constexpr ModifierEntry entry = {
        .name = "re",
        .summary = "the value holds a match of the regular expression (PCRE2); case matters",
        .first_only = true,
        .apply = [](Item& item, const ModifierContext&) -> std::optional<Refusal> {
            for (Term& term : item.terms)
                for (Operand& operand : term.alternatives) {
                    if (operand.kind != Operand::Kind::text &&
                        operand.kind != Operand::Kind::number)
                        return Refusal{"'re' needs a regular expression as text", operand.mark};
                    if (const std::optional<std::string> fault = Regex::check(operand.written))
                        return Refusal{"bad regular expression: " + *fault, operand.mark};
                    operand.kind = Operand::Kind::regex;
                }
            return std::nullopt;
        }};
    return entry;
}

}  // namespace persandian::sigma
