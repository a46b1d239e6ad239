// SPDX-License-Identifier: Apache-2.0
//
// The command line of persandiand. Letters are those that users of other sensors type already.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace persandian::runtime {

struct CommandLine {
    std::filesystem::path config_file = "/etc/persandian/persandian.yaml";
    std::vector<std::string> overrides;  ///< --set, and what -i, -S, -s, -l stand for
    bool test_only = false;              ///< -T
    bool is_inspector = false;           ///< started by the recorder
    int exit_code = -1;  ///< >= 0: help, version or a mistake was printed; end with it
};

[[nodiscard]] CommandLine parse_command_line(int argc, char** argv);

}  // namespace persandian::runtime
