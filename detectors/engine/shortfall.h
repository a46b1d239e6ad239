// SPDX-License-Identifier: Apache-2.0
//
// What the stages could not do, for `status` and reports.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace persandian::engine {

/// What a limit cut, or a missing field kept out of a count, and how often.
struct Shortfall {
    std::string_view name;  ///< "correlation_groups_evicted"; static
    std::uint64_t count = 0;
};

/// Adds those of `part` to those of the same name.
void add_shortfalls(std::vector<Shortfall>& sum, const std::vector<Shortfall>& part);
/// "findings_too_late 3, incidents_closed_early 1".
[[nodiscard]] std::string to_text(const std::vector<Shortfall>& shortfalls);

}  // namespace persandian::engine
