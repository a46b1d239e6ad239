// SPDX-License-Identifier: Apache-2.0
//
// Cursors: how far each followed log file has been read and made durable. One small file for all of
// them, replaced as a whole: written beside, flushed, renamed, the folder flushed. So after a crash
// the old or the new cursors stand there, never half of them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "daemon/sources/source_error.h"
#include "detectors/base/digest.h"
#include "detectors/base/result.h"

namespace persandian::sources {

/// A place in a file that survives its being renamed, and notices its being replaced.
struct LogCursor {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint64_t offset = 0;  ///< of the first byte not yet durable, always at a line's beginning
    std::int64_t changed_ns = 0;   ///< when the file was last written to, as far as we had read
    std::uint32_t head_bytes = 0;  ///< how many of the file's first bytes `head` covers
    Digest head;                   ///< SHA-256 of those
    /// There was no file yet; `changed_ns` is when we looked.
    [[nodiscard]] bool is_absent() const noexcept { return device == 0 && inode == 0; }
    bool operator==(const LogCursor&) const = default;
    [[nodiscard]] bool is_same_file(const LogCursor& other) const noexcept {
        return device == other.device && inode == other.inode;
    }
};

/// Single-threaded.
class CursorStore {
  public:
    static constexpr std::size_t max_file_bytes = 4U << 20U;

    explicit CursorStore(std::string path) : path_(std::move(path)) {}

    /// Reads the file; a missing one is an empty store. Throws SourceError when it cannot be read
    /// or is damaged.
    void load();
    [[nodiscard]] std::optional<LogCursor> find(const std::string& name) const;
    [[nodiscard]] const std::map<std::string, LogCursor>& all() const noexcept { return cursors_; }
    /// Remembers, without writing. Names must not hold line ends.
    void put(const std::string& name, const LogCursor& cursor) { cursors_[name] = cursor; }
    /// Writes all cursors durably. On failure the file is as it was.
    [[nodiscard]] Result<void> save() const;

  private:
    std::string path_;
    std::map<std::string, LogCursor> cursors_;
};

}  // namespace persandian::sources
