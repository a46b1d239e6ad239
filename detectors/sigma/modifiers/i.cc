// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/modifiers/modifier.h"

namespace persandian::sigma {
namespace {
constexpr std::string_view aliases[] = {"ignorecase"};
}

const ModifierEntry& i_entry() noexcept {
    static constexpr ModifierEntry entry = {
        .name = "i",
        .summary = "regular expression: upper and lower case are the same",
        .aliases = aliases,
        .apply = [](Item& item, const ModifierContext&) -> std::optional<Refusal> {
            return set_regex_flag(item, "i", &RegexFlags::ignore_case);
        }};
    return entry;
}

}  // namespace persandian::sigma
