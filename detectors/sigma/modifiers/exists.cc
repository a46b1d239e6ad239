// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/modifiers/modifier.h"

namespace persandian::sigma {

const ModifierEntry& exists_entry() noexcept {
    static constexpr ModifierEntry entry = {
        .name = "exists",
        .summary = "the field is present (true) or absent (false); null and empty count as present",
        .first_only = true,
        .apply = [](Item& item, const ModifierContext&) -> std::optional<Refusal> {
            if (std::optional<Refusal> refusal = require_field(item, "exists")) return refusal;
            if (item.terms.size() != 1 || item.terms[0].alternatives.size() != 1 ||
                item.terms[0].alternatives[0].kind != Operand::Kind::boolean)
                return Refusal{
                    "'exists' takes exactly one value, true or false without quotes",
                    item.terms.empty() ? yaml::Mark{0, 0} : item.terms[0].alternatives[0].mark};
            item.terms[0].alternatives[0].kind = Operand::Kind::exists;
            return std::nullopt;
        }};
    return entry;
}

}  // namespace persandian::sigma
