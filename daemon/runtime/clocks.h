// SPDX-License-Identifier: Apache-2.0
//
// The two clocks of the processes; detectors/ asks none.
#pragma once

#include <time.h>

#include "detectors/base/timestamp.h"

namespace persandian::runtime {

[[nodiscard]] inline Timestamp clock_now(clockid_t clock) noexcept {
    timespec now{};
    ::clock_gettime(clock, &now);
    return Timestamp::from_seconds(now.tv_sec, now.tv_nsec);
}

[[nodiscard]] inline Timestamp wall_now() noexcept {
    return clock_now(CLOCK_REALTIME);
}

/// For intervals: the wall clock may jump. Without the time that the machine slept: nobody is late
/// for that.
[[nodiscard]] inline Timestamp monotonic_now() noexcept {
    return clock_now(CLOCK_MONOTONIC);
}

}  // namespace persandian::runtime
