// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/modifiers/modifier.h"

namespace persandian::sigma {
namespace {
constexpr std::string_view aliases[] = {"dotall"};
}

const ModifierEntry& s_entry() noexcept {
    static constexpr ModifierEntry entry = {
        .name = "s",
        .summary = "regular expression: the dot also matches line ends",
        .aliases = aliases,
        .apply = [](Item& item, const ModifierContext&) -> std::optional<Refusal> {
            return set_regex_flag(item, "s", &RegexFlags::dot_all);
        }};
    return entry;
}

}  // namespace persandian::sigma
