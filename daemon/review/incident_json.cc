// SPDX-License-Identifier: Apache-2.0
#include "daemon/review/incident_json.h"

#include <string_view>

#include "detectors/base/encoding.h"

namespace persandian::review {
namespace {

/// Writes members of one object with commas where they belong.
class Members {
  public:
    explicit Members(std::string& out) : out_(out) { out_ += '{'; }
    void text(std::string_view key, std::string_view value) {
        begin(key);
        append_json_string(out_, value);
    }
    void disclosed(std::string_view key, const Disclosed& value) {
        begin(key);
        if (value) {
            append_json_string(out_, *value);
        } else {
            out_ += "null";
        }
    }
    void number(std::string_view key, std::uint64_t value) {
        begin(key);
        out_ += std::to_string(value);
    }
    void begin(std::string_view key) {
        if (!first_) out_ += ',';
        first_ = false;
        append_json_string(out_, key);
        out_ += ':';
    }
    void end() { out_ += '}'; }

  private:
    std::string& out_;
    bool first_ = true;
};

template <typename Items, typename Write>
void append_list(std::string& out, const Items& items, Write write) {
    out += '[';
    bool first = true;
    for (const auto& item : items) {
        if (!first) out += ',';
        first = false;
        write(item);
    }
    out += ']';
}

void append_named(std::string& out, const std::vector<NamedValue>& values) {
    append_list(out, values, [&](const NamedValue& value) {
        Members members(out);
        members.text("field", value.name);
        members.disclosed("value", value.value);
        members.end();
    });
}

void append_condition(std::string& out, const Condition& condition) {
    Members members(out);
    members.text("selection", condition.selection);
    members.text("field", condition.field);
    members.text("test", condition.test);
    members.disclosed("value", condition.value);
    members.end();
}

void append_history(std::string& out, const HistoryEntry& entry) {
    Members members(out);
    members.number("record", entry.index);
    members.text("time", entry.time);
    members.text("action", entry.action);
    members.text("status", entry.status);
    if (!entry.verdict.empty()) members.text("verdict", entry.verdict);
    if (entry.count > 0) members.number("count", entry.count);
    if (!entry.officer_key.empty()) {
        members.text("officer_key", entry.officer_key);
        members.disclosed("officer", entry.officer);
    }
    if (entry.assignee) members.disclosed("assignee", entry.assignee);
    if (entry.text) members.disclosed("text", entry.text);
    members.end();
}

void append_evidence(std::string& out, const EvidenceReference& reference) {
    Members members(out);
    members.text("sha256", reference.sha256);
    members.number("size", reference.size_bytes);
    members.text("type", reference.media_type);
    members.end();
}

void append_rule(std::string& out, const IncidentView& incident) {
    Members rule(out);
    rule.text("id", incident.rule_id);
    rule.text("title", incident.rule_title);
    rule.text("version", incident.rule_version);
    rule.begin("tags");
    append_list(out, incident.tags, [&](const std::string& tag) { append_json_string(out, tag); });
    rule.end();
}

void append_agency(std::string& out, const IncidentView& incident) {
    if (!incident.agency) {
        out += "null";
        return;
    }
    Members agency(out);
    agency.text("code", incident.agency->code);
    agency.text("name", incident.agency->name);
    agency.text("zone", incident.agency->zone_name);
    agency.disclosed("contact", incident.contact);
    agency.end();
}

void append_lists(std::string& out, Members& members, const IncidentView& incident) {
    members.begin("facts");
    Members facts(out);
    for (const auto& [name, value] : incident.facts) facts.text(name, value);
    facts.end();
    members.begin("entity");
    append_named(out, incident.entity);
    members.begin("fields");
    append_named(out, incident.fields);
    members.begin("why");
    append_list(out, incident.why,
                [&](const Condition& condition) { append_condition(out, condition); });
    members.begin("evidence");
    append_list(out, incident.evidence,
                [&](const EvidenceReference& reference) { append_evidence(out, reference); });
    members.begin("coverage");
    Members coverage(out);
    for (const auto& [name, value] : incident.coverage) coverage.number(name, value);
    coverage.end();
    members.begin("history");
    append_list(out, incident.history,
                [&](const HistoryEntry& entry) { append_history(out, entry); });
}

}  // namespace

void append_incident_json(std::string& out, const IncidentView& incident) {
    Members members(out);
    members.text("id", incident.id);
    members.number("rev", incident.revision);
    members.number("record", incident.last_index);
    members.text("state", incident.final ? "final" : "open");
    members.text("status", incident.status);
    if (!incident.verdict.empty()) members.text("verdict", incident.verdict);
    if (incident.assignee) members.disclosed("assignee", incident.assignee);
    members.text("severity", incident.severity);
    members.begin("rule");
    append_rule(out, incident);
    members.text("ruleset", incident.rule_set);
    members.text("sensor", incident.sensor);
    members.begin("agency");
    append_agency(out, incident);
    members.text("occurred_at", incident.occurred_at);
    members.text("last_seen_at", incident.last_seen_at);
    members.text("discovered_at", incident.discovered_at);
    members.number("count", incident.count);
    members.text("event_type", incident.event_type);
    append_lists(out, members, incident);
    members.end();
}

}  // namespace persandian::review
