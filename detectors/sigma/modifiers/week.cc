// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/modifiers/modifier.h"

namespace persandian::sigma {

const ModifierEntry& week_entry() noexcept {
    static constexpr ModifierEntry entry = {
        .name = "week",
        .summary = "the week of a time equals the number, in the zone the time is written in",
        .apply = [](Item& item, const ModifierContext&) -> std::optional<Refusal> {
            return make_time_part(item, "week", TimePart::week, 1, 53);
        }};
    return entry;
}

}  // namespace persandian::sigma
