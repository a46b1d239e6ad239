// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/modifiers/modifier.h"

namespace persandian::sigma {

const ModifierEntry& month_entry() noexcept {
    static constexpr ModifierEntry entry = {
        .name = "month",
        .summary = "the month of a time equals the number, in the zone the time is written in",
        .apply = [](Item& item, const ModifierContext&) -> std::optional<Refusal> {
            return make_time_part(item, "month", TimePart::month, 1, 12);
        }};
    return entry;
}

}  // namespace persandian::sigma
