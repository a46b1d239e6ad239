// SPDX-License-Identifier: Apache-2.0
#include "daemon/ledger/disclosure_file.h"

#include <optional>

#include "daemon/ledger/side_files.h"

namespace persandian::ledger {
namespace {

constexpr std::size_t chunk_bytes = 64_KiB;

/// Lines of a file from an offset on.
class LineScanner {
  public:
    LineScanner(const File& file, std::uint64_t offset) : file_(file), offset_(offset) {}

    /// Offset of the line that next() will give.
    [[nodiscard]] std::uint64_t offset() const { return offset_ + position_; }

    /// The next whole line; nullopt at the end (a last line without newline is not one).
    Result<std::optional<std::string_view>> next() {
        std::size_t searched = position_;
        while (true) {
            const std::size_t end = buffer_.find('\n', searched);
            if (end != std::string::npos) {
                const std::string_view line(buffer_.data() + position_, end - position_);
                position_ = end + 1;
                return std::optional<std::string_view>(line);
            }
            searched = buffer_.size() - position_;
            if (searched > max_disclosure_line_bytes)
                return Error{ErrorCode::limit, "a disclosure line is too long"};
            const Result<bool> more = read_more();
            if (!more) return more.error();
            if (!*more) return std::optional<std::string_view>();
        }
    }

  private:
    Result<bool> read_more() {
        buffer_.erase(0, position_);
        offset_ += position_;
        position_ = 0;
        const std::size_t have = buffer_.size();
        buffer_.resize(have + chunk_bytes);
        const auto got =
            file_.read_at(offset_ + have, std::as_writable_bytes(std::span(buffer_).subspan(have)));
        if (!got) return got.error();
        buffer_.resize(have + *got);
        return *got > 0;
    }

    const File& file_;
    std::uint64_t offset_;  ///< of buffer_[0]
    std::string buffer_;
    std::size_t position_ = 0;
};

/// The first sound line that begins behind `offset`.
struct Landmark {
    std::uint64_t offset = 0;
    std::uint64_t seq = 0;
};

Result<std::optional<Landmark>> landmark_behind(const File& file, std::uint64_t offset,
                                                std::uint64_t limit) {
    LineScanner scanner(file, offset);
    Result<std::optional<std::string_view>> line = scanner.next();
    while (true) {
        if (!line) return line.error();
        const std::uint64_t begin = scanner.offset();
        if (!*line || begin >= limit) return std::optional<Landmark>();
        line = scanner.next();
        if (!line) return line.error();
        if (!*line) return std::optional<Landmark>();
        const Result<std::uint64_t> seq = disclosure_seq(**line);
        if (seq) return std::optional<Landmark>({.offset = begin, .seq = *seq});
    }
}

/// An offset at or before the first line of `seq`, not far from it.
Result<std::uint64_t> start_of(const File& file, std::uint64_t seq) {
    const Result<std::uint64_t> size = file.size();
    if (!size) return size.error();
    std::uint64_t low = 0;
    std::uint64_t high = *size;
    while (high - low > chunk_bytes) {
        const std::uint64_t middle = low + (high - low) / 2;
        const Result<std::optional<Landmark>> mark = landmark_behind(file, middle, high);
        if (!mark) return mark.error();
        if (*mark && (*mark)->seq < seq)
            low = (*mark)->offset;
        else
            high = middle;
    }
    return low;
}

}  // namespace

Result<std::vector<std::string>> find_disclosure_lines(const File& file, std::uint64_t seq) {
    std::vector<std::string> out;
    const Result<std::uint64_t> start = start_of(file, seq);
    if (!start) return start.error();
    LineScanner scanner(file, *start);
    while (true) {
        const Result<std::optional<std::string_view>> line = scanner.next();
        if (!line) return line.error();
        if (!*line) return out;
        const Result<std::uint64_t> found = disclosure_seq(**line);
        if (!found) continue;
        if (*found > seq) return out;
        if (*found == seq) out.emplace_back(**line);
    }
}

}  // namespace persandian::ledger
