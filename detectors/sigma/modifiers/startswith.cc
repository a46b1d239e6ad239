// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/modifiers/modifier.h"

namespace persandian::sigma {

const ModifierEntry& startswith_entry() noexcept {
    static constexpr ModifierEntry entry = {
        .name = "startswith",
        .summary = "the value starts with the text",
        .apply = [](Item& item, const ModifierContext&) -> std::optional<Refusal> {
            return open_ends(item, "startswith", false, true);
        }};
    return entry;
}

}  // namespace persandian::sigma
