// SPDX-License-Identifier: Apache-2.0
//
// ChildProcess: the inspector as its parent sees it. It is a fresh image of the same program (exec,
// not only fork), so that no byte of the signing key is in its memory.
#pragma once

#include <sys/types.h>

#include "daemon/runtime/channel.h"

namespace persandian::runtime {

/// The descriptor on which the inspector finds its channel.
inline constexpr int inspector_channel_fd = 3;
/// The argument that makes the program the inspector. Not for people.
inline constexpr const char* inspector_argument = "--inspector";

class ChildProcess {
  public:
    /// Starts this program as inspector. Throws std::runtime_error.
    static ChildProcess start();
    ChildProcess(ChildProcess&&) noexcept;
    ChildProcess& operator=(ChildProcess&&) = delete;
    /// Kills the child when it still runs, and collects it.
    ~ChildProcess();

    [[nodiscard]] Channel& channel() noexcept { return channel_; }
    [[nodiscard]] const Channel& channel() const noexcept { return channel_; }
    [[nodiscard]] pid_t id() const noexcept { return id_; }
    void kill() noexcept;
    /// Waits for the end; says how it ended: "exit status 1", "signal 11 (Segmentation fault)".
    [[nodiscard]] std::string wait() noexcept;

  private:
    ChildProcess(pid_t id, Channel channel);
    pid_t id_ = -1;
    Channel channel_;
};

}  // namespace persandian::runtime
