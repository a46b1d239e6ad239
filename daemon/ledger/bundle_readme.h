// SPDX-License-Identifier: Apache-2.0
//
// The README.md of a proof bundle: how to check it with openssl and coreutils, in English and
// Bahasa Indonesia. A test runs the commands as they stand there.
#pragma once

#include <cstdint>
#include <string>

#include "daemon/ledger/checkpoint.h"

namespace persandian::ledger {

[[nodiscard]] std::string bundle_readme(const Checkpoint& checkpoint, std::uint64_t index);

}  // namespace persandian::ledger
