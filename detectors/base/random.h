// SPDX-License-Identifier: Apache-2.0
//
// Randomness as an argument: detectors never ask the system for it. The daemon passes the
// operating system's generator, tests a fixed one.
#pragma once

#include <cstddef>
#include <span>

namespace persandian {

class RandomSource {
  public:
    virtual ~RandomSource() = default;
    /// Fills `out` with random bytes. Never fails: a source that cannot deliver aborts.
    virtual void fill(std::span<std::byte> out) = 0;
};

}  // namespace persandian
