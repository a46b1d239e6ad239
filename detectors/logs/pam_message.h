// SPDX-License-Identifier: Apache-2.0
//
// What PAM modules write through the program that called them: "pam_unix(sshd:session): session
// opened for user root by ubuntu(uid=0)", "pam_unix(sudo:auth): authentication failure; … rhost=…
// user=…". Shared by sshd and sudo.
#pragma once

#include <optional>
#include <string_view>

namespace persandian::logs {

/// Views into the message.
struct PamMessage {
    std::string_view action;  ///< pam_authentication_failure, pam_session_opened,
                              ///< pam_session_closed, pam_user_unknown, pam_other; static storage
    std::string_view user;    ///< whose account it is about
    std::string_view by;      ///< who asked for it
    std::string_view remote;  ///< rhost, address or name
    std::string_view tty;
};

/// nullopt when the message is not a PAM module's.
[[nodiscard]] std::optional<PamMessage> parse_pam_message(std::string_view message) noexcept;
/// The same for what follows "pam_unix(…): ", or stands alone when the tag names the module
/// ("sshd(pam_unix)[4711]: session opened for user budi").
[[nodiscard]] PamMessage parse_pam_body(std::string_view text) noexcept;

}  // namespace persandian::logs
