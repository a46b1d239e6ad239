// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/modifiers/modifier.h"

namespace persandian::sigma {
namespace {
constexpr std::string_view aliases[] = {"multiline"};
}

const ModifierEntry& m_entry() noexcept {
    static constexpr ModifierEntry entry = {
        .name = "m",
        .summary = "regular expression: ^ and $ match at line ends",
        .aliases = aliases,
        .apply = [](Item& item, const ModifierContext&) -> std::optional<Refusal> {
            return set_regex_flag(item, "m", &RegexFlags::multi_line);
        }};
    return entry;
}

}  // namespace persandian::sigma
