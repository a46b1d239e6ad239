// SPDX-License-Identifier: Apache-2.0
#include "tools/persandian/event_file.h"

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "tools/persandian/cli.h"

namespace persandian::cli {

EventFile::EventFile(const std::string& path)
    : path_(path), file_(path == "-" ? stdout : std::fopen(path.c_str(), "wb")) {
    if (file_ == nullptr)
        throw Failure(io_error, fmt::format("{}: {}", path, std::strerror(errno)));
}

EventFile::~EventFile() {
    if (file_ != stdout) std::fclose(file_);
}

void EventFile::on_event(const Event& event) {
    writer_.append(buffer_, event);
    buffer_ += '\n';
    if (buffer_.size() >= flush_at_bytes) write_buffer();
}

void EventFile::finish() {
    write_buffer();
    if (std::fflush(file_) != 0 && problem_ == 0) problem_ = errno;
    if (problem_ != 0)
        throw Failure(io_error, fmt::format("{}: {}", path_, std::strerror(problem_)));
}

void EventFile::write_buffer() {
    if (problem_ == 0 && std::fwrite(buffer_.data(), 1, buffer_.size(), file_) != buffer_.size())
        problem_ = errno;
    buffer_.clear();
}

}  // namespace persandian::cli
