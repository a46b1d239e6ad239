// SPDX-License-Identifier: Apache-2.0
//
// Addresses and ports of a signature's header as Sigma tests.
// Source: Suricata 7 user guide, "Rules Format", "Source and destination".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tools/signatures/steps.h"

namespace persandian::signatures {

/// Networks of the office, in CIDR notation.
using Networks = std::vector<std::string>;

/// Lines of a map ("src_ip|cidr: [10.0.0.0/8]") that hold for the addresses that `written` means;
/// none for any address.
[[nodiscard]] std::vector<std::string> address_tests(std::string_view written,
                                                     std::string_view field, const Networks& home,
                                                     Reason& reason);

/// Maps of a selection one of which must hold, and one of which must not; empty: any port.
struct PortTests {
    std::vector<std::string> any_of;
    std::vector<std::string> none_of;
};
[[nodiscard]] PortTests port_tests(std::string_view written, std::string_view field,
                                   Reason& reason);

}  // namespace persandian::signatures
