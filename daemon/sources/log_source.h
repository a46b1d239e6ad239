// SPDX-License-Identifier: Apache-2.0
//
// LogSource: where log lines come from. Life-cycle as PacketSource: construct, open() once
// (throws), next() until it answers end. One thread at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/sources/source_error.h"
#include "detectors/base/units.h"
#include "detectors/event/log_line.h"

namespace persandian::sources {

using Deadline = std::chrono::steady_clock::time_point;

/// What all log sources are told.
struct LogSourceOptions {
    std::string path;             ///< file; "-" is standard input (one-shot reading only)
    std::string name;             ///< for log.source; empty: the path
    std::string format = "auto";  ///< name of a format in detectors/logs
    std::uint16_t index = 0;      ///< LogLine::source
    int zone_offset_minutes = 0;  ///< of times without a zone, minutes east of UTC
    std::size_t max_line_bytes = 16_KiB;
};

/// All counts since open().
struct LogCounters {
    std::uint64_t lines = 0;
    std::uint64_t bytes = 0;          ///< read from the file, line ends included
    std::uint64_t truncated = 0;      ///< lines longer than max_line_bytes
    std::uint64_t skipped_bytes = 0;  ///< what was cut off those
    std::uint64_t rotations = 0;      ///< the file was renamed away, replaced or emptied
    std::uint64_t lost = 0;           ///< times that lines may have been missed (see log_tail.h)
};

class LogSource {
  public:
    enum class Next : std::uint8_t {
        line,     ///< line() holds one
        timeout,  ///< nothing came before the deadline; not an error
        end,      ///< nothing will come any more; fault() says whether something is missing
    };

    virtual ~LogSource() = default;
    /// Throws SourceError.
    virtual void open() = 0;
    /// Waits until `deadline` at most; a deadline in the past asks without waiting.
    [[nodiscard]] virtual Next next(Deadline deadline) = 0;
    /// The line of the last next() that answered `line`. Valid until the following next().
    [[nodiscard]] virtual const LogLine& line() const noexcept PERSANDIAN_LIFETIME_BOUND = 0;
    [[nodiscard]] virtual LogCounters counters() const noexcept = 0;
    /// What went wrong, now or at the end; empty when all is well.
    [[nodiscard]] virtual std::string_view fault() const noexcept PERSANDIAN_LIFETIME_BOUND = 0;
    /// Readable when next() might not wait; -1 when there is nothing to poll (files).
    [[nodiscard]] virtual int poll_descriptor() const noexcept { return -1; }
    [[nodiscard]] virtual std::string_view name() const noexcept PERSANDIAN_LIFETIME_BOUND = 0;
};

}  // namespace persandian::sources
