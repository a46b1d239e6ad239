// SPDX-License-Identifier: Apache-2.0
#include "daemon/sources/cursor_store.h"

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <string_view>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace persandian::sources {
namespace {

using Kind = SourceError::Kind;

// Format: this line, then "DEVICE INODE OFFSET CHANGED_NS HEAD_BYTES HEAD_HEX NAME" a line.
constexpr std::string_view first_line = "persandian cursors 1";

class Descriptor {
  public:
    explicit Descriptor(int fd) : fd_(fd) {}
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    [[nodiscard]] int get() const noexcept { return fd_; }

  private:
    int fd_;
};

std::string read_whole(const std::string& path, int fd, std::size_t limit) {
    std::string text;
    char block[4096];
    for (;;) {
        const ssize_t count = ::read(fd, block, sizeof block);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) throw SourceError(Kind::device, path, std::strerror(errno), "");
        if (count == 0) return text;
        text.append(block, static_cast<std::size_t>(count));
        if (text.size() > limit)
            throw SourceError(Kind::unsupported, path, "far too large for cursors", "");
    }
}

template <typename Number>
bool take_number(std::string_view& text, Number& out) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error != std::errc() || end == text.data() + text.size() || *end != ' ') return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
    return true;
}

std::optional<LogCursor> parse_cursor(std::string_view& text) {
    LogCursor out;
    if (!take_number(text, out.device) || !take_number(text, out.inode) ||
        !take_number(text, out.offset) || !take_number(text, out.changed_ns) ||
        !take_number(text, out.head_bytes))
        return std::nullopt;
    const auto digest = Digest::from_hex(text.substr(0, 64));
    if (!digest || text.size() < 66 || text[64] != ' ') return std::nullopt;
    out.head = *digest;
    text.remove_prefix(65);
    return out;
}

bool write_all(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t count = ::write(fd, text.data(), text.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        text.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

}  // namespace

void CursorStore::load() {
    cursors_.clear();
    const Descriptor file(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.get() < 0) {
        if (errno == ENOENT) return;
        throw SourceError(errno == EACCES ? Kind::permission : Kind::device, path_,
                          std::strerror(errno), "");
    }
    const std::string whole = read_whole(path_, file.get(), max_file_bytes);
    std::string_view rest = whole;
    std::size_t number = 0;
    while (!rest.empty()) {
        ++number;
        const std::size_t end = rest.find('\n');
        std::string_view line = rest.substr(0, end);
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
        std::optional<LogCursor> cursor;
        if (number > 1) cursor = parse_cursor(line);
        if (end == std::string_view::npos || (number == 1 ? line != first_line : !cursor))
            throw SourceError(Kind::unsupported, fmt::format("{}:{}", path_, number),
                              "damaged cursor file",
                              "remove it to read the followed files from their beginning");
        if (cursor) cursors_[std::string(line)] = *cursor;
    }
}

std::optional<LogCursor> CursorStore::find(const std::string& name) const {
    const auto found = cursors_.find(name);
    return found == cursors_.end() ? std::nullopt : std::optional(found->second);
}

Result<void> CursorStore::save() const {
    std::string text(first_line);
    text += '\n';
    for (const auto& [name, cursor] : cursors_)
        text += fmt::format("{} {} {} {} {} {} {}\n", cursor.device, cursor.inode, cursor.offset,
                            cursor.changed_ns, cursor.head_bytes, cursor.head.hex(), name);
    const std::string beside = path_ + ".new";
    {
        const Descriptor file(
            ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640));
        if (file.get() < 0) return Error{ErrorCode::io, "cannot write cursors"};
        if (!write_all(file.get(), text)) return Error{ErrorCode::io, "cannot write cursors"};
        if (::fdatasync(file.get()) != 0) return Error{ErrorCode::io, "cannot flush cursors"};
    }
    if (::rename(beside.c_str(), path_.c_str()) != 0)
        return Error{ErrorCode::io, "cannot replace the cursor file"};
    const std::string folder = std::filesystem::path(path_).parent_path().string();
    const Descriptor directory(
        ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (directory.get() < 0 || ::fsync(directory.get()) != 0)
        return Error{ErrorCode::io, "cannot flush the folder of the cursor file"};
    return {};
}

}  // namespace persandian::sources
