// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/modifiers/modifier.h"

namespace persandian::sigma {

const ModifierEntry& endswith_entry() noexcept {
    static constexpr ModifierEntry entry = {
        .name = "endswith",
        .summary = "the value ends with the text",
        .apply = [](Item& item, const ModifierContext&) -> std::optional<Refusal> {
            return open_ends(item, "endswith", true, false);
        }};
    return entry;
}

}  // namespace persandian::sigma
