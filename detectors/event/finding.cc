// SPDX-License-Identifier: Apache-2.0
#include "detectors/event/finding.h"

#include <array>

namespace persandian {

std::string_view to_string(Level level) {
    static constexpr std::array<std::string_view, 5> names = {"informational", "low", "medium",
                                                              "high", "critical"};
    return names[static_cast<std::size_t>(level)];
}

std::string_view Finding::value_of(std::string_view name) const {
    for (const FindingField& field : fields)
        if (field.name == name) return field.value;
    return {};
}

}  // namespace persandian
