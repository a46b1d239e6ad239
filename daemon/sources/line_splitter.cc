// SPDX-License-Identifier: Apache-2.0
#include "daemon/sources/line_splitter.h"

#include <algorithm>
#include <cstring>

#include "detectors/base/units.h"

namespace persandian::sources {
namespace {
constexpr std::size_t read_bytes = 64_KiB;
}

LineSplitter::LineSplitter(std::size_t max_line_bytes)
    : max_line_bytes_(std::max<std::size_t>(max_line_bytes, 1)),
      buffer_(max_line_bytes_ + read_bytes) {}

std::span<char> LineSplitter::space() {
    if (begin_ > 0) {
        std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        scan_ -= begin_;
        begin_ = 0;
    }
    return std::span(buffer_).subspan(end_);
}

void LineSplitter::filled(std::size_t count) {
    PERSANDIAN_CHECK(count <= buffer_.size() - end_);
    end_ += count;
}

/// `length` bytes from begin_ end a line, whose beginning may lie in head_.
void LineSplitter::deliver(std::size_t length, Line& out) {
    std::string_view text(buffer_.data() + begin_, length);
    out.truncated = swallowed_ > 0;
    delivered_ += swallowed_ + length;
    begin_ += length;
    if (out.truncated) {
        skipped_ += swallowed_ + length - head_.size();
        swallowed_ = 0;
        out.text = head_;
        return;
    }
    if (text.ends_with('\r')) text.remove_suffix(1);
    if (text.size() > max_line_bytes_) {
        skipped_ += text.size() - max_line_bytes_;
        text = text.substr(0, max_line_bytes_);
        out.truncated = true;
    }
    out.text = text;
}

bool LineSplitter::next(Line& out) {
    const auto* const found = static_cast<const char*>(
        scan_ < end_ ? std::memchr(buffer_.data() + scan_, '\n', end_ - scan_) : nullptr);
    if (found != nullptr) {
        const auto at = static_cast<std::size_t>(found - buffer_.data());
        deliver(at - begin_, out);
        ++begin_;  // the line end itself
        ++delivered_;
        scan_ = begin_;
        return true;
    }
    scan_ = end_;
    if (swallowed_ == 0 && end_ - begin_ > max_line_bytes_)
        head_.assign(buffer_.data() + begin_, max_line_bytes_);
    if (swallowed_ > 0 || end_ - begin_ > max_line_bytes_) {
        swallowed_ += end_ - begin_;
        begin_ = scan_ = end_ = 0;
    }
    return false;
}

bool LineSplitter::last(Line& out) {
    if (pending_bytes() == 0) return false;
    deliver(end_ - begin_, out);
    scan_ = begin_;
    return true;
}

void LineSplitter::clear() {
    begin_ = scan_ = end_ = 0;
    swallowed_ = 0;
    delivered_ = 0;
}

}  // namespace persandian::sources
