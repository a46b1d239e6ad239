// SPDX-License-Identifier: Apache-2.0
#include "detectors/logs/audit_record.h"

#include <algorithm>
#include <array>

#include "detectors/base/bytes.h"
#include "detectors/base/encoding.h"
#include "detectors/logs/syslog_header.h"
#include "detectors/logs/text_scan.h"

namespace persandian::logs {
namespace {

constexpr char enriched_separator = '\x1D';

struct NumberedType {
    std::string_view number;
    std::string_view name;
};
// linux/audit.h; those that the kernel log shows when no auditd runs
constexpr std::array numbered_types = {
    NumberedType{"1006", "LOGIN"},
    NumberedType{"1100", "USER_AUTH"},
    NumberedType{"1101", "USER_ACCT"},
    NumberedType{"1103", "CRED_ACQ"},
    NumberedType{"1104", "CRED_DISP"},
    NumberedType{"1105", "USER_START"},
    NumberedType{"1106", "USER_END"},
    NumberedType{"1112", "USER_LOGIN"},
    NumberedType{"1123", "USER_CMD"},
    NumberedType{"1130", "SERVICE_START"},
    NumberedType{"1131", "SERVICE_STOP"},
    NumberedType{"1300", "SYSCALL"},
    NumberedType{"1302", "PATH"},
    NumberedType{"1305", "CONFIG_CHANGE"},
    NumberedType{"1306", "SOCKADDR"},
    NumberedType{"1307", "CWD"},
    NumberedType{"1309", "EXECVE"},
    NumberedType{"1320", "EOE"},
    NumberedType{"1325", "NETFILTER_CFG"},
    NumberedType{"1326", "SECCOMP"},
    NumberedType{"1327", "PROCTITLE"},
    NumberedType{"1330", "KERN_MODULE"},
    NumberedType{"1334", "BPF"},
    NumberedType{"1400", "AVC"},
    NumberedType{"1403", "MAC_POLICY_LOAD"},
    NumberedType{"1700", "ANOM_PROMISCUOUS"},
    NumberedType{"1701", "ANOM_ABEND"},
};

std::string_view type_name(std::string_view type) noexcept {
    if (type.starts_with("UNKNOWN[") && type.ends_with(']')) return type;
    for (const NumberedType& known : numbered_types)
        if (known.number == type) return known.name;
    return type;
}

/// `SECONDS.MS:SERIAL)` after "audit(".
bool read_stamp(TextScanner& in, AuditRecord& out) noexcept {
    const auto stamp = in.until(")");
    if (!stamp) return false;
    TextScanner inside(*stamp);
    const auto seconds = inside.until(".");
    const auto milliseconds = inside.until(":");
    if (!seconds || !milliseconds) return false;
    const auto s = decimal(*seconds);
    const auto ms = decimal(*milliseconds);
    const auto serial = decimal(inside.rest());
    if (!s || !ms || !serial || *s > 9'000'000'000 || *ms > 999) return false;
    out.time = Timestamp::from_seconds(static_cast<std::int64_t>(*s),
                                       static_cast<std::int64_t>(*ms) * 1'000'000);
    out.serial = *serial;
    return true;
}

std::optional<AuditRecord> read_record(std::string_view text) noexcept {
    TextScanner in(text);
    AuditRecord out;
    if (in.literal("node=")) {
        out.node = in.word();
        if (!in.literal(" ")) return std::nullopt;
    }
    if (!in.literal("type=")) return std::nullopt;
    out.type = type_name(in.word());
    if (out.type.empty() || !in.literal(" ")) return std::nullopt;
    (void)in.literal("msg=");
    if (!in.literal("audit(") || !read_stamp(in, out)) return std::nullopt;
    (void)in.literal(":");
    in.spaces();
    out.body = in.rest();
    return out;
}

/// The message of a program that carries audit records; empty for others.
std::string_view carried_message(const SyslogHeader& header) noexcept {
    TextScanner in(header.message);
    if (header.program == "kernel") {
        if (in.literal("[")) {
            (void)in.until("]");
            in.spaces();
        }
        return in.literal("audit: ") ? in.rest() : std::string_view{};
    }
    const bool carrier = header.program.starts_with("audisp") || header.program == "audit" ||
                         header.program == "auditd";
    return carrier ? header.message : std::string_view{};
}

bool is_hexadecimal(std::string_view text) noexcept {
    return !text.empty() && text.size() % 2 == 0 &&
           text.find_first_not_of("0123456789ABCDEF") == std::string_view::npos;
}

/// Reads the value that stands next.
AuditPair read_value(TextScanner& in, std::string_view name, bool inside_message) noexcept {
    AuditPair pair{.name = name, .value = {}, .quoted = false};
    if (in.literal("\"")) {
        pair.quoted = true;
        const std::string_view rest = in.rest();
        pair.value = rest.substr(0, rest.find('"'));
        in.skip(pair.value.size() + 1);
        return pair;
    }
    const std::string_view rest = in.rest();
    std::size_t end = std::min(rest.find_first_of(" \x1D"), rest.size());
    pair.value = rest.substr(0, end);
    in.skip(end);
    if (inside_message && pair.value.ends_with('\'')) pair.value.remove_suffix(1);
    while (pair.value.ends_with(',') || pair.value.ends_with(')')) {
        if (pair.value.starts_with('(')) break;  // (null), (none)
        pair.value.remove_suffix(1);
    }
    return pair;
}

}  // namespace

std::optional<AuditRecord> parse_audit_record(const LogLine& line) noexcept {
    if (auto bare = read_record(line.text)) return bare;
    const auto header = parse_syslog_header(line);
    if (!header) return std::nullopt;
    auto carried = read_record(carried_message(*header));
    if (carried && carried->node.empty()) carried->node = header->host;
    return carried;
}

void for_each_audit_pair(std::string_view body, const std::function<void(const AuditPair&)>& each) {
    TextScanner in(body);
    bool inside_message = false;
    while (!in.at_end()) {
        if (in.peek() == ' ' || in.peek() == enriched_separator || in.peek() == '(' ||
            in.peek() == '\'') {
            in.skip(1);  // the closing quote of msg='…' stands alone
            continue;
        }
        const std::string_view rest = in.rest();
        const std::size_t stop = std::min(rest.find_first_of(" =\x1D"), rest.size());
        in.skip(stop);
        if (!in.literal("=")) continue;
        const std::string_view name = rest.substr(0, stop);
        if (name == "msg" && in.literal("'")) {  // its inside is more pairs
            inside_message = true;
            continue;
        }
        const AuditPair pair = read_value(in, name, inside_message);
        if (!name.empty()) each(pair);
    }
}

bool is_encoded_name(std::string_view name) noexcept {
    constexpr std::array<std::string_view, 20> names = {
        "acct", "cmd",      "comm",     "cwd",   "data", "dir",       "exe",
        "file", "grp",      "key",      "name",  "path", "proctitle", "profile",
        "unit", "new-disk", "old-disk", "watch", "vm",   "ocomm"};
    return std::find(names.begin(), names.end(), name) != names.end();
}

std::string decoded_audit_text(const AuditPair& pair) {
    if (pair.quoted || !is_hexadecimal(pair.value)) return std::string(pair.value);
    return *hex_decode(pair.value);
}

std::optional<AuditSocketAddress> parse_audit_socket_address(std::string_view hex) {
    const auto bytes = hex_decode(hex);
    if (!bytes) return std::nullopt;
    ByteReader in(as_bytes(*bytes));
    const std::uint16_t family = in.u16_le();  // host order of the machines we know
    AuditSocketAddress out;
    if (family == 2 || family == 10) {
        out.port = in.u16();
        if (family == 10) in.skip(4);
        const ByteView address = in.take(family == 2 ? 4 : 16);
        if (!in.ok()) return std::nullopt;
        out.address = IpAddress::from_bytes(address);
        return out;
    }
    if (family != 1 || !in.ok()) return std::nullopt;
    std::string_view path = as_text(in.rest());
    const bool abstract = path.starts_with('\0') && path.size() > 1;
    if (abstract) path.remove_prefix(1);
    out.path = (abstract ? "@" : "") + std::string(path.substr(0, path.find('\0')));
    return out;
}

}  // namespace persandian::logs
