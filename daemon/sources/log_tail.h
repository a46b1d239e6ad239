// SPDX-License-Identifier: Apache-2.0
//
// Lines of a log file that is being written, for as long as it takes: follows the path through
// rotations, and continues where it was after a restart.
//
//   * Renamed and made anew, or a symbolic link pointed elsewhere: the old file is read to its end
//   (and
//     rotation_grace longer, since its writer may not have noticed yet), then whatever was rotated
//     in between ("NAME.1", "NAME-20260815"), then the new one from its beginning.
//   * Copied and truncated: read again from the beginning. What was written between our last look
//   and
//     the truncation cannot be seen any more; `lost` counts that it may be so.
//   * Gone for a while, or not there yet: waited for.
//   * A last line without a line end waits for the rest of it; only when its file is done it is
//     delivered as it is.
//
// Cursors: cursor() is the place after the line delivered last. When the caller has made everything
// up to there durable, acknowledge() writes it down. A crash in between repeats lines and loses
// none.
#pragma once

#include <chrono>
#include <deque>
#include <optional>
#include <string>

#include "daemon/sources/cursor_store.h"
#include "daemon/sources/log_source.h"
#include "daemon/sources/tailed_file.h"

namespace persandian::sources {

struct LogTailOptions {
    LogSourceOptions source;
    /// Without a cursor: begin at the first line of the file (true) or behind its last (false).
    bool from_start = true;
    /// How long an old file must be silent, after a new one has taken its path, to count as
    /// finished.
    std::chrono::milliseconds rotation_grace{2000};
    /// How often to look when the kernel does not notify.
    std::chrono::milliseconds poll_interval{500};
};

/// LogLine::number counts from 1 since open(); LogLine::received is the clock's time.
class LogTail : public LogSource {
  public:
    /// `cursors` must outlive this and may be shared by sources of one thread.
    LogTail(LogTailOptions options, CursorStore& cursors);
    ~LogTail() override;
    LogTail(const LogTail&) = delete;
    LogTail& operator=(const LogTail&) = delete;

    /// A file that does not exist yet is fine when its folder does.
    void open() override;
    [[nodiscard]] Next next(Deadline deadline) override;
    [[nodiscard]] const LogLine& line() const noexcept PERSANDIAN_LIFETIME_BOUND override {
        return line_;
    }
    [[nodiscard]] LogCounters counters() const noexcept override;
    [[nodiscard]] std::string_view fault() const noexcept PERSANDIAN_LIFETIME_BOUND override {
        return fault_;
    }
    /// The kernel's notifications; -1 when there are none to be had. They cannot tell everything (a
    /// network file system, the end of rotation_grace): call next() every poll_interval all the
    /// same.
    [[nodiscard]] int poll_descriptor() const noexcept override { return notify_; }
    [[nodiscard]] std::string_view name() const noexcept PERSANDIAN_LIFETIME_BOUND override {
        return options_.source.name;
    }

    /// The place after the last line delivered. Before there was any file: one that says so, so
    /// that a file that comes later is read from its beginning even after a restart; nullopt when
    /// an older place is known for a file that is away.
    [[nodiscard]] std::optional<LogCursor> cursor() const;
    /// Everything up to `cursor` is durable: remembers it on disk. The error says that it could not
    /// be written; reading goes on, and a restart repeats lines.
    [[nodiscard]] Result<void> acknowledge(const LogCursor& cursor);

  private:
    void open_current();
    void resume(const LogCursor& cursor);
    void queue_rotated_since(std::int64_t changed_ns);
    [[nodiscard]] bool already_read(const std::string& path) const;
    bool deliver(LineSplitter::Line found);
    bool deliver_last();
    [[nodiscard]] bool is_done();
    void go_on_to_next();
    [[nodiscard]] TailedFile::Growth read_more();
    void start_again();
    void watch();
    void wait(Deadline deadline);
    void drain_notifications();

    LogTailOptions options_;
    CursorStore& cursors_;
    std::optional<TailedFile> file_;
    std::deque<std::string> queued_;  ///< rotated files to read before the current one
    std::deque<LogCursor> finished_;  ///< files read to their end lately
    std::optional<std::chrono::steady_clock::time_point> silent_since_;  ///< of a replaced file
    LogLine line_;
    LogCounters counters_;
    std::string fault_;
    std::optional<LogCursor> absent_;   ///< there was no file yet when we looked first
    std::uint64_t skipped_before_ = 0;  ///< by the splitters of files that are done
    int notify_ = -1;
    int file_watch_ = -1;
};

}  // namespace persandian::sources
