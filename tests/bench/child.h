// SPDX-License-Identifier: Apache-2.0
//
// Work in a process of its own, so that its CPU time and its peak memory are its own. The caller
// has one thread and little memory: a forked child begins with as much.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace persandian::bench {

/// What the work says of itself, by name; numbers only, names without line feeds.
using Measures = std::map<std::string, double>;

/// What became of a child.
struct Child {
    bool ok = false;
    std::string problem;             ///< for people; empty when ok
    Measures measures;               ///< of a function; empty for a program
    double process_cpu_seconds = 0;  ///< user and system, from its beginning to its end
    double peak_mib = 0;

    /// 0 when there is none of this name.
    [[nodiscard]] double at(const std::string& name) const;
    /// "cpu_seconds" of its measures, else those of the whole process.
    [[nodiscard]] double cpu_seconds() const;
};

/// Runs `work` in a forked process and waits. An exception of it is the child's problem.
[[nodiscard]] Child run_function(const std::function<Measures()>& work);

/// Runs a program, found on PATH, with its output thrown away, and waits.
[[nodiscard]] Child run_program(const std::vector<std::string>& arguments);

}  // namespace persandian::bench
