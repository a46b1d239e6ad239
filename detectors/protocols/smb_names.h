// SPDX-License-Identifier: Apache-2.0
//
// Numbers of SMB and their names, as EVE writes them. Static storage.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace persandian::protocols::smb {

/// MS-SMB2 section 2.2.1.2.
enum class Command : std::uint16_t {
    negotiate = 0,
    session_setup = 1,
    logoff = 2,
    tree_connect = 3,
    tree_disconnect = 4,
    create = 5,
    close = 6,
    flush = 7,
    read = 8,
    write = 9,
    lock = 10,
    ioctl = 11,
    cancel = 12,
    echo = 13,
    query_directory = 14,
    change_notify = 15,
    query_info = 16,
    set_info = 17,
    oplock_break = 18,
};

/// Whether there are events about it.
[[nodiscard]] bool is_told(Command command) noexcept;
/// "SMB2_COMMAND_CREATE".
[[nodiscard]] std::string_view command_name(Command command) noexcept;
/// "3.11"; in hexadecimal when unknown.
[[nodiscard]] std::string dialect_name(std::uint16_t dialect);
/// "STATUS_LOGON_FAILURE"; "UNKNOWN" when it is not one of the usual ones.
[[nodiscard]] std::string_view status_name(std::uint32_t status) noexcept;
/// "FILE_OPEN", MS-SMB2 section 2.2.13.
[[nodiscard]] std::string_view disposition_name(std::uint32_t disposition) noexcept;
/// "DISK", MS-SMB2 section 2.2.10.
[[nodiscard]] std::string_view share_type_name(std::uint8_t type) noexcept;

}  // namespace persandian::protocols::smb
