// SPDX-License-Identifier: Apache-2.0
//
// Reading files forward, in large blocks, with views of the bytes that are next. Regular files
// only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace persandian::verify {

enum class FileState : std::uint8_t { ok, missing, unreadable, too_long };

class InputFile {
  public:
    InputFile() = default;
    ~InputFile();
    InputFile(const InputFile&) = delete;
    InputFile& operator=(const InputFile&) = delete;

    /// Opens for reading from the start; closes what was open. `unreadable`: not a regular file,
    /// no permission, error.
    FileState open(const std::filesystem::path& path);
    [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }
    /// Opening (when there is a file) or a read failed; what was delivered is not all there is.
    [[nodiscard]] bool failed() const { return failed_; }
    /// Bytes consumed so far.
    [[nodiscard]] std::uint64_t position() const { return position_; }

    /// The next `count` bytes, consumed; nullopt (nothing consumed) when there are fewer.
    /// Valid until the next call.
    [[nodiscard]] std::optional<std::string_view> take(std::size_t count);
    /// The next bytes through the line feed, consumed, without it. Nullopt at the end of the file,
    /// when the last line has no line feed, or when a line is longer than `max_bytes`.
    [[nodiscard]] std::optional<std::string_view> take_line(std::size_t max_bytes);
    /// Whatever is buffered or readable next, at most one block, consumed; empty at the end.
    [[nodiscard]] std::string_view take_some();
    [[nodiscard]] bool at_end();
    /// Reads to the end, and says how many bytes that were.
    [[nodiscard]] std::uint64_t skip_rest();

  private:
    /// True when at least `count` bytes are buffered now.
    bool fill(std::size_t count);
    [[nodiscard]] std::size_t buffered() const { return end_ - begin_; }
    std::string_view consume(std::size_t count);

    int descriptor_ = -1;
    bool failed_ = false;
    bool exhausted_ = false;
    std::uint64_t position_ = 0;
    std::size_t block_bytes_ = 0;  ///< read at once: the whole file when it is small
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::vector<char> buffer_;
};

/// The whole of a small file; `too_long` when it has more than `max_bytes`.
struct FileContent {
    FileState state = FileState::missing;
    std::string bytes;
};
[[nodiscard]] FileContent read_small_file(const std::filesystem::path& path, std::size_t max_bytes);

/// Names in a folder, sorted. `unreadable`: not all of them may be there.
struct FolderContent {
    FileState state = FileState::missing;
    std::vector<std::string> names;
};
[[nodiscard]] FolderContent list_folder(const std::filesystem::path& path);

}  // namespace persandian::verify
