// SPDX-License-Identifier: Apache-2.0
//
// Files of events, one a line, for the subcommands that ask rules about them: read in blocks of
// whole lines, so that a bounded part of a file is in memory.
#pragma once

#include <cstdint>
#include <string>

#include "detectors/event/event.h"
#include "detectors/logs/log_room.h"

namespace persandian::cli {

/// Whole lines of a file.
struct LineBlock {
    std::string text;
    std::uint64_t first_line = 1;  ///< number of the first, counted from 1
};

/// Cuts a file (or standard input, "-") into blocks. Throws Failure when it cannot be read.
class LineReader {
  public:
    static constexpr std::size_t block_bytes = std::size_t{1} << 20U;
    /// The rest of a longer line is not looked at.
    static constexpr std::size_t max_line_bytes = 16 * block_bytes;

    explicit LineReader(const std::string& path);
    ~LineReader();
    LineReader(const LineReader&) = delete;
    LineReader& operator=(const LineReader&) = delete;

    /// False at the end of the input.
    bool next(LineBlock& block);

  private:
    void fill(std::string& text);
    void skip_line();

    int descriptor_;
    std::string path_;
    std::string rest_;
    std::uint64_t next_line_ = 1;
    bool ended_ = false;
};

/// Hands the block's lines that are not empty to the room.
void feed(const LineBlock& block, const std::string& source_name, const std::string& format,
          logs::LogRoom& room);

/// Reads a whole file through the parsers into `sink`.
void read_events(const std::string& path, const std::string& format, EventSink& sink);

/// Throws Failure when there is no such log format.
void check_format(const std::string& format);

}  // namespace persandian::cli
