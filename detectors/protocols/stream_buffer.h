// SPDX-License-Identifier: Apache-2.0
//
// Cut one direction of a stream into what its protocol sends: lines (SMTP, FTP, IMAP, …) or
// messages whose header says how long they are (SMB, LDAP, MQTT, …). What lies in one chunk is
// given as a view into it; only what crosses chunks is copied.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "detectors/base/bytes.h"

namespace persandian::protocols {

/// Lines of one direction. Memory: at most `max_line_bytes`, given up when no line is pending.
class LineBuffer {
  public:
    /// Longer lines are given cut to `max_line_bytes`, the rest of them is read over.
    explicit LineBuffer(std::size_t max_line_bytes) noexcept : max_line_bytes_(max_line_bytes) {}

    /// The next line, without its LF or CR LF, taken off the front of `bytes` with it. Nothing: all
    /// of `bytes` is consumed and the line's end is still to come. The view is valid until the next
    /// call, and no longer than `bytes`' storage.
    [[nodiscard]] std::optional<std::string_view> next(ByteView& bytes) PERSANDIAN_LIFETIME_BOUND {
        forget_given();
        const std::string_view text = as_text(bytes);
        const std::size_t end = text.find('\n');
        const std::string_view piece = text.substr(0, end);
        bytes = bytes.subspan(std::min(text.size(), piece.size() + 1));
        if (end != std::string_view::npos && line_.empty() && line_bytes_ == 0)
            return give(piece, piece.size());
        line_bytes_ += piece.size();
        line_ += piece.substr(0, max_line_bytes_ - line_.size());
        if (end == std::string_view::npos) return std::nullopt;
        given_ = true;
        return give(line_, line_bytes_);
    }

    /// Whether the line given last was cut, and how long it is on the wire (with its CR).
    [[nodiscard]] bool was_cut() const noexcept { return given_bytes_ > max_line_bytes_; }
    [[nodiscard]] std::uint64_t line_bytes() const noexcept { return given_bytes_; }
    /// What has come of a line without end, for the end of the stream.
    [[nodiscard]] std::string_view pending() const noexcept PERSANDIAN_LIFETIME_BOUND {
        return given_ ? std::string_view{} : std::string_view(line_);
    }
    /// After a gap: the line at work is forgotten.
    void clear() noexcept {
        line_.clear();
        line_bytes_ = 0;
        given_ = false;
    }
    /// After a gap in front of `bytes`: what of them belongs to a lost line is taken off, too.
    void resume(ByteView& bytes) noexcept {
        clear();
        const std::size_t end = as_text(bytes).find('\n');
        bytes = bytes.subspan(end == std::string_view::npos ? bytes.size() : end + 1);
    }
    [[nodiscard]] std::size_t held_bytes() const noexcept { return line_.capacity(); }

  private:
    std::string_view give(std::string_view line, std::uint64_t bytes) {
        given_bytes_ = bytes;
        if (bytes <= max_line_bytes_ && line.ends_with('\r')) line.remove_suffix(1);
        return line.substr(0, max_line_bytes_);
    }
    void forget_given() {
        if (!given_) return;
        line_ = {};
        line_bytes_ = 0;
        given_ = false;
    }

    std::size_t max_line_bytes_;
    std::string line_;              ///< of a line that began in an earlier chunk
    std::uint64_t line_bytes_ = 0;  ///< of that line so far, cut or not
    std::uint64_t given_bytes_ = 0;
    bool given_ = false;  ///< line_ was given and is forgotten at the next call
};

/// Messages of one direction: peek() at a header for the length, then take() or skip() the whole.
/// Memory: what was asked for, so the caller bounds it: check a length against a limit before
/// asking for that much.
class MessageBuffer {
  public:
    /// The next `size` bytes, without consuming them. Nothing: all of `bytes` moved here, and fewer
    /// than `size` have come. The view is valid until the next call, and no longer than `bytes`'
    /// storage.
    [[nodiscard]] std::optional<ByteView> peek(std::size_t size,
                                               ByteView& bytes) PERSANDIAN_LIFETIME_BOUND {
        forget_taken();
        if (held_.empty() && bytes.size() >= size) return bytes.first(size);
        if (held_.size() < size) {
            const std::size_t moved = std::min(size - held_.size(), bytes.size());
            held_ += as_text(bytes.first(moved));
            bytes = bytes.subspan(moved);
        }
        if (held_.size() < size) return std::nullopt;
        return as_bytes(held_).first(size);
    }

    /// As peek(), and consumes them. `size` must not be less than that of a peek() before.
    [[nodiscard]] std::optional<ByteView> take(std::size_t size,
                                               ByteView& bytes) PERSANDIAN_LIFETIME_BOUND {
        const std::optional<ByteView> message = peek(size, bytes);
        if (!message) return std::nullopt;
        if (held_.empty())
            bytes = bytes.subspan(size);
        else
            taken_ = true;
        return message;
    }

    /// Reads over the next `size` bytes, of this chunk and of later ones.
    void skip(std::uint64_t size) noexcept { skip_bytes_ += size; }
    /// Consumes what skip() asked for. True: nothing is left to skip. Call it before peek().
    [[nodiscard]] bool skipped(ByteView& bytes) {
        forget_taken();
        const std::size_t of_held =
            static_cast<std::size_t>(std::min<std::uint64_t>(skip_bytes_, held_.size()));
        held_.erase(0, of_held);
        const std::size_t of_chunk =
            static_cast<std::size_t>(std::min<std::uint64_t>(skip_bytes_ - of_held, bytes.size()));
        bytes = bytes.subspan(of_chunk);
        skip_bytes_ -= of_held + of_chunk;
        return skip_bytes_ == 0;
    }

    /// `bytes` were lost. True: they lie within what is skipped, and reading goes on.
    [[nodiscard]] bool skip_gap(std::uint64_t bytes) noexcept {
        if (bytes > skip_bytes_) return false;
        skip_bytes_ -= bytes;
        return true;
    }
    /// Whether a message has begun of which not all has come.
    [[nodiscard]] bool is_pending() const noexcept { return !held_.empty() && !taken_; }
    void clear() noexcept {
        held_ = {};
        taken_ = false;
        skip_bytes_ = 0;
    }
    [[nodiscard]] std::size_t held_bytes() const noexcept { return held_.capacity(); }

  private:
    void forget_taken() {
        if (!taken_) return;
        held_ = {};
        taken_ = false;
    }

    std::string held_;
    std::uint64_t skip_bytes_ = 0;
    bool taken_ = false;  ///< held_ was given and is forgotten at the next call
};

}  // namespace persandian::protocols
