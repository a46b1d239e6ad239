// SPDX-License-Identifier: Apache-2.0
#include "tools/persandian/event_lines.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

#include "tools/persandian/cli.h"

namespace persandian::cli {

LineReader::LineReader(const std::string& path)
    : descriptor_(path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC)),
      path_(path) {
    if (descriptor_ < 0) throw Failure(no_input, path + ": cannot be opened for reading");
}

LineReader::~LineReader() {
    if (descriptor_ != STDIN_FILENO) ::close(descriptor_);
}

bool LineReader::next(LineBlock& block) {
    block.text = std::move(rest_);
    rest_.clear();
    block.first_line = next_line_;
    std::size_t last_newline = std::string::npos;
    while (last_newline == std::string::npos && !ended_) {
        const std::size_t size = block.text.size();
        if (size >= max_line_bytes) break;
        fill(block.text);
        last_newline = block.text.rfind('\n');
        if (last_newline != std::string::npos && last_newline < size)
            last_newline = std::string::npos;
    }
    if (block.text.empty()) return false;
    last_newline = block.text.rfind('\n');
    if (last_newline == std::string::npos && !ended_) {
        skip_line();
    } else if (last_newline != std::string::npos && !ended_) {
        rest_ = block.text.substr(last_newline + 1);
        block.text.resize(last_newline + 1);
    }
    for (std::size_t at = block.text.find('\n'); at != std::string::npos;
         at = block.text.find('\n', at + 1))
        ++next_line_;
    return true;
}

void LineReader::fill(std::string& text) {
    const std::size_t size = text.size();
    text.resize(size + block_bytes);
    std::size_t filled = size;
    while (filled < text.size()) {
        const ssize_t got = ::read(descriptor_, text.data() + filled, text.size() - filled);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw Failure(io_error, path_ + ": " + std::strerror(errno));
        if (got == 0) {
            ended_ = true;
            break;
        }
        filled += static_cast<std::size_t>(got);
    }
    text.resize(filled);
}

/// The rest of a line that is too long.
void LineReader::skip_line() {
    std::string more;
    while (!ended_) {
        more.clear();
        fill(more);
        const std::size_t newline = more.find('\n');
        if (newline == std::string::npos) continue;
        rest_ = more.substr(newline + 1);
        break;
    }
    ++next_line_;
}

void feed(const LineBlock& block, const std::string& source_name, const std::string& format,
          logs::LogRoom& room) {
    std::string_view rest = block.text;
    LogLine line;
    line.source_name = source_name;
    line.format = format;
    line.number = block.first_line;
    while (!rest.empty()) {
        const std::size_t newline = rest.find('\n');
        line.text = rest.substr(0, newline);
        if (line.text.ends_with('\r')) line.text.remove_suffix(1);
        rest.remove_prefix(newline == std::string_view::npos ? rest.size() : newline + 1);
        if (!line.text.empty()) room.on_line(line);
        ++line.number;
    }
}

void read_events(const std::string& path, const std::string& format, EventSink& sink) {
    LineReader reader(path);
    logs::LogRoom room(sink);
    for (LineBlock block; reader.next(block);) feed(block, path, format, room);
    room.finish();
}

void check_format(const std::string& format) {
    if (format == "auto" || format == "plain" || logs::find_format(format) != nullptr) return;
    std::string known = "auto, plain";
    for (const logs::LogEntry* entry : logs::catalog()) known += ", " + std::string(entry->name);
    throw Failure(usage, "unknown log format '" + format + "'; known: " + known);
}

}  // namespace persandian::cli
