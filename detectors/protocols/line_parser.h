// SPDX-License-Identifier: Apache-2.0
//
// What parsers have in common whose both sides send lines of text: FTP, IRC.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "detectors/protocols/protocol.h"
#include "detectors/protocols/stream_buffer.h"

namespace persandian::protocols {

/// Cuts both directions into lines. Behind a gap it goes on with the next line; a line that is too
/// long is cut and said. Derived: on_line(), problem() and what else it needs.
class LineParser : public ProtocolParser {
  public:
    explicit LineParser(std::size_t max_line_bytes) noexcept
        : max_line_bytes_(max_line_bytes), client_(max_line_bytes), server_(max_line_bytes) {}

    ParseStatus on_chunk(const flow::StreamChunk& chunk, EventEmitter& out) noexcept final {
        LineBuffer& lines = chunk.direction == flow::Direction::to_server ? client_ : server_;
        ByteView bytes = chunk.bytes;
        if (chunk.gap_bytes > 0) lines.resume(bytes);
        while (const std::optional<std::string_view> line = lines.next(bytes)) {
            if (lines.was_cut())
                out.anomaly({"line_too_long", lines.line_bytes(), max_line_bytes_}, chunk.direction,
                            chunk.time);
            const ParseStatus status = on_line(*line, chunk, out);
            if (status == ParseStatus::upgrade) unread_bytes_ = bytes.size();
            if (status != ParseStatus::ok) return status;
        }
        return ParseStatus::need_more;
    }
    std::size_t unread_bytes() const noexcept final { return unread_bytes_; }

  protected:
    /// A line without its end. `ok`: on with the next one; others as of on_chunk().
    [[nodiscard]] virtual ParseStatus on_line(std::string_view line, const flow::StreamChunk& chunk,
                                              EventEmitter& out) = 0;
    [[nodiscard]] std::size_t held_by_lines() const noexcept {
        return client_.held_bytes() + server_.held_bytes();
    }

  private:
    std::size_t max_line_bytes_;
    LineBuffer client_;
    LineBuffer server_;
    std::size_t unread_bytes_ = 0;
};

}  // namespace persandian::protocols
