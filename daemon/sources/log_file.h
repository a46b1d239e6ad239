// SPDX-License-Identifier: Apache-2.0
//
// Lines of a log file that is read once, from beginning to end: for replays. Plain or gzip; "-" is
// standard input. A last line without a line end is delivered.
#pragma once

#include <memory>
#include <optional>

#include "daemon/sources/line_splitter.h"
#include "daemon/sources/log_source.h"

namespace persandian::sources {

/// LogLine::received is the time the file was last changed, so that a year-less log of last year is
/// read as last year's and a replay gives the same result every time; the clock's time for standard
/// input; or `received` when that is given.
class LogFile : public LogSource {
  public:
    explicit LogFile(LogSourceOptions options, std::optional<Timestamp> received = std::nullopt);
    ~LogFile() override;

    void open() override;
    /// Never waits.
    [[nodiscard]] Next next(Deadline deadline) override;
    [[nodiscard]] const LogLine& line() const noexcept PERSANDIAN_LIFETIME_BOUND override {
        return line_;
    }
    [[nodiscard]] LogCounters counters() const noexcept override;
    [[nodiscard]] std::string_view fault() const noexcept PERSANDIAN_LIFETIME_BOUND override {
        return fault_;
    }
    [[nodiscard]] std::string_view name() const noexcept PERSANDIAN_LIFETIME_BOUND override {
        return options_.name;
    }

  private:
    class Input;  ///< the only user of zlib

    LogSourceOptions options_;
    std::optional<Timestamp> received_;
    std::unique_ptr<Input> input_;
    LineSplitter splitter_;
    LogLine line_;
    LogCounters counters_;
    std::string fault_;
    bool read_to_end_ = false;
};

}  // namespace persandian::sources
