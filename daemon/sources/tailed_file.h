// SPDX-License-Identifier: Apache-2.0
//
// TailedFile: one open file that LogTail reads, whatever it is called by now. Knows its identity
// (device, inode, first bytes), so that it can tell growth from replacement.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "daemon/sources/cursor_store.h"
#include "daemon/sources/line_splitter.h"

namespace persandian::sources {

/// What stat() says of a path; absent when nothing is there.
struct FileIdentity {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint64_t size_bytes = 0;
    std::int64_t changed_ns = 0;  ///< modification time
    [[nodiscard]] bool same_file(const FileIdentity& other) const noexcept {
        return device == other.device && inode == other.inode;
    }
};
[[nodiscard]] std::optional<FileIdentity> identify(const std::string& path) noexcept;

class TailedFile {
  public:
    static constexpr std::size_t head_bytes = 256;  ///< first bytes kept to know the file again

    enum class Growth : std::uint8_t {
        none,      ///< nothing new
        grown,     ///< bytes were added to the splitter
        replaced,  ///< emptied, or other content stands there now: start again
        failed,    ///< cannot be read
    };

    /// nullopt with errno set when it cannot be opened.
    [[nodiscard]] static std::optional<TailedFile> open(const std::string& path,
                                                        std::size_t max_line_bytes);
    TailedFile(TailedFile&& other) noexcept;
    TailedFile& operator=(TailedFile&& other) noexcept;
    ~TailedFile();

    /// Size and modification time as of the last read().
    [[nodiscard]] const FileIdentity& identity() const noexcept { return identity_; }
    /// Whether `cursor` was made from this very file; its content may have grown since.
    [[nodiscard]] bool knows(const LogCursor& cursor) const;
    /// Continues at `offset`, a line's beginning.
    void seek(std::uint64_t offset);
    /// Continues at the end.
    void seek_to_end();
    /// From the beginning again, as after copytruncate.
    void restart();
    /// Reads what is new.
    [[nodiscard]] Growth read();
    [[nodiscard]] LineSplitter& splitter() noexcept PERSANDIAN_LIFETIME_BOUND { return splitter_; }
    /// After the last line delivered.
    [[nodiscard]] LogCursor cursor() const;
    [[nodiscard]] std::uint64_t skipped_bytes() const noexcept { return splitter_.skipped_bytes(); }

  private:
    TailedFile(int descriptor, const FileIdentity& identity, std::size_t max_line_bytes);
    [[nodiscard]] std::string read_head(std::size_t count) const;
    /// False when the first bytes are not those we saw: somebody else's content.
    [[nodiscard]] bool head_holds();
    void set_head(std::string head);

    int descriptor_ = -1;
    FileIdentity identity_;
    LineSplitter splitter_;
    std::uint64_t start_ = 0;   ///< offset that the splitter's count begins at
    std::uint64_t offset_ = 0;  ///< of the next byte to read
    std::string head_;
    Digest head_digest_;
    bool was_at_end_ = true;  ///< look at the head before trusting new bytes
};

}  // namespace persandian::sources
