// SPDX-License-Identifier: Apache-2.0
//
// What a signature matches, as selections and a condition.
#pragma once

#include <string>

#include "tools/signatures/endpoints.h"
#include "tools/signatures/signature.h"
#include "tools/signatures/steps.h"

namespace persandian::signatures {

struct Detection {
    std::string text;     ///< YAML below `detection:`
    std::string service;  ///< of the log source
    Reason reason;        ///< why it cannot be said
};
[[nodiscard]] Detection detection_of(const Signature& signature, const Networks& home);

}  // namespace persandian::signatures
