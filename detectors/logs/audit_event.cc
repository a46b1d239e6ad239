// SPDX-License-Identifier: Apache-2.0
#include "detectors/logs/audit_event.h"

#include <algorithm>
#include <array>

#include "detectors/event/common_fields.h"
#include "detectors/logs/text_scan.h"

namespace persandian::logs {
namespace {

constexpr Field audit_type{"type[]", FieldKind::text, "type of each record of the event",
                           "linux/audit.h"};
constexpr Field audit_serial{"audit.serial", FieldKind::integer, "serial number of the event"};
constexpr Field audit_records{"audit.records", FieldKind::integer, "how many records were joined"};
constexpr Field audit_cut{"audit.cut", FieldKind::boolean,
                          "records, pairs or arguments beyond a limit were left out"};
constexpr Field command_line{"CommandLine", FieldKind::text,
                             "arguments of EXECVE with a blank between them"};
constexpr Field system_call{"SYSCALL", FieldKind::text, "system call by name"};
constexpr Field system_call_both{"syscall[]", FieldKind::text,
                                 "system call as the record has it, then by name"};
constexpr Field permission{"permission[]", FieldKind::text, "what an AVC record is about"};
constexpr Field avc{"avc", FieldKind::text, "granted or denied"};
constexpr Field exe{"exe", FieldKind::text, "path of the program"};
constexpr Field comm{"comm", FieldKind::text, "name of the process"};
constexpr Field key{"key[]", FieldKind::text, "keys of the audit rules that held"};
constexpr Field path_name{"name[]", FieldKind::text, "paths of the PATH records"};
constexpr Field path_nametype{"nametype[]", FieldKind::text, "NORMAL, CREATE, DELETE, PARENT"};
constexpr Field cwd{"cwd", FieldKind::text, "working directory"};
constexpr Field proctitle{"proctitle", FieldKind::text, "command line as the process shows it"};
constexpr Field saddr_path{"saddr.path", FieldKind::text,
                           "Unix socket of a SOCKADDR record; abstract ones begin with @"};

constexpr std::array<const Field*, 17> all_fields = {
    &audit_type,       &audit_serial,  &audit_records, &audit_cut, &command_line, &system_call,
    &system_call_both, &permission,    &avc,           &exe,       &comm,         &key,
    &path_name,        &path_nametype, &cwd,           &proctitle, &saddr_path};

// Those of them that records carry under this very name.
constexpr std::array<const Field*, 6> carried = {&exe,           &comm, &path_name,
                                                 &path_nametype, &cwd,  &proctitle};

/// `a12`, `a3[1]`, `a3_len`: which argument and which kind of name.
struct ArgumentName {
    std::size_t index = 0;
    bool is_length = false;
};

std::optional<ArgumentName> argument_name(std::string_view name) noexcept {
    if (name.size() < 2 || name[0] != 'a') return std::nullopt;
    name.remove_prefix(1);
    const std::size_t digits = std::min(name.find_first_not_of("0123456789"), name.size());
    const auto index = decimal(name.substr(0, digits));
    if (!index) return std::nullopt;
    name.remove_prefix(digits);
    if (!name.empty() && name.front() != '[' && name != "_len") return std::nullopt;
    return ArgumentName{static_cast<std::size_t>(*index), name == "_len"};
}

std::optional<std::uint32_t> hexadecimal(std::string_view text) noexcept {
    if (text.empty() || text.size() > 8) return std::nullopt;
    std::uint32_t value = 0;
    for (const char c : text) {
        if (c >= '0' && c <= '9') {
            value = value * 16 + static_cast<std::uint32_t>(c - '0');
        } else if (c >= 'a' && c <= 'f') {
            value = value * 16 + static_cast<std::uint32_t>(c - 'a' + 10);
        } else {
            return std::nullopt;
        }
    }
    return value;
}

}  // namespace

std::span<const Field* const> AuditEventWriter::fields() noexcept {
    return all_fields;
}

void AuditEventWriter::add(const AuditRecord& record) {
    event_.add_copy(audit_type, record.type, records_++);
    if (record.type == "AVC") add_permissions(record.body);
    const bool is_path = record.type == "PATH";
    const bool is_execve = record.type == "EXECVE";
    const bool is_syscall = record.type == "SYSCALL";
    for_each_audit_pair(record.body, [&](const AuditPair& pair) {
        if (is_execve && add_argument(pair)) return;
        if (is_syscall && add_register(pair)) return;
        add_pair(pair, is_path);
    });
}

void AuditEventWriter::finish(std::uint64_t serial, bool cut) {
    add_system_call();
    if (!arguments_.empty()) {
        add_command();
    } else {
        for (const auto& [name, value] : registers_) event_.add_foreign(name, Value::text(value));
    }
    add_who_and_where();
    event_.add(audit_serial, Value::unsigned_integer(serial));
    event_.add(audit_records, Value::unsigned_integer(records_));
    if (cut || cut_) event_.add(audit_cut, Value::boolean(true));
}

/// Long arguments come in parts (a1[0], a1[1], …) that are put together again.
bool AuditEventWriter::add_argument(const AuditPair& pair) {
    const auto name = argument_name(pair.name);
    if (!name) return false;
    if (name->is_length) return true;
    if (name->index >= max_joined_arguments) {
        cut_ = true;
        return true;
    }
    if (arguments_.size() <= name->index) arguments_.resize(name->index + 1);
    arguments_[name->index] += decoded_audit_text(pair);
    return true;
}

bool AuditEventWriter::add_register(const AuditPair& pair) {
    if (const auto name = argument_name(pair.name); name && !name->is_length) {
        if (registers_.size() < 4) registers_.emplace_back(pair.name, pair.value);
        return true;
    }
    if (pair.name == "arch") arch_ = hexadecimal(pair.value);
    if (pair.name == "syscall") {
        number_ = decimal(pair.value);
        if (!number_) named_ = pair.value;
        return true;
    }
    if (pair.name == "SYSCALL") {
        named_ = pair.value;
        return true;
    }
    return false;
}

std::string_view AuditEventWriter::system_call_name() {
    if (!named_.empty() && !named_.starts_with("unknown")) return named_;
    if (!arch_ || !number_ || *number_ > 100'000) return {};
    const std::uint64_t both = (std::uint64_t{*arch_} << 32U) | *number_;
    auto found = names_.find(both);
    if (found == names_.end()) {
        if (names_.size() >= max_cached_system_calls) names_.clear();
        found =
            names_.emplace(both, audit_system_call_name(*arch_, static_cast<int>(*number_))).first;
    }
    return found->second;
}

void AuditEventWriter::add_system_call() {
    std::size_t element = 0;
    if (number_) event_.add(system_call_both, Value::unsigned_integer(*number_), element++);
    const std::string_view name = system_call_name();
    if (name.empty()) return;
    event_.add_copy(system_call_both, name, element);
    event_.add_copy(system_call, name);
}

void AuditEventWriter::add_command() {
    std::string joined;
    for (std::size_t i = 0; i < arguments_.size(); ++i) {
        if (i > 0) joined += ' ';
        joined += arguments_[i];
        if (i < max_arguments) {
            event_.add_foreign("a" + std::to_string(i), Value::text(arguments_[i]));
        } else {
            cut_ = true;
        }
    }
    event_.add_copy(command_line, joined);
}

/// "avc:  denied  { read write } for …"
void AuditEventWriter::add_permissions(std::string_view body) {
    constexpr std::size_t max_permissions = 64;
    TextScanner in(body);
    if (!in.literal("avc:")) return;
    in.spaces();
    event_.add_copy(avc, in.word());
    if (!in.until("{ ")) return;
    const auto inside = in.until(" }");
    if (!inside) return;
    TextScanner words(*inside);
    for (std::size_t i = 0; !words.at_end() && i < max_permissions; ++i) {
        event_.add_copy(permission, words.word(), i);
        words.spaces();
    }
}

void AuditEventWriter::add_pair(const AuditPair& pair, bool is_path) {
    if (pairs_ >= max_pairs || pair.name.size() > max_name_bytes) {
        cut_ = true;
        return;
    }
    ++pairs_;
    if (pair.name == "key") return add_keys(pair);
    if (pair.name == "acct") account_ = decoded_audit_text(pair);
    if (pair.name == "AUID") login_ = pair.value;
    if (pair.name == "addr") source_ = IpAddress::parse(pair.value);
    if (pair.name == "saddr") socket_ = parse_audit_socket_address(pair.value);
    std::string text =
        is_encoded_name(pair.name) ? decoded_audit_text(pair) : std::string(pair.value);
    if (pair.name == "proctitle") std::replace(text.begin(), text.end(), '\0', ' ');
    if (is_path || !already_there(pair.name, text)) add_value(pair, text);
}

/// Records of one event repeat pid, comm, exe, …; once is enough.
bool AuditEventWriter::already_there(std::string_view name, std::string_view text) const {
    std::string storage;
    return std::any_of(event_.fields().begin(), event_.fields().end(),
                       [&](const EventField& field) {
                           return field.name == name && field.value.to_text(storage) == text;
                       });
}

void AuditEventWriter::add_value(const AuditPair& pair, const std::string& text) {
    const std::size_t element = counts_[std::string(pair.name)]++;
    for (const Field* field : carried)
        if (field->name() == pair.name) return event_.add_copy(*field, text, element);
    // numbers as such, but not what only looks like one: modes and addresses begin with 0
    const bool is_number = !pair.quoted && (text.size() == 1 || !text.starts_with('0'));
    const auto number = is_number ? decimal(text) : std::nullopt;
    event_.add_foreign(pair.name, number ? Value::unsigned_integer(*number) : Value::text(text),
                       element);
}

/// Several keys are joined with byte 1.
void AuditEventWriter::add_keys(const AuditPair& pair) {
    constexpr std::size_t max_keys = 64;
    const std::string text = decoded_audit_text(pair);
    if (text == "(null)") return;
    TextScanner in(text);
    while (!in.at_end() && keys_ < max_keys) {
        const std::string_view one = in.rest().substr(0, in.rest().find('\x01'));
        event_.add_copy(key, one, keys_++);
        in.skip(one.size() + 1);
    }
}

void AuditEventWriter::add_who_and_where() {
    if (!account_.empty() && account_ != "?") {
        event_.add_copy(persandian::fields::user_name, account_);
    } else if (!login_.empty() && login_ != "unset") {
        event_.add_copy(persandian::fields::user_name, login_);
    }
    if (source_) event_.add(persandian::fields::src_ip, Value::address(*source_));
    if (!socket_) return;
    if (!socket_->path.empty()) event_.add_copy(saddr_path, socket_->path);
    if (!socket_->address) return;
    event_.add(persandian::fields::dest_ip, Value::address(*socket_->address));
    event_.add(persandian::fields::dest_port, Value::integer(socket_->port));
}

}  // namespace persandian::logs
