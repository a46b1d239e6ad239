// SPDX-License-Identifier: Apache-2.0
//
// The times that captures may carry.
#pragma once

#include <algorithm>
#include <cstdint>

#include "detectors/base/timestamp.h"

namespace persandian::sources {

/// Capture files may carry any time. What lies further from 1970 (1823, 2116) is set to this bound,
/// so that differences of two times, and times plus a window, stay within their type.
inline constexpr std::int64_t farthest_ns = INT64_MAX / 2;

/// `fraction_ns` may be as large as a file's 32-bit field allows.
[[nodiscard]] inline Timestamp capture_time(std::int64_t seconds,
                                            std::int64_t fraction_ns) noexcept {
    constexpr std::int64_t farthest_seconds = farthest_ns / 1'000'000'000;
    const Timestamp time = Timestamp::from_seconds(
        std::clamp(seconds, -farthest_seconds, farthest_seconds), fraction_ns);
    return {std::clamp(time.ns, -farthest_ns, farthest_ns)};
}

}  // namespace persandian::sources
