// SPDX-License-Identifier: Apache-2.0
//
// EntryReader: takes one YAML map of a suppression file apart and complains about everything else.
// Private to this room; the parser of whole files is parse().
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "detectors/suppression/suppression.h"

namespace persandian::suppression {

/// "a text", "a list", … for messages.
[[nodiscard]] std::string_view kind_name(const yaml::Node& node);

/// Reports each key of `map` that is not in `known`, with the nearest known one.
void complain_of_unknown_keys(const yaml::Node& map, std::string_view what,
                              const std::vector<std::string_view>& known, const std::string& path,
                              std::vector<Problem>& problems);

/// What the reader needs to know beside the node.
struct ReadContext {
    const std::string& path;
    std::size_t file;
    int zone_offset_minutes;
    const Limits& limits;
    std::vector<Problem>& problems;
};

/// Reads an item of `suppressions`. What is wrong is added to the problems; the entry is then of no
/// use.
[[nodiscard]] Entry read_suppression(const yaml::Node& node, const ReadContext& context);
/// Reads an item of `throttles`.
[[nodiscard]] Entry read_throttle(const yaml::Node& node, const ReadContext& context);

}  // namespace persandian::suppression
