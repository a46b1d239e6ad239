// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/modifiers/modifier.h"

namespace persandian::sigma {

const ModifierEntry& fieldref_entry() noexcept {
    static constexpr ModifierEntry entry = {
        .name = "fieldref",
        .summary = "the value equals that of another field of the same event",
        .first_only = true,
        .apply = [](Item& item, const ModifierContext&) -> std::optional<Refusal> {
            if (std::optional<Refusal> refusal = require_field(item, "fieldref")) return refusal;
            for (Term& term : item.terms)
                for (Operand& operand : term.alternatives) {
                    if (operand.kind != Operand::Kind::text || operand.written.empty())
                        return Refusal{"'fieldref' needs the name of another field", operand.mark};
                    operand.kind = Operand::Kind::field;
                }
            return std::nullopt;
        }};
    return entry;
}

}  // namespace persandian::sigma
