// SPDX-License-Identifier: Apache-2.0
#include "daemon/runtime/child_process.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace persandian::runtime {
namespace {

constexpr const char* own_program = "/proc/self/exe";

/// In the child, between fork and exec: only calls that are safe there.
[[noreturn]] void become_inspector(int channel, pid_t parent) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(71);  // it died before we asked to die with it
    if (channel == inspector_channel_fd) {
        ::fcntl(channel, F_SETFD, 0);
    } else {
        ::dup2(channel, inspector_channel_fd);
    }
    ::close_range(inspector_channel_fd + 1, ~0U, 0);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    std::array<char, 16> name{"persandiand"};
    std::array<char, 16> argument{"--inspector"};
    std::array<char*, 3> arguments = {name.data(), argument.data(), nullptr};
    ::execv(own_program, arguments.data());
    ::_exit(71);
}

}  // namespace

ChildProcess::ChildProcess(pid_t id, Channel channel) : id_(id), channel_(std::move(channel)) {}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : id_(std::exchange(other.id_, -1)), channel_(std::move(other.channel_)) {}

ChildProcess ChildProcess::start() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
        throw std::runtime_error(std::string("cannot make a socket pair: ") + std::strerror(errno));
    FileDescriptor ours(ends[0]);
    const FileDescriptor theirs(ends[1]);
    const pid_t parent = ::getpid();
    const pid_t id = ::fork();
    if (id < 0)
        throw std::runtime_error(std::string("cannot start the inspector: ") +
                                 std::strerror(errno));
    if (id == 0) become_inspector(theirs.get(), parent);
    return {id, Channel(std::move(ours))};
}

ChildProcess::~ChildProcess() {
    if (id_ < 0) return;
    kill();
    (void)wait();
}

void ChildProcess::kill() noexcept {
    if (id_ > 0) ::kill(id_, SIGKILL);
}

std::string ChildProcess::wait() noexcept {
    if (id_ < 0) return "not running";
    int status = 0;
    while (::waitpid(id_, &status, 0) < 0 && errno == EINTR) {
    }
    id_ = -1;
    if (WIFSIGNALED(status))
        return fmt::format("signal {} ({})", WTERMSIG(status), ::strsignal(WTERMSIG(status)));
    return fmt::format("exit status {}", WEXITSTATUS(status));
}

}  // namespace persandian::runtime
