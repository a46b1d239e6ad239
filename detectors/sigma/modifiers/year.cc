// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/modifiers/modifier.h"

namespace persandian::sigma {

const ModifierEntry& year_entry() noexcept {
    static constexpr ModifierEntry entry = {
        .name = "year",
        .summary = "the year of a time equals the number, in the zone the time is written in",
        .apply = [](Item& item, const ModifierContext&) -> std::optional<Refusal> {
            return make_time_part(item, "year", TimePart::year, 1, 9999);
        }};
    return entry;
}

}  // namespace persandian::sigma
