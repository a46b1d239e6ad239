// SPDX-License-Identifier: Apache-2.0
//
// LogLine: one line of a log as a source hands it over.
#pragma once

#include <cstdint>
#include <string_view>

#include "detectors/base/timestamp.h"

namespace persandian {

/// One line without its line ending. A view into the source's buffer: valid until on_line()
/// returns. May hold any bytes, also NUL and text that is not UTF-8.
struct LogLine {
    std::string_view text;         ///< at most max_line_bytes of the source; see truncated
    std::string_view source_name;  ///< file path or unit, for evidence; as configured
    std::string_view format;       ///< name of a parser in detectors/logs, or "auto"
    Timestamp received;            ///< when we read it; the log's own time is the parser's work
    std::uint64_t number = 0;      ///< line number in its source, counted from 1
    std::uint16_t source = 0;      ///< index of the source
    int zone_offset_minutes = 0;   ///< zone of times that do not name one, minutes east of UTC
    bool truncated = false;        ///< the source cut it at its limit
};

}  // namespace persandian
