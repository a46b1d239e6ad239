// SPDX-License-Identifier: Apache-2.0
#include "detectors/protocols/smb_names.h"

#include <array>

#include <fmt/format.h>

namespace persandian::protocols::smb {

bool is_told(Command command) noexcept {
    switch (command) {
        case Command::negotiate:
        case Command::session_setup:
        case Command::tree_connect:
        case Command::create:
        case Command::set_info:
            return true;
        default:
            return false;
    }
}

std::string_view command_name(Command command) noexcept {
    constexpr std::array<std::string_view, 19> names = {"SMB2_COMMAND_NEGOTIATE_PROTOCOL",
                                                        "SMB2_COMMAND_SESSION_SETUP",
                                                        "SMB2_COMMAND_SESSION_LOGOFF",
                                                        "SMB2_COMMAND_TREE_CONNECT",
                                                        "SMB2_COMMAND_TREE_DISCONNECT",
                                                        "SMB2_COMMAND_CREATE",
                                                        "SMB2_COMMAND_CLOSE",
                                                        "SMB2_COMMAND_FLUSH",
                                                        "SMB2_COMMAND_READ",
                                                        "SMB2_COMMAND_WRITE",
                                                        "SMB2_COMMAND_LOCK",
                                                        "SMB2_COMMAND_IOCTL",
                                                        "SMB2_COMMAND_CANCEL",
                                                        "SMB2_COMMAND_KEEPALIVE",
                                                        "SMB2_COMMAND_FIND",
                                                        "SMB2_COMMAND_CHANGE_NOTIFY",
                                                        "SMB2_COMMAND_GET_INFO",
                                                        "SMB2_COMMAND_SET_INFO",
                                                        "SMB2_COMMAND_OPLOCK_BREAK"};
    const auto index = static_cast<std::size_t>(command);
    return index < names.size() ? names[index] : "UNKNOWN";
}

std::string dialect_name(std::uint16_t dialect) {
    switch (dialect) {
        case 0x0202:
            return "2.02";
        case 0x0210:
            return "2.10";
        case 0x02FF:
            return "2.??";
        case 0x0300:
            return "3.00";
        case 0x0302:
            return "3.02";
        case 0x0311:
            return "3.11";
        default:
            return fmt::format("{:#06x}", dialect);
    }
}

std::string_view status_name(std::uint32_t status) noexcept {
    struct Named {
        std::uint32_t status;
        std::string_view name;
    };
    constexpr std::array<Named, 26> names = {{
        {0x00000000, "STATUS_SUCCESS"},
        {0x00000103, "STATUS_PENDING"},
        {0x80000006, "STATUS_NO_MORE_FILES"},
        {0xC0000016, "STATUS_MORE_PROCESSING_REQUIRED"},
        {0xC0000022, "STATUS_ACCESS_DENIED"},
        {0xC0000023, "STATUS_BUFFER_TOO_SMALL"},
        {0xC000000D, "STATUS_INVALID_PARAMETER"},
        {0xC000000F, "STATUS_NO_SUCH_FILE"},
        {0xC0000033, "STATUS_OBJECT_NAME_INVALID"},
        {0xC0000034, "STATUS_OBJECT_NAME_NOT_FOUND"},
        {0xC0000035, "STATUS_OBJECT_NAME_COLLISION"},
        {0xC000003A, "STATUS_OBJECT_PATH_NOT_FOUND"},
        {0xC0000043, "STATUS_SHARING_VIOLATION"},
        {0xC0000056, "STATUS_DELETE_PENDING"},
        {0xC0000064, "STATUS_NO_SUCH_USER"},
        {0xC000006A, "STATUS_WRONG_PASSWORD"},
        {0xC000006D, "STATUS_LOGON_FAILURE"},
        {0xC000006E, "STATUS_ACCOUNT_RESTRICTION"},
        {0xC0000071, "STATUS_PASSWORD_EXPIRED"},
        {0xC0000072, "STATUS_ACCOUNT_DISABLED"},
        {0xC00000BB, "STATUS_NOT_SUPPORTED"},
        {0xC00000CC, "STATUS_BAD_NETWORK_NAME"},
        {0xC0000203, "STATUS_USER_SESSION_DELETED"},
        {0xC0000225, "STATUS_NOT_FOUND"},
        {0xC0000234, "STATUS_ACCOUNT_LOCKED_OUT"},
        {0xC000035C, "STATUS_NETWORK_SESSION_EXPIRED"},
    }};
    for (const Named& known : names)
        if (known.status == status) return known.name;
    return "UNKNOWN";
}

std::string_view disposition_name(std::uint32_t disposition) noexcept {
    constexpr std::array<std::string_view, 6> names = {"FILE_SUPERSEDE", "FILE_OPEN",
                                                       "FILE_CREATE",    "FILE_OPEN_IF",
                                                       "FILE_OVERWRITE", "FILE_OVERWRITE_IF"};
    return disposition < names.size() ? names[disposition] : "UNKNOWN";
}

std::string_view share_type_name(std::uint8_t type) noexcept {
    switch (type) {
        case 1:
            return "DISK";
        case 2:
            return "PIPE";
        case 3:
            return "PRINT";
        default:
            return "UNKNOWN";
    }
}

}  // namespace persandian::protocols::smb
