// SPDX-License-Identifier: Apache-2.0
#include "daemon/runtime/channel.h"

#include <array>
#include <cerrno>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace persandian::runtime {
namespace {
constexpr std::size_t flush_at_bytes = 256_KiB;
constexpr std::size_t read_at_once_bytes = 64_KiB;
}  // namespace

void FileDescriptor::reset(int fd) noexcept {
    if (fd_ >= 0) ::close(fd_);
    fd_ = fd;
}

bool Channel::send(const Message& message) {
    append_frame(outgoing_, message);
    return outgoing_.size() < flush_at_bytes || flush();
}

bool Channel::flush() {
    while (has_outgoing()) {
        if (!flush_some()) return false;
        if (!has_outgoing()) break;
        pollfd wait{socket_.get(), POLLOUT, 0};
        ::poll(&wait, 1, -1);
    }
    return true;
}

bool Channel::flush_some() {
    while (has_outgoing()) {
        const ssize_t count = ::send(socket_.get(), outgoing_.data() + sent_,
                                     outgoing_.size() - sent_, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count >= 0) {
            sent_ += static_cast<std::size_t>(count);
        } else if (errno == EAGAIN) {
            return true;
        } else if (errno != EINTR) {
            return false;
        }
    }
    outgoing_.clear();
    sent_ = 0;
    return true;
}

Channel::Receive Channel::receive(std::optional<Message>& message, Error& error) {
    while (true) {
        ByteView frame;
        if (incoming_.front(frame)) {
            Result<Message> parsed = parse_frame(frame);
            incoming_.pop();
            if (!parsed) {
                error = parsed.error();
                return Receive::broken;
            }
            message = std::move(*parsed);
            return Receive::message;
        }
        if (incoming_.broken()) {
            error = {ErrorCode::limit, "a message is longer than allowed"};
            return Receive::broken;
        }
        std::array<std::byte, read_at_once_bytes> bytes;  // filled by recv
        const ssize_t count = ::recv(socket_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
        if (count > 0) {
            incoming_.append(ByteView(bytes).first(static_cast<std::size_t>(count)));
        } else if (count == 0) {
            return Receive::closed;
        } else if (errno == EAGAIN) {
            return Receive::nothing;
        } else if (errno != EINTR) {
            return Receive::closed;
        }
    }
}

}  // namespace persandian::runtime
