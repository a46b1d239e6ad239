// SPDX-License-Identifier: Apache-2.0
#include "tools/verify/file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace persandian::verify {

namespace {
constexpr std::size_t min_block_bytes = 4U * 1024U;
constexpr std::size_t max_block_bytes = 256U * 1024U;
}  // namespace

InputFile::~InputFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

FileState InputFile::open(const std::filesystem::path& path) {
    if (descriptor_ >= 0) ::close(descriptor_);
    failed_ = exhausted_ = false;
    position_ = 0;
    begin_ = end_ = 0;
    // O_NONBLOCK: a FIFO in place of a file must not hang the audit.
    descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (descriptor_ < 0 && (errno == ENOENT || errno == ENOTDIR)) return FileState::missing;
    failed_ = true;
    if (descriptor_ < 0) return FileState::unreadable;
    struct stat info {};
    if (::fstat(descriptor_, &info) == 0 && S_ISREG(info.st_mode)) {
        const auto size = static_cast<std::uint64_t>(info.st_size);
        block_bytes_ =
            size < max_block_bytes ? static_cast<std::size_t>(size) + 1 : max_block_bytes;
        block_bytes_ = std::max(block_bytes_, min_block_bytes);
        failed_ = false;
        return FileState::ok;
    }
    ::close(descriptor_);
    descriptor_ = -1;
    return FileState::unreadable;
}

bool InputFile::fill(std::size_t count) {
    if (buffered() >= count) return true;
    if (begin_ > 0) {
        std::memmove(buffer_.data(), buffer_.data() + begin_, buffered());
        end_ -= begin_;
        begin_ = 0;
    }
    if (buffer_.size() < std::max(count, block_bytes_))
        buffer_.resize(std::max(count, block_bytes_));
    while (buffered() < count && !exhausted_ && descriptor_ >= 0) {
        const ssize_t got = ::read(descriptor_, buffer_.data() + end_, buffer_.size() - end_);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) failed_ = true;
        if (got <= 0)
            exhausted_ = true;
        else
            end_ += static_cast<std::size_t>(got);
    }
    return buffered() >= count;
}

std::string_view InputFile::consume(std::size_t count) {
    const std::string_view out(buffer_.data() + begin_, count);
    begin_ += count;
    position_ += count;
    return out;
}

std::optional<std::string_view> InputFile::take(std::size_t count) {
    if (!fill(count)) return std::nullopt;
    return consume(count);
}

std::optional<std::string_view> InputFile::take_line(std::size_t max_bytes) {
    std::size_t searched = 0;
    for (;;) {
        const std::string_view have(buffer_.data() + begin_, buffered());
        const std::size_t end = have.find('\n', searched);
        if (end != std::string_view::npos) {
            std::string_view line = consume(end + 1);
            line.remove_suffix(1);
            return line;
        }
        searched = have.size();
        if (searched > max_bytes || !fill(searched + 1)) return std::nullopt;
    }
}

std::string_view InputFile::take_some() {
    if (!fill(1)) return {};
    return consume(buffered());
}

bool InputFile::at_end() {
    return !fill(1);
}

std::uint64_t InputFile::skip_rest() {
    const std::uint64_t before = position_;
    while (!take_some().empty()) continue;
    return position_ - before;
}

FileContent read_small_file(const std::filesystem::path& path, std::size_t max_bytes) {
    FileContent out;
    InputFile file;
    out.state = file.open(path);
    if (out.state != FileState::ok) return out;
    for (std::string_view part = file.take_some(); !part.empty(); part = file.take_some()) {
        out.bytes += part;
        if (out.bytes.size() > max_bytes) break;
    }
    if (out.bytes.size() > max_bytes) out.state = FileState::too_long;
    if (file.failed()) out.state = FileState::unreadable;
    return out;
}

FolderContent list_folder(const std::filesystem::path& path) {
    FolderContent out;
    std::error_code error;
    for (std::filesystem::directory_iterator it(path, error), end; !error && it != end;
         it.increment(error))
        out.names.push_back(it->path().filename().string());
    std::sort(out.names.begin(), out.names.end());
    if (!error)
        out.state = FileState::ok;
    else if (error != std::errc::no_such_file_or_directory && error != std::errc::not_a_directory)
        out.state = FileState::unreadable;
    return out;
}

}  // namespace persandian::verify
