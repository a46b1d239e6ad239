// SPDX-License-Identifier: Apache-2.0
//
// Names of system calls, from libseccomp's tables (its architecture tokens are the kernel's
// AUDIT_ARCH numbers). The only file that includes it here.
#include <cstdlib>
#include <memory>

#include <seccomp.h>

#include "detectors/logs/audit_record.h"

namespace persandian::logs {

std::string audit_system_call_name(std::uint32_t arch, int number) {
    if (number < 0) return {};  // negative numbers are libseccomp's own
    struct Free {
        void operator()(char* text) const noexcept { std::free(text); }
    };
    const std::unique_ptr<char, Free> name(::seccomp_syscall_resolve_num_arch(arch, number));
    return name ? std::string(name.get()) : std::string();
}

}  // namespace persandian::logs
