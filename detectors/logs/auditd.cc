// SPDX-License-Identifier: Apache-2.0
//
// The Linux audit log. One thing that happened is several records (lines) with the same serial
// number: SYSCALL, EXECVE, CWD, PATH…, PROCTITLE. They are joined into one event that carries the
// fields of all of them by their own names, so that Sigma's auditd rules hold: `type` once per
// record, `name` once per path, a0…aN of the command, and CommandLine, its arguments with a blank
// between them.
//
//   * An event is complete at PROCTITLE or EOE, at once for records that stand alone (USER_LOGIN
//   …),
//     and otherwise when a record of the same source is join_timeout younger, or that time has
//     passed.
//   * a0…a3 of SYSCALL (registers) appear only when no EXECVE record gives the real arguments.
//   * Bounded: see the limits below. Beyond them a record is kept by the room as a plain event.
//
// Source of truth: audit-userspace (auparse), linux/audit.h.
#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "detectors/base/units.h"
#include "detectors/event/common_fields.h"
#include "detectors/logs/audit_event.h"
#include "detectors/logs/audit_record.h"
#include "detectors/logs/log_parser.h"

namespace persandian::logs {
namespace {

constexpr Duration join_timeout = Duration::seconds(2);  // as auparse
constexpr std::size_t max_pending_events = 64;
constexpr std::size_t max_records = 256;          // of one event
constexpr std::size_t max_event_bytes = 256_KiB;  // of one event's lines

/// The records of one event, as lines.
struct PendingEvent {
    std::uint64_t serial = 0;
    Timestamp time;
    Timestamp received;
    std::uint64_t first_line = 0;
    bool truncated = false;
    bool cut = false;
    std::string text;                 ///< lines with "\n" between them
    std::vector<std::size_t> starts;  ///< of each line in text
};

/// Written by programs, one record each: nothing follows.
bool stands_alone(std::string_view type) noexcept {
    constexpr std::array<std::string_view, 11> prefixes = {
        "USER_", "CRED_", "SERVICE_", "DAEMON_", "CRYPTO_", "ADD_",
        "DEL_",  "GRP_",  "ROLE_",    "SYSTEM_", "VIRT_"};
    for (const std::string_view prefix : prefixes)
        if (type.starts_with(prefix)) return true;
    return type == "USYS_CONFIG" || type == "ACCT_LOCK" || type == "ACCT_UNLOCK" ||
           type == "CHGRP_ID" || type == "CHUSER_ID" || type == "TRUSTED_APP";
}

class AuditdParser : public LogParser {
  public:
    ParseStatus on_line(const LogLine& line, LogEmitter& out) noexcept override {
        const auto record = parse_audit_record(line);
        if (!record) return ParseStatus::not_mine;
        source_name_ = line.source_name;
        source_ = line.source;
        emit_older_than(record->time - join_timeout, out);
        if (stands_alone(record->type)) {
            PendingEvent single = start(*record, line);
            append(single, line);
            emit(single, out);
            return ParseStatus::ok;
        }
        return join(*record, line, out);
    }

    void on_time(Timestamp now, LogEmitter& out) noexcept override {
        const auto waits = [&](const PendingEvent& event) {
            return event.received + join_timeout >= now;
        };
        emit_unless(waits, out);
    }

    void finish(LogEmitter& out) noexcept override {
        emit_unless([](const PendingEvent&) { return false; }, out);
    }

    [[nodiscard]] std::uint64_t oldest_kept_line() const noexcept override {
        return pending_.empty() ? 0 : pending_.front().first_line;
    }

  private:
    static PendingEvent start(const AuditRecord& record, const LogLine& line) {
        PendingEvent event;
        event.serial = record.serial;
        event.time = record.time;
        event.received = line.received;
        event.first_line = line.number;
        return event;
    }

    static void append(PendingEvent& event, const LogLine& line) {
        if (!event.text.empty()) event.text += '\n';
        event.starts.push_back(event.text.size());
        event.text += line.text;
        event.received = line.received;
        event.truncated = event.truncated || line.truncated;
    }

    ParseStatus join(const AuditRecord& record, const LogLine& line, LogEmitter& out) {
        auto found = std::find_if(pending_.begin(), pending_.end(), [&](const PendingEvent& event) {
            return event.serial == record.serial && event.time == record.time;
        });
        const bool ends = record.type == "PROCTITLE" || record.type == "EOE";
        if (found == pending_.end()) {
            if (record.type == "EOE") return ParseStatus::kept;  // its event is out already
            if (pending_.size() >= max_pending_events) {
                emit(pending_.front(), out);
                pending_.erase(pending_.begin());
            }
            pending_.push_back(start(record, line));
            found = pending_.end() - 1;
        }
        if (found->starts.size() >= max_records ||
            found->text.size() + line.text.size() > max_event_bytes) {
            found->cut = true;
            return ParseStatus::limit;
        }
        if (record.type != "EOE") append(*found, line);
        if (ends) {
            emit(*found, out);
            pending_.erase(found);
        }
        return ParseStatus::kept;
    }

    void emit_older_than(Timestamp limit, LogEmitter& out) {
        emit_unless([&](const PendingEvent& event) { return event.time >= limit; }, out);
    }

    /// In the order of their first records.
    template <typename Waits>
    void emit_unless(const Waits& waits, LogEmitter& out) {
        for (PendingEvent& event : pending_)
            if (!waits(event)) emit(event, out);
        pending_.erase(std::remove_if(pending_.begin(), pending_.end(),
                                      [&](const PendingEvent& event) { return !waits(event); }),
                       pending_.end());
    }

    void emit(const PendingEvent& pending, LogEmitter& out) {
        const LogLine lines{.text = pending.text,
                            .source_name = source_name_,
                            .received = pending.received,
                            .number = pending.first_line,
                            .source = source_,
                            .truncated = pending.truncated};
        Event& event = out.begin(lines, pending.time);
        AuditEventWriter writer(event, system_calls_);
        for (std::size_t i = 0; i < pending.starts.size(); ++i) {
            const std::size_t end =
                i + 1 < pending.starts.size() ? pending.starts[i + 1] - 1 : pending.text.size();
            const std::string_view text(pending.text);
            const auto record = parse_audit_record(
                {.text = text.substr(pending.starts[i], end - pending.starts[i])});
            PERSANDIAN_CHECK(record.has_value());
            if (i == 0 && !record->node.empty()) event.add(fields::host, record->node);
            writer.add(*record);
        }
        writer.finish(pending.serial, pending.cut);
        out.commit();
    }

    std::vector<PendingEvent> pending_;  ///< oldest first
    AuditEventWriter::SystemCallNames system_calls_;
    std::string source_name_;
    std::uint16_t source_ = 0;
};

unsigned probe(std::string_view text) noexcept {
    if (text.find("audit(") == std::string_view::npos) return 0;
    return parse_audit_record(LogLine{.text = text}) ? 95 : 0;
}

constexpr std::array<std::string_view, 2> references = {"audit-userspace: auparse",
                                                        "linux/audit.h"};

}  // namespace

const LogEntry& auditd_entry() noexcept;
const LogEntry& auditd_entry() noexcept {
    static const LogEntry entry = {
        .name = "auditd",
        .description = "Linux audit log, records joined by serial number",
        .fields = AuditEventWriter::fields(),
        .references = references,
        .within = "syslog",
        .probe = probe,
        .make = [] { return std::unique_ptr<LogParser>(std::make_unique<AuditdParser>()); }};
    return entry;
}

}  // namespace persandian::logs
