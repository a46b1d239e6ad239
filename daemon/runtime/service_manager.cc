// SPDX-License-Identifier: Apache-2.0
#include "daemon/runtime/service_manager.h"

#include <cstdint>
#include <string>

#include <systemd/sd-daemon.h>
#include <time.h>

#include "detectors/base/encoding.h"

namespace persandian::runtime {

void notify_ready(std::string_view status) {
    ::sd_notify(0, ("READY=1\nSTATUS=" + escape_for_terminal(status)).c_str());
}

void notify_reloading() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    const std::int64_t us = std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
    ::sd_notify(0, ("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(us)).c_str());
}

void notify_stopping() {
    ::sd_notify(0, "STOPPING=1");
}

void notify_status(std::string_view status) {
    ::sd_notify(0, ("STATUS=" + escape_for_terminal(status)).c_str());
}

void notify_watchdog() {
    ::sd_notify(0, "WATCHDOG=1");
}

Duration watchdog_interval() {
    std::uint64_t us = 0;
    if (::sd_watchdog_enabled(0, &us) <= 0) return {};
    return {static_cast<std::int64_t>(us) * 1000 / 2};
}

}  // namespace persandian::runtime
