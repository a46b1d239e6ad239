// SPDX-License-Identifier: Apache-2.0
//
// What the recorder says of itself: to the service manager, to `persandian status`.
#include <fmt/format.h>
#include <unistd.h>

#include "daemon/runtime/recorder.h"
#include "detectors/base/encoding.h"

namespace persandian::runtime {

const char* Recorder::state() const {
    if (draining_) return "stopping";
    if (!link_.ready()) return was_ready_ ? "no inspector is ready" : "starting";
    return loading_.valid() || reloading_ ? "reloading" : "watching";
}

std::string Recorder::status_text() const {
    const incident::Coverage seen = keeper_.coverage();
    const std::string& broken = setup_.writer.report().new_generation_reason;
    return fmt::format(
        "{}{}; {} packets ({} dropped), {} log lines ({} not understood), {} events, {} findings, "
        "{} "
        "incident records, "
        "{} rules ({} refused), ledger size {}",
        state(), broken.empty() ? "" : fmt::format("; THE LEDGER WAS NOT CONTINUED ({})", broken),
        seen.packets_received, seen.packets_dropped_kernel + seen.packets_dropped_interface,
        seen.lines_read, seen.lines_unparsed, seen.events, seen.findings,
        keeper_.incident_records(), setup_.rules.rules->rules().size(), setup_.rules.refused.size(),
        setup_.writer.checkpoint().size);
}

/// One JSON object; `persandian status` shows its members.
std::string Recorder::status_json() const {
    std::string out = "{";
    const auto put = [&out](std::string_view name) {
        if (out.size() > 1) out += ',';
        append_json_string(out, name);
        out += ':';
    };
    const auto number = [&](std::string_view name, auto value) {
        put(name);
        out += std::to_string(value);
    };
    const auto text = [&](std::string_view name, std::string_view value) {
        put(name);
        append_json_string(out, value);
    };
    const incident::Coverage seen = keeper_.coverage();
    const ledger::Checkpoint& head = setup_.writer.checkpoint();
    text("state", state());
    text("version", PERSANDIAN_VERSION);
    number("process", ::getpid());
    number("inspector", link_.process_id());
    number("inspectors_started", inspectors_);
    text("since", format_rfc3339_ns(started_at_));
    text("configuration", setup_.config.path.string());
    number("rules", setup_.rules.rules->rules().size());
    number("rules_refused", setup_.rules.refused.size());
    text("ruleset", setup_.rules.rules->version().hex());
    number("interfaces", setup_.config.captures.size());
    number("log_files", setup_.config.logs.size());
    number("packets", seen.packets_received);
    number("packets_dropped", seen.packets_dropped_kernel + seen.packets_dropped_interface);
    number("packets_malformed", seen.packets_malformed);
    number("flows_evicted", seen.flows_evicted);
    number("lines", seen.lines_read);
    number("lines_unparsed", seen.lines_unparsed);
    number("lines_lost", seen.lines_lost);
    number("events", seen.events);
    number("findings", seen.findings);
    number("incident_records", keeper_.incident_records());
    text("ledger", setup_.config.ledger.directory.string());
    text("origin", head.origin);
    number("ledger_size", head.size);
    number("remembered_size", remembered_size_);
    const ledger::OpenReport& opened = setup_.writer.report();
    if (!opened.new_generation_reason.empty()) {
        text("ledger_not_continued", opened.new_generation_reason);
        number("records_missing", opened.lost_records);
    }
    return out + "}";
}

}  // namespace persandian::runtime
