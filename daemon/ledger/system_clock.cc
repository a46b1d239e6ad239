// SPDX-License-Identifier: Apache-2.0
#include "daemon/ledger/system_clock.h"

#include <cerrno>
#include <ctime>

#include <sys/random.h>
#include <sys/timex.h>

namespace persandian::ledger {
namespace {

std::int64_t read_ns(clockid_t clock) {
    timespec time{};
    PERSANDIAN_CHECK(::clock_gettime(clock, &time) == 0);
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

ClockReading SystemClock::read() {
    ClockReading out;
    out.now.ns = read_ns(CLOCK_REALTIME);
    out.monotonic_ns = read_ns(CLOCK_BOOTTIME);
    timex state{};
    const int status = ::adjtimex(&state);
    if (status >= 0 && status != TIME_ERROR && (state.status & STA_UNSYNC) == 0)
        out.error_bound_ns = std::int64_t{state.maxerror} * 1000;
    return out;
}

void SystemRandom::fill(std::span<std::byte> out) {
    while (!out.empty()) {
        const ssize_t got = ::getrandom(out.data(), out.size(), 0);
        if (got < 0 && errno == EINTR) continue;
        PERSANDIAN_CHECK(got > 0);
        out = out.subspan(static_cast<std::size_t>(got));
    }
}

}  // namespace persandian::ledger
