// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/modifiers/modifier.h"

namespace persandian::sigma {

const ModifierEntry& lte_entry() noexcept {
    static constexpr ModifierEntry entry = {
        .name = "lte",
        .summary = "the value is a number, at most the given one",
        .apply = [](Item& item, const ModifierContext&) -> std::optional<Refusal> {
            return make_comparison(item, "lte", Comparison::lte);
        }};
    return entry;
}

}  // namespace persandian::sigma
