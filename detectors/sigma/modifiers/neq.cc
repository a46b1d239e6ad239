// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/modifiers/modifier.h"

namespace persandian::sigma {

const ModifierEntry& neq_entry() noexcept {
    static constexpr ModifierEntry entry = {
        .name = "neq",
        .summary = "the item does not hold; a missing field meets it",
        .apply = [](Item& item, const ModifierContext&) -> std::optional<Refusal> {
            item.negated = true;
            return std::nullopt;
        }};
    return entry;
}

}  // namespace persandian::sigma
