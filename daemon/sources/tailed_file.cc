// SPDX-License-Identifier: Apache-2.0
#include "daemon/sources/tailed_file.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace persandian::sources {
namespace {

FileIdentity identity_of(const struct stat& status) noexcept {
    return {.device = status.st_dev,
            .inode = status.st_ino,
            .size_bytes = static_cast<std::uint64_t>(status.st_size),
            .changed_ns = status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec};
}

}  // namespace

std::optional<FileIdentity> identify(const std::string& path) noexcept {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
    return identity_of(status);
}

std::optional<TailedFile> TailedFile::open(const std::string& path, std::size_t max_line_bytes) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) return std::nullopt;
    struct stat status {};
    if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
        const bool folder = S_ISDIR(status.st_mode);
        ::close(descriptor);
        errno = folder ? EISDIR : EINVAL;
        return std::nullopt;
    }
    return TailedFile(descriptor, identity_of(status), max_line_bytes);
}

TailedFile::TailedFile(int descriptor, const FileIdentity& identity, std::size_t max_line_bytes)
    : descriptor_(descriptor), identity_(identity), splitter_(max_line_bytes) {
    set_head(read_head(head_bytes));
}

void TailedFile::set_head(std::string head) {
    head_ = std::move(head);
    head_digest_ = sha256(as_bytes(head_));
}

TailedFile::TailedFile(TailedFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      identity_(other.identity_),
      splitter_(std::move(other.splitter_)),
      start_(other.start_),
      offset_(other.offset_),
      head_(std::move(other.head_)),
      head_digest_(other.head_digest_),
      was_at_end_(other.was_at_end_) {}

TailedFile& TailedFile::operator=(TailedFile&& other) noexcept {
    if (this == &other) return *this;
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = std::exchange(other.descriptor_, -1);
    identity_ = other.identity_;
    splitter_ = std::move(other.splitter_);
    start_ = other.start_;
    offset_ = other.offset_;
    head_ = std::move(other.head_);
    head_digest_ = other.head_digest_;
    was_at_end_ = other.was_at_end_;
    return *this;
}

TailedFile::~TailedFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

std::string TailedFile::read_head(std::size_t count) const {
    std::string head(count, '\0');
    const ssize_t got = ::pread(descriptor_, head.data(), head.size(), 0);
    head.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
    return head;
}

bool TailedFile::head_holds() {
    if (head_.size() == head_bytes) return read_head(head_bytes) == head_;
    std::string now = read_head(head_bytes);
    if (!now.starts_with(head_)) return false;
    set_head(std::move(now));
    return true;
}

bool TailedFile::knows(const LogCursor& cursor) const {
    if (cursor.device != identity_.device || cursor.inode != identity_.inode) return false;
    if (cursor.offset > identity_.size_bytes || cursor.head_bytes > head_.size()) return false;
    return sha256(as_bytes(std::string_view(head_).substr(0, cursor.head_bytes))) == cursor.head;
}

void TailedFile::seek(std::uint64_t offset) {
    splitter_.clear();
    start_ = offset_ = offset;
}

void TailedFile::seek_to_end() {
    seek(identity_.size_bytes);
}

void TailedFile::restart() {
    seek(0);
    set_head({});
    was_at_end_ = true;
}

TailedFile::Growth TailedFile::read() {
    struct stat status {};
    if (::fstat(descriptor_, &status) != 0) return Growth::failed;
    identity_ = identity_of(status);
    const std::uint64_t size = identity_.size_bytes;
    if (size < offset_) return Growth::replaced;
    if (size == offset_) {
        was_at_end_ = true;
        return Growth::none;
    }
    // emptied and filled again beyond our place between two looks: only the content tells
    if (was_at_end_ && !head_holds()) return Growth::replaced;
    was_at_end_ = false;
    const std::span<char> space = splitter_.space();
    const ssize_t count =
        ::pread(descriptor_, space.data(), space.size(), static_cast<off_t>(offset_));
    if (count < 0) return errno == EINTR || errno == EAGAIN ? Growth::none : Growth::failed;
    if (count == 0) return Growth::none;
    splitter_.filled(static_cast<std::size_t>(count));
    offset_ += static_cast<std::uint64_t>(count);
    return Growth::grown;
}

LogCursor TailedFile::cursor() const {
    return {.device = identity_.device,
            .inode = identity_.inode,
            .offset = start_ + splitter_.delivered_bytes(),
            .changed_ns = identity_.changed_ns,
            .head_bytes = static_cast<std::uint32_t>(head_.size()),
            .head = head_digest_};
}

}  // namespace persandian::sources
