// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/child.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <sstream>
#include <stdexcept>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace persandian::bench {
namespace {

constexpr int not_found = 127;

double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

pid_t fork_or_throw() {
    std::fflush(nullptr);  // what is buffered is written once
    const pid_t pid = ::fork();
    if (pid < 0) throw std::runtime_error("cannot fork");
    return pid;
}

Child wait_for(pid_t pid) {
    int status = 0;
    rusage usage{};
    if (::wait4(pid, &status, 0, &usage) != pid)
        throw std::runtime_error("cannot wait for a child");
    Child out;
    out.process_cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
    out.peak_mib = static_cast<double>(usage.ru_maxrss) / 1024;
    out.ok = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (WIFSIGNALED(status)) out.problem = fmt::format("killed by signal {}", WTERMSIG(status));
    if (WIFEXITED(status) && !out.ok)
        out.problem = WEXITSTATUS(status) == not_found
                          ? "not installed"
                          : fmt::format("failed with exit status {}", WEXITSTATUS(status));
    return out;
}

// "value name\n"…, or "! what is wrong"
std::string report_of(const std::function<Measures()>& work) {
    try {
        std::string out;
        for (const auto& [name, value] : work()) out += fmt::format("{} {}\n", value, name);
        return out;
    } catch (const std::exception& error) {
        return fmt::format("! {}\n", error.what());
    }
}

[[noreturn]] void tell(int descriptor, const std::string& report) {
    std::size_t done = 0;
    while (done < report.size()) {
        const ssize_t count = ::write(descriptor, report.data() + done, report.size() - done);
        if (count <= 0) std::_Exit(EXIT_FAILURE);
        done += static_cast<std::size_t>(count);
    }
    std::_Exit(EXIT_SUCCESS);
}

std::string read_all(int descriptor) {
    std::string out;
    std::array<char, 4096> buffer{};
    ssize_t count = 0;
    while ((count = ::read(descriptor, buffer.data(), buffer.size())) > 0)
        out.append(buffer.data(), static_cast<std::size_t>(count));
    return out;
}

void take_report(const std::string& report, Child& child) {
    std::istringstream lines(report);
    for (std::string line; std::getline(lines, line);) {
        const std::size_t space = line.find(' ');
        if (space == std::string::npos) continue;
        if (line.front() == '!') {
            child.ok = false;
            child.problem = line.substr(space + 1);
        } else {
            child.measures[line.substr(space + 1)] = std::strtod(line.c_str(), nullptr);
        }
    }
}

}  // namespace

double Child::at(const std::string& name) const {
    const auto found = measures.find(name);
    return found == measures.end() ? 0 : found->second;
}

double Child::cpu_seconds() const {
    return measures.contains("cpu_seconds") ? at("cpu_seconds") : process_cpu_seconds;
}

Child run_function(const std::function<Measures()>& work) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("cannot make a pipe");
    const pid_t pid = fork_or_throw();
    if (pid == 0) tell(ends[1], report_of(work));
    ::close(ends[1]);
    const std::string report = read_all(ends[0]);
    ::close(ends[0]);
    Child out = wait_for(pid);
    take_report(report, out);
    return out;
}

Child run_program(const std::vector<std::string>& arguments) {
    std::vector<std::string> copies = arguments;
    std::vector<char*> pointers;
    for (std::string& copy : copies) pointers.push_back(copy.data());
    pointers.push_back(nullptr);
    const pid_t pid = fork_or_throw();
    if (pid == 0) {
        const int nowhere = ::open("/dev/null", O_RDWR);
        for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
            ::dup2(nowhere, descriptor);
        ::execvp(pointers.front(), pointers.data());
        std::_Exit(not_found);
    }
    return wait_for(pid);
}

}  // namespace persandian::bench
