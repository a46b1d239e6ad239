// SPDX-License-Identifier: Apache-2.0
//
// What the recorder says of itself: to the service manager, to `persandian status`.
#include <algorithm>

#include <fmt/format.h>
#include <time.h>
#include <unistd.h>

#include "daemon/runtime/clocks.h"
#include "daemon/runtime/program_log.h"
#include "daemon/runtime/recorder.h"
#include "detectors/base/encoding.h"

namespace persandian::runtime {

namespace {

/// An answer must fit into one message, with room for its last entry.
constexpr std::size_t most_listing_bytes = max_frame_bytes / 2;

/// Entries that are in force now, or that have expired.
std::size_t count_entries(const suppression::Suppressor& suppressor, bool expired) {
    if (!suppressor.plan()) return 0;
    const Timestamp now = wall_now();
    const auto& entries = suppressor.plan()->entries;
    return static_cast<std::size_t>(
        std::count_if(entries.begin(), entries.end(), [&](const suppression::Entry& entry) {
            return expired ? entry.until <= now : entry.in_force(now);
        }));
}

void put_entry(std::string& out, const suppression::Plan& plan, std::size_t index,
               const suppression::EntryCount& count) {
    const suppression::Entry& entry = plan.entries[index];
    const auto text = [&out](std::string_view name, std::string_view value) {
        append_json_string(out, name);
        out += ':';
        append_json_string(out, value);
        out += ',';
    };
    out += '{';
    text("file", entry.path);
    text("kind", entry.throttle ? "throttle" : "suppression");
    text("reason", entry.reason);
    text("author", entry.author);
    text("from", format_rfc3339_ns(entry.from));
    text("until", format_rfc3339_ns(entry.until));
    if (count.last_hidden) text("last", format_rfc3339_ns(*count.last_hidden));
    out += fmt::format(
        R"("line":{},"also_correlations":{},"rule_count":{},"hidden":{},"after_expiry":{},)",
        entry.mark.line, entry.also_correlations, plan.rule_ids[index].size(), count.hidden,
        count.after_expiry);
    out += "\"rules\":[";
    for (std::size_t i = 0; i < entry.rules.size() && i < incident::max_listed_rules; ++i) {
        if (i > 0) out += ',';
        append_json_string(out, entry.rules[i]);
    }
    out += "]}";
}

}  // namespace

const char* Recorder::state() const {
    if (draining_) return "stopping";
    if (!link_.ready()) return was_ready_ ? "no inspector is ready" : "starting";
    return loading_.valid() || reloading_ ? "reloading" : "watching";
}

std::string Recorder::status_text() const {
    const incident::Coverage seen = keeper_.coverage();
    const std::vector<engine::Shortfall> shortfalls = keeper_.shortfalls();
    const std::string& broken = setup_.writer.report().new_generation_reason;
    return fmt::format(
        "{}{}; {} packets ({} dropped), {} log lines ({} not understood), {} events, {} findings, "
        "{} "
        "incident records, "
        "{} rules ({} refused), ledger size {}{}{}",
        state(), broken.empty() ? "" : fmt::format("; THE LEDGER WAS NOT CONTINUED ({})", broken),
        seen.packets_received, seen.packets_dropped_kernel + seen.packets_dropped_interface,
        seen.lines_read, seen.lines_unparsed, seen.events, seen.findings,
        keeper_.incident_records(), setup_.rules.rules->rules().size(), setup_.rules.refused.size(),
        setup_.writer.checkpoint().size,
        shortfalls.empty() ? "" : "; cut or not counted: ", engine::to_text(shortfalls));
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
    number("flows_shed", seen.flows_shed);
    number("lines", seen.lines_read);
    number("lines_unparsed", seen.lines_unparsed);
    number("lines_lost", seen.lines_lost);
    number("events", seen.events);
    number("findings", seen.findings);
    number("findings_suppressed", seen.suppressed);
    number("suppressions", count_entries(keeper_.suppressor(), false));
    number("suppressions_expired", count_entries(keeper_.suppressor(), true));
    number("incident_records", keeper_.incident_records());
    put("shortfalls");
    out += '{';
    for (const engine::Shortfall& shortfall : keeper_.shortfalls())
        out += fmt::format(R"({}"{}":{})", out.back() == '{' ? "" : ",", shortfall.name,
                           shortfall.count);
    out += '}';
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

/// One JSON object; `persandian rules suppressions` shows it.
std::string Recorder::suppressions_json() const {
    std::string out = "{\"suppressions\":[";
    const suppression::Suppressor& suppressor = keeper_.suppressor();
    const std::vector<suppression::EntryCount> counts = suppressor.counts();
    std::size_t told = 0;
    for (; told < counts.size() && out.size() < most_listing_bytes; ++told) {
        if (told > 0) out += ',';
        put_entry(out, *suppressor.plan(), told, counts[told]);
    }
    return out + fmt::format("],\"left_out\":{}}}", counts.size() - told);
}

void Recorder::introduce_suppressions() {
    for (const std::string& warning : setup_.rules.suppression_warnings)
        program_log(config::LogLevel::warning, "suppressions: " + warning);
    told_expiries_ = {INT64_MIN};
    mind_expiries(wall_now());
}

void Recorder::mind_expiries(Timestamp wall) {
    const std::shared_ptr<const suppression::Plan>& plan = keeper_.suppressor().plan();
    if (plan && wall > told_expiries_)
        for (const suppression::Entry& entry : plan->entries)
            if (entry.until > told_expiries_ && entry.until <= wall)
                program_log(config::LogLevel::warning,
                            fmt::format("the {} at {}:{} has expired and hides nothing any more",
                                        entry.throttle ? "throttle" : "suppression", entry.path,
                                        entry.mark.line));
    told_expiries_ = std::max(told_expiries_, wall);
}

}  // namespace persandian::runtime
