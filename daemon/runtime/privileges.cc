// SPDX-License-Identifier: Apache-2.0
#include "daemon/runtime/privileges.h"

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include <cap-ng.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

namespace persandian::runtime {
namespace {

void forbid_new_privileges() {
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        throw std::runtime_error(std::string("cannot set no-new-privileges: ") +
                                 std::strerror(errno));
}

const passwd& look_up(const std::string& user) {
    errno = 0;
    const passwd* const entry = ::getpwnam(user.c_str());
    if (entry == nullptr)
        throw std::runtime_error("there is no user '" + user +
                                 "': run systemd-sysusers, or set 'user' in the configuration");
    return *entry;
}

void keep_only(bool keep_capture) {
    ::capng_get_caps_process();
    const bool raw = ::capng_have_capability(CAPNG_PERMITTED, CAP_NET_RAW) != 0;
    const bool admin = ::capng_have_capability(CAPNG_PERMITTED, CAP_NET_ADMIN) != 0;
    ::capng_clear(CAPNG_SELECT_BOTH);
    // Inheritable too: the inspector is a new image of the program and opens the devices.
    const auto sets =
        static_cast<capng_type_t>(CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_INHERITABLE);
    if (keep_capture && raw) ::capng_update(CAPNG_ADD, sets, CAP_NET_RAW);
    if (keep_capture && admin) ::capng_update(CAPNG_ADD, sets, CAP_NET_ADMIN);
}

/// Lets the capture capabilities that are left survive exec without being root. Where the kernel
/// refuses, the inspector says that it may not open the device.
void raise_ambient() {
    for (const int capability : {CAP_NET_RAW, CAP_NET_ADMIN})
        (void)::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0);
}

}  // namespace

void protect_process() {
    (void)::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    // A reader of our log or socket that is gone is no reason to end.
    (void)::signal(SIGPIPE, SIG_IGN);
}

void drop_privileges(const std::string& user, bool keep_capture) {
    keep_only(keep_capture);
    if (::geteuid() == 0 && !user.empty()) {
        const passwd& entry = look_up(user);
        const auto flags = static_cast<capng_flags_t>(CAPNG_INIT_SUPP_GRP | CAPNG_CLEAR_BOUNDING);
        if (const int error = ::capng_change_id(static_cast<int>(entry.pw_uid),
                                                static_cast<int>(entry.pw_gid), flags);
            error != 0)
            throw std::runtime_error("cannot become user '" + user + "' (capng_change_id " +
                                     std::to_string(error) + ")");
    } else if (::geteuid() != 0 && ::capng_apply(CAPNG_SELECT_CAPS) != 0) {
        throw std::runtime_error("cannot drop capabilities");
    }
    raise_ambient();
    forbid_new_privileges();
}

void drop_all_capabilities() {
    (void)::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    ::capng_clear(CAPNG_SELECT_BOTH);
    // The bounding set needs CAP_SETPCAP, which is gone by now; it grants nothing without file
    // capabilities.
    if (::capng_apply(CAPNG_SELECT_CAPS) != 0) throw std::runtime_error("cannot drop capabilities");
    forbid_new_privileges();
}

}  // namespace persandian::runtime
