// SPDX-License-Identifier: Apache-2.0
//
// The system's clock and random generator behind the ledger's interfaces.
#pragma once

#include "daemon/ledger/clock.h"
#include "detectors/base/check.h"
#include "detectors/base/random.h"

namespace persandian::ledger {

/// CLOCK_REALTIME and CLOCK_BOOTTIME; the error bound is the kernel's when the clock is kept in
/// step (ntp_adjtime), else not known.
class SystemClock : public Clock {
  public:
    [[nodiscard]] ClockReading read() override;
};

/// getrandom(2).
class SystemRandom : public RandomSource {
  public:
    void fill(std::span<std::byte> out) override;
};

}  // namespace persandian::ledger
