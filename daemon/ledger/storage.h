// SPDX-License-Identifier: Apache-2.0
//
// The ledger's view of a disk: the few operations whose order decides what survives a crash. One
// real implementation (posix_storage.cc); the tests have a simulated disk that produces every
// image a crash may leave. Paths are relative to the ledger's folder, with '/'.
//
// Nothing here retries a sync: after a failed fdatasync the kernel may have dropped the dirty
// pages, and a second, successful call would lie.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "detectors/base/bytes.h"
#include "detectors/base/result.h"

namespace persandian::ledger {

/// An open file. Errors: `io` (EIO), `limit` (no space, quota, file size), `permission`.
class File {
  public:
    virtual ~File() = default;
    /// Writes all of `bytes` at the end of the file, or fails (some bytes may then stand there).
    [[nodiscard]] virtual Result<void> append(ByteView bytes) = 0;
    [[nodiscard]] virtual Result<void> write_at(std::uint64_t offset, ByteView bytes) = 0;
    /// Reads up to out.size() bytes; fewer only at the end of the file.
    [[nodiscard]] virtual Result<std::size_t> read_at(std::uint64_t offset,
                                                      std::span<std::byte> out) const = 0;
    [[nodiscard]] virtual Result<std::uint64_t> size() const = 0;
    [[nodiscard]] virtual Result<void> truncate(std::uint64_t size) = 0;
    /// fdatasync: the content and the size are durable when it returns. The name is not: sync_dir.
    [[nodiscard]] virtual Result<void> sync() = 0;
};

enum class OpenMode : std::uint8_t {
    read_write,  ///< not_found when it does not exist
    create,      ///< read and write; made when absent
    create_new,  ///< read and write; conflict when it exists
};

/// Held while the object lives.
class LockHandle {
  public:
    virtual ~LockHandle() = default;
};

class Storage {
  public:
    virtual ~Storage() = default;
    /// not_found when it does not exist. The result can only be read.
    [[nodiscard]] virtual Result<std::unique_ptr<File>> open_read(
        const std::string& path) const = 0;
    /// New files get mode 0640, or 0600 when `secret`.
    [[nodiscard]] virtual Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode,
                                                             bool secret = false) = 0;
    /// An exclusive lock on a file (made when absent); `conflict` when somebody else holds it.
    [[nodiscard]] virtual Result<std::unique_ptr<LockHandle>> lock(const std::string& path) = 0;
    /// Atomic; replaces `to`. Durable only after sync_dir of the folder.
    [[nodiscard]] virtual Result<void> rename(const std::string& from, const std::string& to) = 0;
    [[nodiscard]] virtual Result<void> remove(const std::string& path) = 0;
    /// Makes one folder; fine when it exists. "" is the ledger's folder itself.
    [[nodiscard]] virtual Result<void> make_dir(const std::string& path) = 0;
    /// Makes the names in a folder durable.
    [[nodiscard]] virtual Result<void> sync_dir(const std::string& path) = 0;
    /// Names in a folder, sorted; not_found when there is none.
    [[nodiscard]] virtual Result<std::vector<std::string>> list(const std::string& path) const = 0;
    [[nodiscard]] virtual bool exists(const std::string& path) const = 0;
    /// For messages: where `path` lies for a person.
    [[nodiscard]] virtual std::string describe(const std::string& path) const = 0;
};

/// The real file system below `root`. Does not make `root`.
[[nodiscard]] std::unique_ptr<Storage> posix_storage(std::filesystem::path root);

/// The whole file, at most `limit_bytes` (`limit` beyond).
[[nodiscard]] Result<std::string> read_whole(const Storage& storage, const std::string& path,
                                             std::uint64_t limit_bytes);
/// Writes a file so that it is there whole or not at all after a crash: temporary name, sync,
/// rename, sync of the folder.
[[nodiscard]] Result<void> write_whole(Storage& storage, const std::string& path, ByteView bytes,
                                       bool secret = false);
/// "a/b" for "a/b/c", "" for "c".
[[nodiscard]] std::string parent_of(const std::string& path);

}  // namespace persandian::ledger
