// SPDX-License-Identifier: Apache-2.0
//
// Giving up root. The recorder keeps only what re-opening a capture device takes (CAP_NET_RAW); the
// inspector keeps nothing.
#pragma once

#include <string>

namespace persandian::runtime {

/// Becomes `user` with that user's groups when the process is root, keeping CAP_NET_RAW and
/// CAP_NET_ADMIN when `keep_capture` and they are there; otherwise drops all other capabilities it
/// has. Sets no-new-privileges. Throws std::runtime_error with a remedy.
void drop_privileges(const std::string& user, bool keep_capture);

/// Keeps other processes of the same user out of this one's memory, which therefore leaves no core
/// dumps, and ignores SIGPIPE. Call after each change of user: that resets the former.
void protect_process();

/// Drops every capability and sets no-new-privileges. Throws std::runtime_error.
void drop_all_capabilities();

}  // namespace persandian::runtime
