// SPDX-License-Identifier: Apache-2.0
//
// Storage on the real file system. Every descriptor is close-on-exec; short writes are continued,
// EINTR is repeated, nothing else is.
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <optional>

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/ledger/storage.h"

namespace persandian::ledger {
namespace {

Error error_of(int number) {
    switch (number) {
        case ENOENT:
        case ENOTDIR:
            return {ErrorCode::not_found, "no such file or folder"};
        case EACCES:
        case EPERM:
            return {ErrorCode::permission, "permission denied"};
        case EROFS:
            return {ErrorCode::permission, "the file system is read-only"};
        case ENOSPC:
            return {ErrorCode::limit, "no space left on the device"};
        case EDQUOT:
            return {ErrorCode::limit, "the disk quota is used up"};
        case EFBIG:
            return {ErrorCode::limit, "the file is too large for the file system"};
        case EMFILE:
        case ENFILE:
            return {ErrorCode::limit, "too many open files"};
        case EEXIST:
            return {ErrorCode::conflict, "the file exists already"};
        default:
            return {ErrorCode::io, "the disk reported an input/output error"};
    }
}

Result<void> outcome(int result) {
    if (result == 0) return {};
    return error_of(errno);
}

/// Owns a descriptor.
class Descriptor {
  public:
    explicit Descriptor(int value) : value_(value) {}
    Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    Descriptor& operator=(Descriptor&&) = delete;
    ~Descriptor() {
        if (value_ >= 0) ::close(value_);
    }
    [[nodiscard]] int get() const { return value_; }

  private:
    int value_;
};

class PosixFile : public File {
  public:
    explicit PosixFile(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}

    Result<void> append(ByteView bytes) override {
        if (!end_) {
            const Result<std::uint64_t> now = size();
            if (!now) return now.error();
            end_ = *now;
        }
        const Result<void> done = write_at(*end_, bytes);
        if (done)
            end_ = *end_ + bytes.size();
        else
            end_.reset();
        return done;
    }

    Result<void> write_at(std::uint64_t offset, ByteView bytes) override {
        while (!bytes.empty()) {
            const ssize_t written =
                ::pwrite(descriptor_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) return error_of(errno);
            if (written == 0) return error_of(ENOSPC);
            bytes = bytes.subspan(static_cast<std::size_t>(written));
            offset += static_cast<std::uint64_t>(written);
        }
        return {};
    }

    Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> out) const override {
        std::size_t total = 0;
        while (total < out.size()) {
            const ssize_t got = ::pread(descriptor_.get(), out.data() + total, out.size() - total,
                                        static_cast<off_t>(offset + total));
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) return error_of(errno);
            if (got == 0) break;
            total += static_cast<std::size_t>(got);
        }
        return total;
    }

    Result<std::uint64_t> size() const override {
        struct stat status {};
        if (::fstat(descriptor_.get(), &status) != 0) return error_of(errno);
        if (!S_ISREG(status.st_mode)) return Error{ErrorCode::unsupported, "not a regular file"};
        return static_cast<std::uint64_t>(status.st_size);
    }

    Result<void> truncate(std::uint64_t size) override {
        end_.reset();
        return outcome(::ftruncate(descriptor_.get(), static_cast<off_t>(size)));
    }

    // Not repeated on any error: see storage.h.
    Result<void> sync() override { return outcome(::fdatasync(descriptor_.get())); }

  private:
    Descriptor descriptor_;
    std::optional<std::uint64_t> end_;  ///< where append() writes; unknown at first
};

class PosixLock : public LockHandle {
  public:
    explicit PosixLock(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}

  private:
    Descriptor descriptor_;
};

class PosixStorage : public Storage {
  public:
    explicit PosixStorage(std::filesystem::path root) : root_(std::move(root)) {}

    Result<std::unique_ptr<File>> open_read(const std::string& path) const override {
        return open_with(path, O_RDONLY, 0);
    }

    Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode,
                                       bool secret) override {
        int flags = O_RDWR;
        if (mode == OpenMode::create) flags |= O_CREAT;
        if (mode == OpenMode::create_new) flags |= O_CREAT | O_EXCL;
        return open_with(path, flags, secret ? 0600 : 0640);
    }

    Result<std::unique_ptr<LockHandle>> lock(const std::string& path) override {
        Descriptor descriptor(
            ::open(full(path).c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640));
        if (descriptor.get() < 0) return error_of(errno);
        if (::flock(descriptor.get(), LOCK_EX | LOCK_NB) != 0) {
            if (errno == EWOULDBLOCK)
                return Error{ErrorCode::conflict, "another process holds the lock"};
            return error_of(errno);
        }
        std::unique_ptr<LockHandle> handle = std::make_unique<PosixLock>(std::move(descriptor));
        return handle;
    }

    Result<void> rename(const std::string& from, const std::string& to) override {
        return outcome(::rename(full(from).c_str(), full(to).c_str()));
    }

    Result<void> remove(const std::string& path) override {
        return outcome(::unlink(full(path).c_str()));
    }

    Result<void> make_dir(const std::string& path) override {
        if (::mkdir(full(path).c_str(), 0750) == 0) return {};
        if (errno != EEXIST) return error_of(errno);
        struct stat status {};
        if (::stat(full(path).c_str(), &status) == 0 && S_ISDIR(status.st_mode)) return {};
        return Error{ErrorCode::conflict, "a file stands where a folder is needed"};
    }

    Result<void> sync_dir(const std::string& path) override {
        const Descriptor descriptor(::open(full(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (descriptor.get() < 0) return error_of(errno);
        return outcome(::fsync(descriptor.get()));
    }

    Result<std::vector<std::string>> list(const std::string& path) const override {
        const std::unique_ptr<DIR, int (*)(DIR*)> folder{::opendir(full(path).c_str()),
                                                         &::closedir};
        if (!folder) return error_of(errno);
        std::vector<std::string> names;
        errno = 0;
        while (const dirent* entry = ::readdir(folder.get())) {
            const std::string name = entry->d_name;
            if (name != "." && name != "..") names.push_back(name);
            errno = 0;
        }
        if (errno != 0) return error_of(errno);
        std::ranges::sort(names);
        return names;
    }

    bool exists(const std::string& path) const override {
        struct stat status {};
        return ::lstat(full(path).c_str(), &status) == 0;
    }

    std::string describe(const std::string& path) const override { return full(path); }

  private:
    std::string full(const std::string& path) const {
        return path.empty() ? root_.string() : (root_ / path).string();
    }

    Result<std::unique_ptr<File>> open_with(const std::string& path, int flags, mode_t mode) const {
        Descriptor descriptor(
            ::open(full(path).c_str(), flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, mode));
        if (descriptor.get() < 0) return error_of(errno);
        std::unique_ptr<File> file = std::make_unique<PosixFile>(std::move(descriptor));
        return file;
    }

    std::filesystem::path root_;
};

}  // namespace

std::unique_ptr<Storage> posix_storage(std::filesystem::path root) {
    return std::make_unique<PosixStorage>(std::move(root));
}

}  // namespace persandian::ledger
