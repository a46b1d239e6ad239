// SPDX-License-Identifier: Apache-2.0
//
// Reads a configuration file with what the other rooms know: which log formats there are.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "daemon/config/config.h"

namespace persandian::runtime {

/// As config::parse_config(); a log format that no room has is a mistake as well. Throws
/// config::UnreadableFile and config::ConfigError.
[[nodiscard]] config::Config read_config(const std::filesystem::path& path,
                                         const std::vector<std::string>& overrides);

}  // namespace persandian::runtime
