// SPDX-License-Identifier: Apache-2.0
//
// The program's own log (Boost.Log): to journald with native fields when it runs as a service, else
// to standard error. Not for events or incidents. Text from outside is escaped here.
#pragma once

#include <string_view>

#include "daemon/config/config.h"

namespace persandian::runtime {

/// Sets up the sinks. `process` names the process in each line: "recorder", "inspector".
/// Call once per process, before threads start.
void open_program_log(config::LogLevel least, std::string_view process);

/// Changes the least level that is written.
void set_program_log_level(config::LogLevel least);

/// Writes `text`, each of its lines as a record. At most `max_lines_per_second` (100) texts pass;
/// what was held back is counted and said in the next line that passes.
void program_log(config::LogLevel level, std::string_view text);

}  // namespace persandian::runtime
