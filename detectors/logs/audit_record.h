// SPDX-License-Identifier: Apache-2.0
//
// One record (line) of the Linux audit log, taken apart: its header, its name=value pairs, and the
// decoding of values that the kernel writes as hexadecimal because they hold odd bytes.
// Source of truth: audit-userspace, auparse; the kernel's audit_log_untrustedstring().
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "detectors/base/ip_address.h"
#include "detectors/event/log_line.h"

namespace persandian::logs {

/// `[node=N ]type=T msg=audit(SECONDS.MS:SERIAL): BODY`; views into the line.
struct AuditRecord {
    std::string_view node;  ///< node=, or the host of a syslog header around it
    std::string_view
        type;  ///< by name: SYSCALL, EXECVE, …; numbers the kernel log uses are translated
    Timestamp time;
    std::uint64_t serial = 0;
    std::string_view body;
};

/// nullopt when the line is no audit record. Reads records bare, behind a syslog header of
/// audispd or audisp-syslog, and in the kernel log ("kernel: audit: type=1400 audit(…): …").
[[nodiscard]] std::optional<AuditRecord> parse_audit_record(const LogLine& line) noexcept;

/// One name=value of a record. Quotes are removed; `quoted` tells whether there were any.
struct AuditPair {
    std::string_view name;
    std::string_view value;
    bool quoted = false;
};

/// Calls `each` for all pairs of a body in order, those inside msg='…' and those behind the
/// enriched part's separator included. Words without "=" are passed over.
void for_each_audit_pair(std::string_view body, const std::function<void(const AuditPair&)>& each);

/// Whether values of this name are untrusted strings, written quoted or as hexadecimal.
[[nodiscard]] bool is_encoded_name(std::string_view name) noexcept;

/// The text of an untrusted string: unquoted hexadecimal is decoded; "(null)" and "?" stay.
/// Anything that is not hexadecimal is returned as it is.
[[nodiscard]] std::string decoded_audit_text(const AuditPair& pair);

/// What saddr= of a SOCKADDR record holds.
struct AuditSocketAddress {
    std::optional<IpAddress> address;
    std::uint16_t port = 0;
    std::string path;  ///< of a Unix socket; an abstract one starts with '@'
};
[[nodiscard]] std::optional<AuditSocketAddress> parse_audit_socket_address(std::string_view hex);

/// "execve" for 59 on x86_64 (`arch` is the record's AUDIT_ARCH number); empty when unknown.
[[nodiscard]] std::string audit_system_call_name(std::uint32_t arch, int number);

}  // namespace persandian::logs
