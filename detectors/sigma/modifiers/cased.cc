// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/modifiers/modifier.h"

namespace persandian::sigma {

const ModifierEntry& cased_entry() noexcept {
    static constexpr ModifierEntry entry = {
        .name = "cased",
        .summary = "upper and lower case differ",
        .apply = [](Item& item, const ModifierContext&) -> std::optional<Refusal> {
            if (was_applied(item, "re"))
                return Refusal{
                    "'cased' does not go with 're': regular expressions tell upper and lower case "
                    "apart unless the flag 'i' is given"};
            item.cased = true;
            return std::nullopt;
        }};
    return entry;
}

}  // namespace persandian::sigma
