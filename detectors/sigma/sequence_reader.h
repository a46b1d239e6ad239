// SPDX-License-Identifier: Apache-2.0
//
// Reads the steps under `field|sequence`.
#pragma once

#include <memory>

#include "detectors/base/yaml.h"
#include "detectors/sigma/modifiers/byte_sequence.h"
#include "detectors/sigma/problems.h"

namespace persandian::sigma {

/// `node`: a list of maps, one per step. Null, and why in `problems`, when something is wrong.
[[nodiscard]] std::shared_ptr<const ByteSequence> read_sequence(const yaml::Node& node,
                                                                Problems& problems);

}  // namespace persandian::sigma
