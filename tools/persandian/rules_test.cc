// SPDX-License-Identifier: Apache-2.0
#include "tools/persandian/rules_test.h"

#include "tools/persandian/cli.h"

namespace persandian::cli {
void test_rules(const std::vector<std::string>&, bool) {
    throw Failure(unavailable, "not yet");
}
}  // namespace persandian::cli
