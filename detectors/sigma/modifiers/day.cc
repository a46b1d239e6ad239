// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/modifiers/modifier.h"

namespace persandian::sigma {

const ModifierEntry& day_entry() noexcept {
    static constexpr ModifierEntry entry = {
        .name = "day",
        .summary = "the day of a time equals the number, in the zone the time is written in",
        .apply = [](Item& item, const ModifierContext&) -> std::optional<Refusal> {
            return make_time_part(item, "day", TimePart::day, 1, 31);
        }};
    return entry;
}

}  // namespace persandian::sigma
