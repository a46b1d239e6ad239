// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/modifiers/modifier.h"

namespace persandian::sigma {

const ModifierEntry& gte_entry() noexcept {
    static constexpr ModifierEntry entry = {
        .name = "gte",
        .summary = "the value is a number, at least the given one",
        .apply = [](Item& item, const ModifierContext&) -> std::optional<Refusal> {
            return make_comparison(item, "gte", Comparison::gte);
        }};
    return entry;
}

}  // namespace persandian::sigma
