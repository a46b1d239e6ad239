// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/modifiers/modifier.h"

namespace persandian::sigma {

/// Ours, not the specification's: it has no word for texts in their order.
const ModifierEntry& sequence_entry() noexcept {
    static constexpr ModifierEntry entry = {
        .name = "sequence",
        .summary =
            "the value holds these steps in their places: text, hex, re, number, jump, "
            "remaining (ours, not Sigma's)",
        .first_only = true,
        .apply = [](Item& item, const ModifierContext&) -> std::optional<Refusal> {
            return require_field(item, "sequence");
        }};
    return entry;
}

}  // namespace persandian::sigma
