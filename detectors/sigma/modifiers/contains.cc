// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/modifiers/modifier.h"

namespace persandian::sigma {

const ModifierEntry& contains_entry() noexcept {
    static constexpr ModifierEntry entry = {
        .name = "contains",
        .summary = "the text stands anywhere in the value",
        .apply = [](Item& item, const ModifierContext&) -> std::optional<Refusal> {
            return open_ends(item, "contains", true, true);
        }};
    return entry;
}

}  // namespace persandian::sigma
