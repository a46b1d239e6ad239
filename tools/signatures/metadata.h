// SPDX-License-Identifier: Apache-2.0
//
// What a signature says of itself, as the head of a rule.
// Source: Suricata 7 user guide, "Meta Keywords"; Sigma specification, "Rule".
#pragma once

#include <string>
#include <string_view>

#include "tools/signatures/signature.h"

namespace persandian::signatures {

/// From the line "---" to the level. `name`: unique among all rules; the id follows from it.
[[nodiscard]] std::string head_of(const Signature& signature, std::string_view name);

}  // namespace persandian::signatures
