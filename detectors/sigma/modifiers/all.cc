// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/modifiers/modifier.h"

namespace persandian::sigma {

const ModifierEntry& all_entry() noexcept {
    static constexpr ModifierEntry entry = {
        .name = "all",
        .summary = "every value of the list must hold, not just one",
        .apply = [](Item& item, const ModifierContext&) -> std::optional<Refusal> {
            item.all = true;
            return std::nullopt;
        }};
    return entry;
}

}  // namespace persandian::sigma
