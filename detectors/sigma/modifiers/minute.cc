// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/modifiers/modifier.h"

namespace persandian::sigma {

const ModifierEntry& minute_entry() noexcept {
    static constexpr ModifierEntry entry = {
        .name = "minute",
        .summary = "the minute of a time equals the number, in the zone the time is written in",
        .apply = [](Item& item, const ModifierContext&) -> std::optional<Refusal> {
            return make_time_part(item, "minute", TimePart::minute, 0, 59);
        }};
    return entry;
}

}  // namespace persandian::sigma
