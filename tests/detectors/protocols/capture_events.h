// SPDX-License-Identifier: Apache-2.0
//
// A capture file through the packet, flow and protocols rooms, without rules: for golden tests and
// for comparing with other tools.
#pragma once

#include <string>
#include <vector>

namespace persandian::protocols {

/// Every event of the capture as EVE JSON, in order. Throws SourceError when the file cannot be
/// opened.
[[nodiscard]] std::vector<std::string> capture_events(const std::string& path);

}  // namespace persandian::protocols
