// SPDX-License-Identifier: Apache-2.0
//
// Channel: messages over a stream socket, to the other process or to a client of the control
// socket.
#pragma once

#include <optional>
#include <string>

#include "daemon/runtime/wire.h"

namespace persandian::runtime {

/// A file descriptor that closes itself.
class FileDescriptor {
  public:
    FileDescriptor() = default;
    explicit FileDescriptor(int fd) noexcept : fd_(fd) {}
    ~FileDescriptor() { reset(); }
    FileDescriptor(FileDescriptor&& other) noexcept : fd_(other.release()) {}
    FileDescriptor& operator=(FileDescriptor&& other) noexcept {
        if (this != &other) reset(other.release());
        return *this;
    }
    [[nodiscard]] int get() const noexcept { return fd_; }
    [[nodiscard]] bool is_open() const noexcept { return fd_ >= 0; }
    int release() noexcept {
        const int fd = fd_;
        fd_ = -1;
        return fd;
    }
    void reset(int fd = -1) noexcept;

  private:
    int fd_ = -1;
};

/// Sends and receives whole messages. Single-threaded. Never raises SIGPIPE.
class Channel {
  public:
    explicit Channel(FileDescriptor socket) : socket_(std::move(socket)) {}

    /// Buffers a message; flush() or a full buffer (256 KiB) sends it. Blocks while the other side
    /// does not read: back-pressure ends in the kernel's capture ring, which counts what it drops.
    /// False when the other side is gone.
    bool send(const Message& message);
    bool flush();

    /// Buffers a message without ever waiting; flush_some() sends it. For a process that must stay
    /// awake whatever the other side does: the buffer grows with what is queued, so only messages
    /// of its own making go this way.
    void queue(const Message& message) { append_frame(outgoing_, message); }
    /// Sends what the other side takes at once. False when it is gone.
    bool flush_some();
    [[nodiscard]] bool has_outgoing() const noexcept { return sent_ < outgoing_.size(); }

    enum class Receive { message, nothing, closed, broken };
    /// The next message that is already here, without blocking. `broken`: the other side breaks the
    /// format; `error` says how. After closed or broken nothing more comes.
    Receive receive(std::optional<Message>& message, Error& error);

    [[nodiscard]] int fd() const noexcept { return socket_.get(); }

  private:
    FileDescriptor socket_;
    std::string outgoing_;
    std::size_t sent_ = 0;  ///< of outgoing_
    FrameBuffer incoming_;
};

}  // namespace persandian::runtime
