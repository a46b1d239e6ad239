// SPDX-License-Identifier: Apache-2.0
//
// Time for the ledger's writer, as an argument: the daemon passes the system's clock
// (system_clock.h), replay its file time, tests a fixed one.
#pragma once

#include <cstdint>

#include "detectors/base/timestamp.h"

namespace persandian::ledger {

struct ClockReading {
    Timestamp now;                  ///< UTC; goes into `ts`
    std::int64_t monotonic_ns = 0;  ///< any origin, never steps back; `mono` is counted from open()
    std::int64_t error_bound_ns = -1;  ///< how far `now` may be off, -1 = not known
};

class Clock {
  public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual ClockReading read() = 0;
};

}  // namespace persandian::ledger
