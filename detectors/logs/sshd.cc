// SPDX-License-Identifier: Apache-2.0
//
// OpenSSH's server: who tried to log in, from where, with what result. Reads syslog lines of sshd
// (and of sshd-session, sshd-auth since OpenSSH 9.8) and bare messages.
// Source of truth: the messages in OpenSSH's auth.c, auth2.c, packet.c, sshd.c.
#include <array>

#include "detectors/event/common_fields.h"
#include "detectors/logs/log_parser.h"
#include "detectors/logs/message_pattern.h"
#include "detectors/logs/pam_message.h"
#include "detectors/logs/syslog_header.h"
#include "detectors/logs/text_scan.h"

namespace persandian::logs {
namespace {

constexpr Field sshd_action{"sshd.action", FieldKind::text,
                            "what happened: accepted, failed, invalid_user, disconnected, …"};
constexpr Field sshd_method{"sshd.method", FieldKind::text,
                            "password, publickey, keyboard-interactive/pam, none, …"};
constexpr Field sshd_invalid_user{"sshd.invalid_user", FieldKind::boolean,
                                  "the account does not exist or may not log in"};
constexpr Field sshd_preauth{"sshd.preauth", FieldKind::boolean,
                             "it happened before authentication ended"};
constexpr Field sshd_key{"sshd.key", FieldKind::text, "type and fingerprint of the key used"};
constexpr Field sshd_detail{
    "sshd.detail", FieldKind::text,
    "reason, offer or identification string, as far as the message has one"};
constexpr Field sshd_src_host{"sshd.src_host", FieldKind::text,
                              "name of the client when the log gives no address"};
constexpr Field sshd_repeated{"sshd.repeated", FieldKind::integer,
                              "how many times syslog saw this message again"};

constexpr std::array<const Field*, 12> all_fields = {
    &sshd_action,
    &sshd_method,
    &sshd_invalid_user,
    &sshd_preauth,
    &sshd_key,
    &sshd_detail,
    &sshd_src_host,
    &sshd_repeated,
    &fields::syslog_program,
    &fields::syslog_pid,
    &fields::syslog_facility,
    &fields::syslog_severity,
};

struct Wording {
    std::string_view action;
    std::string_view pattern;
    bool invalid_user = false;
};

// In the order of trying: the wording for an unknown account stands before the general one.
constexpr std::array wordings = {
    Wording{"accepted", "Accepted {method} for {user} from {address} port {port} ssh2: {detail}"},
    Wording{"accepted", "Accepted {method} for {user} from {address} port {port}*"},
    Wording{"failed",
            "Failed {method} for invalid user {user} from {address} port {port} ssh2: {detail}",
            true},
    Wording{"failed", "Failed {method} for invalid user {user} from {address} port {port}*", true},
    Wording{"failed", "Failed {method} for illegal user {user} from {address} port {port}*", true},
    Wording{"failed", "Failed {method} for {user} from {address} port {port} ssh2: {detail}"},
    Wording{"failed", "Failed {method} for {user} from {address} port {port}*"},
    Wording{"postponed", "Postponed {method} for invalid user {user} from {address} port {port}*",
            true},
    Wording{"postponed", "Postponed {method} for {user} from {address} port {port}*"},
    Wording{"invalid_user", "Invalid user {user} from {address} port {port}", true},
    Wording{"invalid_user", "Invalid user {user} from {address}", true},
    Wording{"invalid_user", "Illegal user {user} from {address}", true},
    Wording{"invalid_user_request", "input_userauth_request: invalid user {user}", true},
    Wording{"not_allowed", "User {user} from {address} not allowed because {detail}", true},
    Wording{
        "max_attempts",
        "error: maximum authentication attempts exceeded for invalid user {user} from {address} "
        "port {port}*",
        true},
    Wording{
        "max_attempts",
        "error: maximum authentication attempts exceeded for {user} from {address} port {port}*"},
    Wording{"max_attempts",
            "Disconnecting invalid user {user} {address} port {port}: Too many authentication "
            "failures*",
            true},
    Wording{
        "max_attempts",
        "Disconnecting authenticating user {user} {address} port {port}: Too many authentication "
        "failures*"},
    Wording{"max_attempts", "Disconnecting: Too many authentication failures*"},
    Wording{"disconnecting", "Disconnecting {address} port {port}: {detail}"},
    Wording{"disconnecting", "Disconnecting: {detail}"},
    Wording{"connection_closed", "Connection closed by invalid user {user} {address} port {port}*",
            true},
    Wording{"connection_closed",
            "Connection closed by authenticating user {user} {address} port {port}*"},
    Wording{"connection_closed", "Connection closed by {address} port {port}*"},
    Wording{"connection_closed", "Connection closed by {address}"},
    Wording{"connection_reset", "Connection reset by invalid user {user} {address} port {port}*",
            true},
    Wording{"connection_reset",
            "Connection reset by authenticating user {user} {address} port {port}*"},
    Wording{"connection_reset", "Connection reset by {address} port {port}*"},
    Wording{"disconnected", "Disconnected from invalid user {user} {address} port {port}*", true},
    Wording{"disconnected", "Disconnected from authenticating user {user} {address} port {port}*"},
    Wording{"disconnected", "Disconnected from user {user} {address} port {port}*"},
    Wording{"disconnected", "Disconnected from {address} port {port}*"},
    Wording{"disconnected", "Disconnected from {address}"},
    Wording{"disconnect_received", "Received disconnect from {address} port {port}:{detail}"},
    Wording{"disconnect_received", "Received disconnect from {address}: {detail}"},
    Wording{"connection", "Connection from {address} port {port}*"},
    Wording{"timeout", "Timeout before authentication for {address} port {port}*"},
    Wording{"timeout", "fatal: Timeout before authentication for {address} port {port}*"},
    Wording{"negotiation_failed", "Unable to negotiate with {address} port {port}: {detail}"},
    Wording{"negotiation_failed",
            "fatal: Unable to negotiate with {address} port {port}: {detail}"},
    Wording{"bad_protocol",
            "Bad protocol version identification {detail} from {address} port {port}"},
    Wording{"bad_protocol", "banner exchange: Connection from {address} port {port}: {detail}"},
    Wording{"bad_protocol", "error: kex_exchange_identification: {detail}"},
    Wording{"bad_protocol", "error: kex_protocol_error: {detail}"},
    Wording{"no_identification",
            "Did not receive identification string from {address} port {port}*"},
    Wording{"no_identification", "Did not receive identification string from {address}"},
    Wording{"refused", "refused connect from {} ({address})"},
    Wording{"refused", "refused connect from {address}"},
    Wording{"reverse_mapping_failed",
            "reverse mapping checking getaddrinfo for {} [{address}] failed*"},
    Wording{"reverse_mapping_failed", "Address {address} maps to {}, but this does not map back*"},
    Wording{"session_started",
            "Starting session: {detail} for {user} from {address} port {port} id {}"},
    Wording{"session_closed", "Close session: user {user} from {address} port {port} id {}"},
    Wording{"listening", "Server listening on {} port {port}."},
};

bool is_sshd(std::string_view program) noexcept {
    if (!program.starts_with("sshd")) return false;
    program.remove_prefix(4);
    return program.empty() || program.front() == '(' || program == "-session" || program == "-auth";
}

/// What one message says.
struct Reading {
    std::string_view action = "other";
    PatternValues values;
    bool invalid_user = false;
    bool preauth = false;
    std::uint64_t repeated = 0;
};

bool read_wording(std::string_view message, Reading& out) noexcept {
    for (const Wording& wording : wordings) {
        if (!match_pattern(wording.pattern, message, out.values)) continue;
        out.action = wording.action;
        out.invalid_user = wording.invalid_user;
        return true;
    }
    return false;
}

bool read_pam(std::string_view program, std::string_view message, Reading& out) noexcept {
    const bool named_by_tag = program.find("(pam_") != std::string_view::npos;
    const std::optional<PamMessage> pam =
        named_by_tag ? parse_pam_body(message) : parse_pam_message(message);
    if (!pam) return false;
    out.action = pam->action;
    if (!pam->user.empty()) out.values.user = pam->user;
    if (!pam->remote.empty()) out.values.address = pam->remote;
    return true;
}

/// "message repeated 2 times: [ Failed password for …]": the message inside.
std::string_view unwrap_repeated(std::string_view message, std::uint64_t& repeated) noexcept {
    TextScanner in(message);
    if (!in.literal("message repeated ")) return message;
    const auto count = in.number(9);
    if (!count || !in.literal(" times: [ ") || !in.rest().ends_with(']')) return message;
    repeated = *count;
    return in.rest().substr(0, in.rest().size() - 1);
}

/// False when the message is of no known wording.
bool read_message(std::string_view program, std::string_view message, Reading& out) noexcept {
    constexpr std::string_view preauth = " [preauth]";
    message = unwrap_repeated(trimmed(message), out.repeated);
    if (message.ends_with(preauth)) {
        out.preauth = true;
        message.remove_suffix(preauth.size());
    }
    return read_wording(message, out) || read_pam(program, message, out);
}

void add_source(Event& event, std::string_view address) {
    if (const auto ip = IpAddress::parse(address.substr(0, address.find('%')))) {
        event.add(fields::src_ip, Value::address(*ip));
    } else if (address != "UNKNOWN") {
        event.add(sshd_src_host, address);
    }
}

void add_reading(Event& event, const Reading& reading) {
    const PatternValues& values = reading.values;
    event.add(sshd_action, reading.action);
    if (values.method) event.add(sshd_method, *values.method);
    if (values.user) event.add(fields::user_name, *values.user);
    if (values.address) add_source(event, *values.address);
    const bool port_of_server = reading.action == "listening";
    if (values.port && port_of_server)
        event.add(fields::dest_port, Value::unsigned_integer(*values.port));
    if (values.port && !port_of_server)
        event.add(fields::src_port, Value::unsigned_integer(*values.port));
    if (reading.invalid_user) event.add(sshd_invalid_user, Value::boolean(true));
    if (reading.preauth) event.add(sshd_preauth, Value::boolean(true));
    const bool is_key = values.detail && values.method;
    if (values.detail) event.add(is_key ? sshd_key : sshd_detail, *values.detail);
    if (reading.repeated > 0) event.add(sshd_repeated, Value::unsigned_integer(reading.repeated));
}

class SshdParser : public LogParser {
  public:
    ParseStatus on_line(const LogLine& line, LogEmitter& out) noexcept override {
        const SyslogHeader header = syslog_header_or_bare(line);
        if (!header.program.empty() && !is_sshd(header.program)) return ParseStatus::not_mine;
        Reading reading;
        const bool known = read_message(header.program, header.message, reading);
        if (!known && header.program.empty()) return ParseStatus::not_mine;
        Event& event = out.begin(line, header.time);
        add_syslog_header(event, header);
        add_reading(event, reading);
        out.commit();
        return ParseStatus::ok;
    }
    void on_time(Timestamp, LogEmitter&) noexcept override {}
    void finish(LogEmitter&) noexcept override {}
};

/// Without reading the header: every line of another program is asked about.
bool may_be_sshd(std::string_view text) noexcept {
    return text.find("sshd") != std::string_view::npos || text.starts_with("Accepted ") ||
           text.starts_with("Failed ") || text.starts_with("Invalid user ");
}

unsigned probe(std::string_view text) noexcept {
    if (!may_be_sshd(text)) return 0;
    const SyslogHeader header = syslog_header_or_bare(LogLine{.text = text});
    if (is_sshd(header.program)) return 90;
    if (!header.program.empty()) return 0;
    Reading reading;
    const bool certain = read_message(header.program, header.message, reading) &&
                         reading.values.address &&
                         (reading.action == "accepted" || reading.action == "failed" ||
                          reading.action == "invalid_user");
    return certain ? 85 : 0;
}

constexpr std::array<std::string_view, 1> references = {"OpenSSH portable, auth.c and packet.c"};

constexpr LogEntry entry = {
    .name = "sshd",
    .description = "OpenSSH server: logins, failures, scans",
    .fields = all_fields,
    .references = references,
    .within = "syslog",
    .probe = probe,
    .make = [] { return std::unique_ptr<LogParser>(std::make_unique<SshdParser>()); }};

}  // namespace

const LogEntry& sshd_entry() noexcept;
const LogEntry& sshd_entry() noexcept {
    return entry;
}

}  // namespace persandian::logs
