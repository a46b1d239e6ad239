// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/modifiers/modifier.h"

namespace persandian::sigma {

const ModifierEntry& gt_entry() noexcept {
    static constexpr ModifierEntry entry = {
        .name = "gt",
        .summary = "the value is a number, more than the given one",
        .apply = [](Item& item, const ModifierContext&) -> std::optional<Refusal> {
            return make_comparison(item, "gt", Comparison::gt);
        }};
    return entry;
}

}  // namespace persandian::sigma
