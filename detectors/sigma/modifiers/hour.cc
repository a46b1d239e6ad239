// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/modifiers/modifier.h"

namespace persandian::sigma {

const ModifierEntry& hour_entry() noexcept {
    static constexpr ModifierEntry entry = {
        .name = "hour",
        .summary = "the hour of a time equals the number, in the zone the time is written in",
        .apply = [](Item& item, const ModifierContext&) -> std::optional<Refusal> {
            return make_time_part(item, "hour", TimePart::hour, 0, 23);
        }};
    return entry;
}

}  // namespace persandian::sigma
