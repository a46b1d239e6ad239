// SPDX-License-Identifier: Apache-2.0
#include "detectors/logs/pam_message.h"

#include "detectors/logs/text_scan.h"

namespace persandian::logs {
namespace {

/// The word after `key`, which ends in '='; empty when it does not occur.
std::string_view value_after(std::string_view text, std::string_view key) noexcept {
    const std::size_t at = text.find(key);
    if (at == std::string_view::npos) return {};
    return TextScanner(text.substr(at + key.size())).word();
}

PamMessage read_failure(std::string_view text) noexcept {
    PamMessage out;
    out.action = "pam_authentication_failure";
    out.tty = value_after(text, " tty=");
    out.by = value_after(text, " ruser=");
    out.remote = value_after(text, " rhost=");
    const std::size_t at = text.rfind(" user=");
    if (at != std::string_view::npos) out.user = text.substr(at + 6);
    return out;
}

PamMessage read_session(std::string_view text, std::string_view action) noexcept {
    PamMessage out;
    out.action = action;
    const std::size_t at = text.find(" for user ");
    if (at == std::string_view::npos) return out;
    text.remove_prefix(at + 10);
    const std::size_t by = text.rfind(" by ");
    out.user = text.substr(0, by);
    if (by != std::string_view::npos) out.by = text.substr(by + 4);
    out.by = out.by.substr(0, out.by.rfind("(uid="));
    out.user = out.user.substr(0, out.user.rfind("(uid="));
    return out;
}

}  // namespace

PamMessage parse_pam_body(std::string_view text) noexcept {
    if (text.starts_with("authentication failure;")) return read_failure(text);
    if (text.starts_with("session opened ")) return read_session(text, "pam_session_opened");
    if (text.starts_with("session closed ")) return read_session(text, "pam_session_closed");
    PamMessage out;
    out.action = text.starts_with("check pass; user unknown") ? "pam_user_unknown" : "pam_other";
    return out;
}

std::optional<PamMessage> parse_pam_message(std::string_view message) noexcept {
    TextScanner in(message);
    if (in.literal("pam_")) {
        if (!in.until("): ")) return std::nullopt;
        return parse_pam_body(in.rest());
    }
    if (in.literal("PAM ")) {  // "PAM 4 more authentication failures; logname= … rhost=… user=…"
        (void)in.number(9);
        if (!in.literal(" more authentication failure")) return std::nullopt;
        PamMessage out = read_failure(in.rest());
        out.action = "pam_more_authentication_failures";
        return out;
    }
    return std::nullopt;
}

}  // namespace persandian::logs
