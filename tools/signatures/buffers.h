// SPDX-License-Identifier: Apache-2.0
//
// Which buffers a signature tests, and how: its options from contents to byte tests, taken apart.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tools/signatures/signature.h"
#include "tools/signatures/steps.h"

namespace persandian::signatures {

enum class FlowSide : std::uint8_t { unknown, to_server, to_client };

struct Tests {
    std::vector<Buffer> buffers;  ///< in the order of the signature, each field once
    /// Lines of a map: numbers that stand in fields of their own ("payload_length|gt: 10").
    std::vector<std::string> plain;
    Reason reason;  ///< why it cannot be said
};

/// `side`: which way the bytes go.
[[nodiscard]] Tests tests_of(const Signature& signature, FlowSide side);
/// As `flow` says, or what only servers send.
[[nodiscard]] FlowSide side_of(const Signature& signature);

}  // namespace persandian::signatures
