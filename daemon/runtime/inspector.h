// SPDX-License-Identifier: Apache-2.0
//
// Inspector: the process that reads foreign bytes. It holds no key and cannot open the ledger; what
// it finds leaves through its channel. Reads capture devices and log files, runs the event stage,
// compiles new rules beside the work.
#pragma once

#include "daemon/runtime/channel.h"

namespace persandian::runtime {

/// Runs the inspector over `channel` until it is told to drain or the recorder is gone. Returns the
/// exit code: 0 drained, 69 a source could not be opened, 70 the recorder broke the message format.
int run_inspector(FileDescriptor channel);

}  // namespace persandian::runtime
