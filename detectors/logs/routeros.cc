// SPDX-License-Identifier: Apache-2.0
//
// MikroTik RouterOS: logins, login failures, configuration changes, firewall lines. The topics
// ("system,error,critical") stand where other systems put the tag, behind an ISO or BSD syslog
// header, behind "<priority>" alone (RouterOS's default: no time, no name), or at the start of the
// line.
//   * Severity comes from the topics; the syslog priority is often wrong.
//   * Who sent a line is for the receiver of the packet to say, not for its text.
//   * user.name may be empty: RouterOS logs failures without a name with two blanks.
// Source of truth: RouterOS manual, "Log"; messages as met in the field.
#include <array>

#include "detectors/event/common_fields.h"
#include "detectors/logs/log_parser.h"
#include "detectors/logs/message_pattern.h"
#include "detectors/logs/syslog_header.h"
#include "detectors/logs/text_scan.h"

namespace persandian::logs {
namespace {

using namespace persandian::fields;

constexpr Field routeros_topics{"routeros.topics[]", FieldKind::text, "topics of the message",
                                "RouterOS: Log"};
constexpr Field routeros_severity{"routeros.severity", FieldKind::text,
                                  "critical, error, warning, info or debug, from the topics"};
constexpr Field routeros_action{
    "routeros.action", FieldKind::text,
    "login, logout, login_failure, config_change, firewall, link_up, link_down, reboot, "
    "dhcp_assigned, dhcp_deassigned, other"};
constexpr Field routeros_via{"routeros.via", FieldKind::text, "winbox, ssh, telnet, web, api, …"};
constexpr Field routeros_object{"routeros.object", FieldKind::text,
                                "what was changed, or the interface, or the lease"};
constexpr Field routeros_change{"routeros.change", FieldKind::text,
                                "added, changed, removed, moved"};
constexpr Field routeros_detail{"routeros.detail", FieldKind::text,
                                "the command behind a change, as far as the router tells"};
constexpr Field routeros_src_host{"routeros.src_host", FieldKind::text,
                                  "where from, when it is no IP address (MAC address, name)"};
constexpr Field routeros_src_mac{"routeros.src_mac", FieldKind::text, "hardware address"};
constexpr Field routeros_chain{"routeros.chain", FieldKind::text, "firewall chain"};
constexpr Field routeros_prefix{"routeros.prefix", FieldKind::text,
                                "text the firewall rule puts in front"};
constexpr Field routeros_in{"routeros.in", FieldKind::text, "interface the packet came in by"};
constexpr Field routeros_out{"routeros.out", FieldKind::text, "interface it goes out by"};
constexpr Field routeros_state{"routeros.connection_state", FieldKind::text,
                               "new, established, related, invalid, with modifiers"};
constexpr Field routeros_flags{"routeros.tcp_flags", FieldKind::text, "TCP flags, or ICMP type"};
constexpr Field routeros_nat{"routeros.nat", FieldKind::text, "address translation, as logged"};
constexpr Field routeros_length{"routeros.length", FieldKind::integer, "packet length in bytes"};

constexpr std::array<const Field*, 20> all_fields = {
    &routeros_topics, &routeros_severity, &routeros_action,   &routeros_via,     &routeros_object,
    &routeros_change, &routeros_detail,   &routeros_src_host, &routeros_src_mac, &routeros_chain,
    &routeros_prefix, &routeros_in,       &routeros_out,      &routeros_state,   &routeros_flags,
    &routeros_nat,    &routeros_length,   &syslog_facility,   &syslog_severity,  &syslog_program};

constexpr std::size_t max_topics = 8;

/// Worst first: the first one among the topics is the severity.
constexpr std::array<std::string_view, 5> severities = {"critical", "error", "warning", "info",
                                                        "debug"};

struct Topics {
    std::array<std::string_view, max_topics> names;
    std::size_t count = 0;
    std::string_view severity;
};

bool is_topic(std::string_view text) noexcept {
    if (text.empty() || text.size() > 32) return false;
    for (const char c : text)
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '!'))
            return false;
    return true;
}

/// "system,error,critical " with at least two topics, one of them a severity.
std::optional<Topics> read_topics(TextScanner& in) noexcept {
    TextScanner ahead = in;
    std::string_view word = ahead.word();
    if (word.ends_with(':')) word.remove_suffix(1);
    Topics out;
    while (!word.empty() && out.count < max_topics) {
        const std::string_view topic = word.substr(0, word.find(','));
        if (!is_topic(topic)) return std::nullopt;
        out.names[out.count++] = topic;
        word.remove_prefix(std::min(topic.size() + 1, word.size()));
    }
    for (const std::string_view severity : severities)
        for (std::size_t i = 0; i < out.count && out.severity.empty(); ++i)
            if (out.names[i] == severity) out.severity = severity;
    if (!word.empty() || out.count < 2 || out.severity.empty()) return std::nullopt;
    in = ahead;
    in.spaces();
    return out;
}

struct Reading {
    SyslogHeader header;
    Topics topics;
    std::string_view message;
};

std::optional<Reading> read(const LogLine& line) noexcept {
    Reading out;
    const auto header = parse_syslog_header(line);
    if (header) {
        out.header = *header;
    } else {
        out.header.time = line.received;
        out.header.message = line.text;
    }
    std::string_view text = out.header.message;
    // "system,info: message" looks like a tag to syslog
    if (out.header.program.find(',') != std::string_view::npos) {
        TextScanner tag(out.header.program);
        if (const auto topics = read_topics(tag)) {
            out.topics = *topics;
            out.header.program = {};
            out.message = text;
            return out;
        }
    }
    if (!out.header.program.empty()) return std::nullopt;
    TextScanner in(text);
    const auto topics = read_topics(in);
    if (!topics) return std::nullopt;
    out.topics = *topics;
    out.message = in.rest();
    return out;
}

/// Where somebody came from: an address, else a name or hardware address.
void add_source(Event& event, std::string_view from) {
    if (from.empty()) return;
    if (const auto ip = IpAddress::parse(from)) {
        event.add(src_ip, Value::address(*ip));
    } else {
        event.add(routeros_src_host, from);
    }
}

struct LoginWording {
    std::string_view action;
    std::string_view pattern;
};
constexpr std::array login_wordings = {
    LoginWording{"login_failure", "login failure for user {user} from {address} via {method}"},
    LoginWording{"login_failure", "login failure for user {user} via {method}"},
    LoginWording{"login", "user {user} logged in from {address} via {method}"},
    LoginWording{"login", "user {user} logged in via {method}"},
    LoginWording{"logout", "user {user} logged out from {address} via {method}"},
    LoginWording{"logout", "user {user} logged out via {method}"},
};

bool add_login(Event& event, std::string_view message) {
    for (const LoginWording& wording : login_wordings) {
        PatternValues values;
        if (!match_pattern(wording.pattern, message, values)) continue;
        event.add(routeros_action, wording.action);
        event.add(user_name, values.user.value_or(""));
        add_source(event, values.address.value_or(""));
        if (values.method) event.add(routeros_via, *values.method);
        return true;
    }
    return false;
}

/// "admin", or since version 7 "tcp-msg(winbox):admin@192.0.2.5 (/system/logging set …)".
void add_author(Event& event, std::string_view author) {
    const std::size_t bracket = author.find(" (");
    if (bracket != std::string_view::npos) {
        std::string_view command = author.substr(bracket + 2);
        if (command.ends_with(')')) command.remove_suffix(1);
        event.add(routeros_detail, command);
        author = author.substr(0, bracket);
    }
    const std::size_t colon = author.find("):");
    if (colon != std::string_view::npos) {
        const std::size_t open = author.find('(');
        if (open < colon) event.add(routeros_via, author.substr(open + 1, colon - open - 1));
        author.remove_prefix(colon + 2);
    }
    const std::size_t at = author.rfind('@');
    if (at != std::string_view::npos) {
        std::string_view from = author.substr(at + 1);
        add_source(event, from.substr(0, from.find('/')));
        author = author.substr(0, at);
    }
    event.add(user_name, author);
}

struct ChangeWording {
    std::string_view change;
    std::string_view text;
};
constexpr std::array change_wordings = {
    ChangeWording{"added", " added by "}, ChangeWording{"changed", " changed by "},
    ChangeWording{"removed", " removed by "}, ChangeWording{"moved", " moved by "}};

/// "log rule changed by admin": the wording of every configuration change.
bool add_change(Event& event, std::string_view message) {
    for (const auto& [change, wording] : change_wordings) {
        const std::size_t at = message.find(wording);
        if (at == std::string_view::npos) continue;
        event.add(routeros_action, "config_change");
        event.add(routeros_change, change);
        event.add(routeros_object, message.substr(0, at));
        add_author(event, message.substr(at + wording.size()));
        return true;
    }
    return false;
}

struct Endpoint {
    std::optional<IpAddress> address;
    std::optional<std::uint64_t> port;
};

/// "203.0.113.9:59388", "[2001:db8::1]:40384", or an address alone (ICMP).
Endpoint read_endpoint(std::string_view text) noexcept {
    Endpoint out;
    if (text.starts_with('[')) {
        const std::size_t close = text.find(']');
        if (close == std::string_view::npos) return out;
        out.address = IpAddress::parse(text.substr(1, close - 1));
        if (text.substr(close + 1).starts_with(':')) out.port = decimal(text.substr(close + 2));
        return out;
    }
    out.address = IpAddress::parse(text);
    if (out.address) return out;
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return out;
    out.address = IpAddress::parse(text.substr(0, colon));
    out.port = decimal(text.substr(colon + 1));
    return out;
}

void add_endpoints(Event& event, std::string_view text) {
    const std::size_t arrow = text.find("->");
    const Endpoint from = read_endpoint(text.substr(0, arrow));
    const Endpoint to = read_endpoint(text.substr(arrow + 2));
    if (from.address) event.add(src_ip, Value::address(*from.address));
    if (from.port && *from.port <= 65'535) event.add(src_port, Value::unsigned_integer(*from.port));
    if (to.address) event.add(dest_ip, Value::address(*to.address));
    if (to.port && *to.port <= 65'535) event.add(dest_port, Value::unsigned_integer(*to.port));
}

/// One part between ", ": "connection-state:new src-mac 00:…", "proto TCP (SYN)", "a:1->b:2", "len
/// 40".
void add_firewall_part(Event& event, std::string_view part) {
    TextScanner in(part);
    while (!in.at_end()) {
        in.spaces();
        if (in.literal("connection-state:")) {
            event.add(routeros_state, in.word());
        } else if (in.literal("src-mac ")) {
            event.add(routeros_src_mac, in.word());
        } else if (in.literal("proto ")) {
            event.add(proto, in.word());
            in.spaces();
            if (!in.literal("(")) continue;
            if (const auto flags = in.until(")")) event.add(routeros_flags, *flags);
        } else if (in.literal("len ")) {
            if (const auto length = decimal(in.word()))
                event.add(routeros_length, Value::unsigned_integer(*length));
        } else if (in.literal("NAT ")) {
            event.add(routeros_nat, in.rest());
            return;
        } else {
            const std::string_view word = in.word();
            if (word.find("->") != std::string_view::npos && event.find("src_ip") == nullptr)
                add_endpoints(event, word);
        }
    }
}

/// "PREFIX CHAIN: in:IF out:IF, …"; the prefix is free text of the rule's author.
bool add_firewall(Event& event, std::string_view message) {
    const std::size_t marker = message.find(": in:");
    if (marker == std::string_view::npos) return false;
    const std::string_view front = message.substr(0, marker);
    const std::size_t blank = front.rfind(' ');
    const bool has_prefix = blank != std::string_view::npos;
    event.add(routeros_action, "firewall");
    if (has_prefix) event.add(routeros_prefix, front.substr(0, blank));
    event.add(routeros_chain, has_prefix ? front.substr(blank + 1) : front);
    TextScanner in(message.substr(marker + 5));
    if (const auto interface = in.until(" out:")) event.add(routeros_in, *interface);
    const std::string_view out = in.rest().substr(0, in.rest().find(", "));
    event.add(routeros_out, out);
    in.skip(out.size());
    while (!in.at_end()) {
        if (!in.literal(", ")) in.skip(1);
        const std::string_view part = in.rest().substr(0, in.rest().find(", "));
        add_firewall_part(event, part);
        in.skip(part.size());
    }
    return true;
}

bool has_topic(const Topics& topics, std::string_view name) noexcept {
    for (std::size_t i = 0; i < topics.count; ++i)
        if (topics.names[i] == name) return true;
    return false;
}

bool add_link(Event& event, std::string_view message) {
    for (const auto& [suffix, action] :
         {std::pair<std::string_view, std::string_view>{" link down", "link_down"},
          {" link up", "link_up"}}) {
        const std::size_t at = message.find(suffix);
        if (at == std::string_view::npos) continue;
        event.add(routeros_action, action);
        event.add(routeros_object, message.substr(0, at));
        return true;
    }
    return false;
}

/// "dhcp-OPD assigned 10.20.9.249 for 00:00:5e:00:53:93 LAPTOP1" ("to" in newer versions).
bool add_lease(Event& event, std::string_view message) {
    for (const std::string_view word : {" deassigned ", " assigned "}) {
        const std::size_t at = message.find(word);
        if (at == std::string_view::npos) continue;
        event.add(routeros_action, word == " assigned " ? "dhcp_assigned" : "dhcp_deassigned");
        event.add(routeros_object, message.substr(0, at));
        TextScanner in(message.substr(at + word.size()));
        add_source(event, in.word());
        if (in.literal(" for ") || in.literal(" to ") || in.literal(" from "))
            event.add(routeros_src_mac, in.word());
        return true;
    }
    return false;
}

bool add_known(Event& event, const Reading& reading) {
    const std::string_view message = reading.message;
    if (has_topic(reading.topics, "firewall")) return add_firewall(event, message);
    if (has_topic(reading.topics, "dhcp")) return add_lease(event, message);
    if (has_topic(reading.topics, "interface")) return add_link(event, message);
    if (add_login(event, message)) return true;
    if (message.find("rebooted") != std::string_view::npos) {
        event.add(routeros_action, "reboot");
        return true;
    }
    return has_topic(reading.topics, "system") && add_change(event, message);
}

class RouterOsParser : public LogParser {
  public:
    ParseStatus on_line(const LogLine& line, LogEmitter& out) noexcept override {
        auto reading = read(line);
        if (!reading) return ParseStatus::not_mine;
        reading->header.message = reading->message;
        Event& event = out.begin(line, reading->header.time);
        add_syslog_header(event, reading->header);
        for (std::size_t i = 0; i < reading->topics.count; ++i)
            event.add(routeros_topics, reading->topics.names[i], i);
        event.add(routeros_severity, reading->topics.severity);
        if (!add_known(event, *reading)) event.add(routeros_action, "other");
        out.commit();
        return ParseStatus::ok;
    }
    void on_time(Timestamp, LogEmitter&) noexcept override {}
    void finish(LogEmitter&) noexcept override {}
};

/// Without reading the header: a comma between two topics.
bool may_have_topics(std::string_view text) noexcept {
    const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
    for (std::size_t at = text.find(','); at != std::string_view::npos; at = text.find(',', at + 1))
        if (at > 0 && at + 1 < text.size() && is_letter(text[at - 1]) && is_letter(text[at + 1]))
            return true;
    return false;
}

unsigned probe(std::string_view text) noexcept {
    if (!may_have_topics(text)) return 0;
    return read(LogLine{.text = text}) ? 85 : 0;
}

constexpr std::array<std::string_view, 1> references = {"RouterOS manual: Log"};

constexpr LogEntry entry = {
    .name = "routeros",
    .description = "MikroTik RouterOS: logins, changes, firewall",
    .fields = all_fields,
    .references = references,
    .within = "syslog",
    .probe = probe,
    .make = [] { return std::unique_ptr<LogParser>(std::make_unique<RouterOsParser>()); }};

}  // namespace

const LogEntry& routeros_entry() noexcept;
const LogEntry& routeros_entry() noexcept {
    return entry;
}

}  // namespace persandian::logs
