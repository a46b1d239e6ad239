// SPDX-License-Identifier: Apache-2.0
#include "daemon/runtime/read_config.h"

#include <string_view>

#include "daemon/config/rule_files.h"
#include "detectors/logs/log_parser.h"

namespace persandian::runtime {

config::Config read_config(const std::filesystem::path& path,
                           const std::vector<std::string>& overrides) {
    std::vector<std::string_view> formats = {"auto"};
    for (const logs::LogEntry* const entry : logs::catalog()) formats.push_back(entry->name);
    return config::parse_config(path, config::read_text_file(path), overrides, formats);
}

}  // namespace persandian::runtime
