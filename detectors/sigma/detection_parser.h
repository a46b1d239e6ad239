// SPDX-License-Identifier: Apache-2.0
//
// `detection:` of a rule (or the selections of a filter) to Detections.
#pragma once

#include <vector>

#include "detectors/sigma/ast.h"
#include "detectors/sigma/problems.h"

namespace persandian::sigma {

/// Reads every entry of `map` except the keys in `skip` as a search identifier.
[[nodiscard]] std::vector<Detection> parse_detections(const yaml::Node& map,
                                                      const std::vector<std::string_view>& skip,
                                                      const ModifierContext& context,
                                                      Problems& problems);

}  // namespace persandian::sigma
