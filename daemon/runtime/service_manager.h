// SPDX-License-Identifier: Apache-2.0
//
// What systemd wants to hear: READY, RELOADING, STOPPING, STATUS, WATCHDOG. Does nothing when the
// program was not started by a service manager.
#pragma once

#include <string_view>

#include "detectors/base/timestamp.h"

namespace persandian::runtime {

void notify_ready(std::string_view status);
void notify_reloading();
void notify_stopping();
void notify_status(std::string_view status);
void notify_watchdog();
/// How often the service manager wants notify_watchdog(), already halved; 0 = not at all.
[[nodiscard]] Duration watchdog_interval();

}  // namespace persandian::runtime
