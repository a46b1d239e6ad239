// SPDX-License-Identifier: Apache-2.0
//
// `persandian rules test`: the samples of <rule>.test.yml files through the real engine.
#pragma once

#include <string>
#include <vector>

namespace persandian::cli {

/// Runs all samples below `folders`. Throws Exit{failed} when one does not behave as it says, and
/// Failure when a file cannot be read.
void test_rules(const std::vector<std::string>& folders, bool json);

}  // namespace persandian::cli
