// SPDX-License-Identifier: Apache-2.0
//
// Shares the packets of an interface among several sockets (PACKET_FANOUT, packet(7)).
#pragma once

#include <cstdint>
#include <string>

namespace persandian::sources {

/// Puts the packet socket `descriptor` into a group: each packet goes to one socket of it, chosen
/// by its pair of addresses, so that flows, their fragments and what they announce (FTP's data
/// connections) stay together. What is not IP goes to the first. `group` 0 founds one; returns its
/// number, for the others to give. Throws SourceError about `source_name`.
[[nodiscard]] std::uint16_t join_fanout(int descriptor, std::uint16_t group,
                                        const std::string& source_name);

}  // namespace persandian::sources
