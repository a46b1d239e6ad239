// SPDX-License-Identifier: Apache-2.0
//
// What `persandian replay` says of suppressions: how much each hid.
#pragma once

#include <string>

#include "detectors/suppression/suppressor.h"

namespace persandian::cli {

/// Lines for people; empty when nothing is suppressed.
[[nodiscard]] std::string suppressions_text(const suppression::Suppressor& suppressor,
                                            bool indonesian);
/// A JSON list, one object per entry.
[[nodiscard]] std::string suppressions_json(const suppression::Suppressor& suppressor);

}  // namespace persandian::cli
