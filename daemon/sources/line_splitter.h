// SPDX-License-Identifier: Apache-2.0
//
// LineSplitter: bytes of a log file in, lines out. Ends lines at "\n", drops one "\r" before it,
// keeps every other byte (also NUL). A line longer than the limit is cut, and delivered when its
// end is reached, so that a position after a line is always the beginning of the next.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "detectors/base/check.h"

namespace persandian::sources {

class LineSplitter {
  public:
    struct Line {
        std::string_view text;  ///< valid until the next call of any member
        bool truncated = false;
    };

    explicit LineSplitter(std::size_t max_line_bytes);

    /// Free room to read bytes into, never empty once next() has answered false. Invalidates lines.
    [[nodiscard]] std::span<char> space() PERSANDIAN_LIFETIME_BOUND;
    /// Says how many bytes were put into space().
    void filled(std::size_t count);
    /// The next complete line; false when more bytes are needed.
    [[nodiscard]] bool next(Line& out);
    /// What stands after the last line end; false when nothing does. For the end of a file.
    [[nodiscard]] bool last(Line& out);
    /// Forgets everything, as for another file.
    void clear();

    /// Bytes from the start (or clear()) to the end of the last line delivered.
    [[nodiscard]] std::uint64_t delivered_bytes() const noexcept { return delivered_; }
    /// Bytes that wait for their line end.
    [[nodiscard]] std::uint64_t pending_bytes() const noexcept {
        return end_ - begin_ + swallowed_;
    }
    /// Bytes cut off lines that were too long, since construction.
    [[nodiscard]] std::uint64_t skipped_bytes() const noexcept { return skipped_; }

  private:
    void deliver(std::size_t length, Line& out);

    std::size_t max_line_bytes_;
    std::vector<char> buffer_;
    std::size_t begin_ = 0;  ///< first byte not delivered
    std::size_t scan_ = 0;   ///< first byte not looked at
    std::size_t end_ = 0;
    std::string head_;             ///< of a line that is too long
    std::uint64_t swallowed_ = 0;  ///< bytes of that line taken out of the buffer
    std::uint64_t delivered_ = 0;
    std::uint64_t skipped_ = 0;
};

}  // namespace persandian::sources
