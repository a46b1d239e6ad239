// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/modifiers/modifier.h"

namespace persandian::sigma {

const ModifierEntry& lt_entry() noexcept {
    static constexpr ModifierEntry entry = {
        .name = "lt",
        .summary = "the value is a number, less than the given one",
        .apply = [](Item& item, const ModifierContext&) -> std::optional<Refusal> {
            return make_comparison(item, "lt", Comparison::lt);
        }};
    return entry;
}

}  // namespace persandian::sigma
