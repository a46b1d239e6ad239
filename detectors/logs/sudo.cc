// SPDX-License-Identifier: Apache-2.0
//
// sudo: who ran what as whom, and who was not allowed to. Reads syslog lines of sudo and bare
// messages. Source of truth: sudo's manual, section "Log format".
#include <array>

#include "detectors/event/common_fields.h"
#include "detectors/logs/log_parser.h"
#include "detectors/logs/pam_message.h"
#include "detectors/logs/syslog_header.h"
#include "detectors/logs/text_scan.h"

namespace persandian::logs {
namespace {

constexpr Field sudo_result{"sudo.result", FieldKind::text,
                            "success, denied, failed, pam_authentication_failure, "
                            "pam_session_opened, pam_session_closed, error, other",
                            "sudo(8)"};
constexpr Field sudo_reason{"sudo.reason", FieldKind::text, "why it was refused, in sudo's words"};
constexpr Field sudo_command{"sudo.command", FieldKind::text, "command line asked for", "sudo(8)"};
constexpr Field sudo_target_user{"sudo.target_user", FieldKind::text, "account the command runs as",
                                 "sudo(8)"};
constexpr Field sudo_target_group{"sudo.target_group", FieldKind::text, "group the command runs as",
                                  "sudo(8)"};
constexpr Field sudo_tty{"sudo.tty", FieldKind::text, "terminal of the caller", "sudo(8)"};
constexpr Field sudo_pwd{"sudo.pwd", FieldKind::text, "working directory of the caller", "sudo(8)"};
constexpr Field sudo_chroot{"sudo.chroot", FieldKind::text, "root directory asked for", "sudo(8)"};
constexpr Field sudo_env{"sudo.env", FieldKind::text, "environment set on the command line",
                         "sudo(8)"};

constexpr std::array<const Field*, 13> all_fields = {&sudo_result,
                                                     &sudo_reason,
                                                     &sudo_command,
                                                     &sudo_target_user,
                                                     &sudo_target_group,
                                                     &sudo_tty,
                                                     &sudo_pwd,
                                                     &sudo_chroot,
                                                     &sudo_env,
                                                     &fields::syslog_program,
                                                     &fields::syslog_pid,
                                                     &fields::syslog_facility,
                                                     &fields::syslog_severity};

struct Part {
    std::string_view key;
    const Field* field;
};
// COMMAND takes the rest of the line, so a command cannot forge the parts before it.
constexpr std::array parts = {
    Part{"TTY=", &sudo_tty},          Part{"CHROOT=", &sudo_chroot},      Part{"PWD=", &sudo_pwd},
    Part{"USER=", &sudo_target_user}, Part{"GROUP=", &sudo_target_group}, Part{"ENV=", &sudo_env},
};

/// "ubuntu : 3 incorrect password attempts ; TTY=pts/0 ; PWD=/srv ; USER=root ; COMMAND=/bin/sh".
struct Reading {
    std::string_view user;
    std::string_view reason;
    std::array<std::string_view, parts.size()> values;
    std::optional<std::string_view> command;
};

std::optional<Reading> read_command(std::string_view message) noexcept {
    TextScanner in(message);
    in.spaces();
    const auto user = in.until(" : ");
    if (!user || user->empty()) return std::nullopt;
    Reading out;
    out.user = *user;
    bool known = false;
    while (!in.at_end()) {
        in.spaces();
        if (in.literal("COMMAND=")) {
            out.command = in.rest();
            return out;
        }
        const std::string_view rest = in.rest();
        const std::string_view part = rest.substr(0, rest.find(" ; "));
        in.skip(part.size() + 3);
        bool named = false;
        for (std::size_t i = 0; i < parts.size() && !named; ++i) {
            if (!part.starts_with(parts[i].key)) continue;
            out.values[i] = part.substr(parts[i].key.size());
            named = true;
        }
        known = known || named;
        if (!named && out.reason.empty() && part.find('=') == std::string_view::npos)
            out.reason = part;
    }
    return known ? std::optional(out) : std::nullopt;
}

/// From sudo's words to a small set.
std::string_view result_of(const Reading& reading) noexcept {
    const std::string_view reason = reading.reason;
    if (reason.empty()) return reading.command ? "success" : "other";
    if (reason.find("incorrect password attempt") != std::string_view::npos) return "failed";
    if (reason.find("password is required") != std::string_view::npos) return "failed";
    for (const std::string_view denied : {"not allowed", "NOT in sudoers", "NOT authorized"})
        if (reason.find(denied) != std::string_view::npos) return "denied";
    return "error";
}

void add_reading(Event& event, const Reading& reading) {
    event.add(sudo_result, result_of(reading));
    event.add(fields::user_name, reading.user);
    if (!reading.reason.empty()) event.add(sudo_reason, reading.reason);
    for (std::size_t i = 0; i < parts.size(); ++i)
        if (!reading.values[i].empty()) event.add(*parts[i].field, reading.values[i]);
    if (reading.command) event.add(sudo_command, *reading.command);
}

/// For a session the account that acts is the one that asked; the target is whose rights it gets.
void add_pam(Event& event, const PamMessage& pam) {
    event.add(sudo_result, pam.action);
    const bool session = pam.action.starts_with("pam_session");
    const std::string_view actor = session || pam.user.empty() ? pam.by : pam.user;
    if (!actor.empty()) event.add(fields::user_name, actor);
    if (session && !pam.user.empty()) event.add(sudo_target_user, pam.user);
    if (!pam.tty.empty()) event.add(sudo_tty, pam.tty);
}

bool is_sudo(std::string_view program) noexcept {
    return program == "sudo" || program.starts_with("sudo(");
}

class SudoParser : public LogParser {
  public:
    ParseStatus on_line(const LogLine& line, LogEmitter& out) noexcept override {
        SyslogHeader header = syslog_header_or_bare(line);
        if (!header.program.empty() && !is_sudo(header.program)) return ParseStatus::not_mine;
        const auto reading = read_command(header.message);
        const auto pam = parse_pam_message(trimmed(header.message));
        if (!reading && !pam && header.program.empty()) return ParseStatus::not_mine;
        Event& event = out.begin(line, header.time);
        add_syslog_header(event, header);
        if (pam) {
            add_pam(event, *pam);
        } else if (reading) {
            add_reading(event, *reading);
        } else {
            event.add(sudo_result, "other");
        }
        out.commit();
        return ParseStatus::ok;
    }
    void on_time(Timestamp, LogEmitter&) noexcept override {}
    void finish(LogEmitter&) noexcept override {}
};

unsigned probe(std::string_view text) noexcept {
    constexpr auto nowhere = std::string_view::npos;
    if (text.find("sudo") == nowhere && text.find("COMMAND=") == nowhere) return 0;
    const SyslogHeader header = syslog_header_or_bare(LogLine{.text = text});
    if (is_sudo(header.program)) return 90;
    if (!header.program.empty()) return 0;
    const auto reading = read_command(header.message);
    return reading && reading->command && !reading->values[3].empty() ? 85 : 0;
}

constexpr std::array<std::string_view, 1> references = {"sudo(8), Log format"};

constexpr LogEntry entry = {
    .name = "sudo",
    .description = "sudo: commands run and refused",
    .fields = all_fields,
    .references = references,
    .within = "syslog",
    .probe = probe,
    .make = [] { return std::unique_ptr<LogParser>(std::make_unique<SudoParser>()); }};

}  // namespace

const LogEntry& sudo_entry() noexcept;
const LogEntry& sudo_entry() noexcept {
    return entry;
}

}  // namespace persandian::logs
