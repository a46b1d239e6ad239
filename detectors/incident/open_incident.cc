// SPDX-License-Identifier: Apache-2.0
#include "detectors/incident/open_incident.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "detectors/incident/evidence.h"
#include "detectors/incident/members.h"
#include "detectors/incident/records.h"

namespace persandian::incident {
namespace {

// Rule authors' texts may be long; a leaf may not.
constexpr std::size_t max_title_bytes = 512;
constexpr std::size_t max_test_bytes = 512;
constexpr std::size_t max_name_bytes = 128;
constexpr std::size_t max_tags = 32;
constexpr std::size_t reserved_for_why_bytes = 24'000;
constexpr std::size_t reserved_for_end_bytes = 4'000;

// At most `most` bytes, never half a UTF-8 character.
std::string_view cut(std::string_view text, std::size_t most) {
    if (text.size() <= most) return text;
    while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xc0U) == 0x80U) --most;
    return text.substr(0, most);
}

std::string path_of(std::string_view list, std::size_t index, std::string_view member) {
    return std::string(list) + '/' + std::to_string(index) + '/' + std::string(member);
}

void add_rule(Members& out, const RuleReference& rule) {
    out.begin_object("rule");
    out.text("id", cut(rule.id, max_name_bytes));
    out.text("title", cut(rule.title, max_title_bytes));
    out.text("version", rule.version.hex());
    out.text("level", to_string(rule.level));
    std::vector<std::string> tags;
    for (const std::string& tag : rule.tags)
        if (tags.size() < max_tags) tags.emplace_back(cut(tag, max_name_bytes));
    out.texts("tags", tags);
    out.end_object();
}

void add_agency(Members& out, const Agency* agency) {
    if (agency == nullptr) return out.null("agency");
    out.begin_object("agency");
    out.text("code", cut(agency->code, max_name_bytes));
    out.text("name", cut(agency->name, max_title_bytes));
    out.text("zone", cut(agency->zone, max_name_bytes));
    out.text("zone_name", cut(agency->zone_name, max_name_bytes));
    out.number("zone_offset_minutes", agency->zone_offset_minutes);
    out.end_object();
}

bool is_short_number(std::string_view text) {
    return !text.empty() && text.size() <= 5 &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Facts that name nobody: words of ours and short numbers, whatever the event claims.
void add_facts(Members& out, const Finding& finding, const StageContext& context) {
    static constexpr std::array<std::string_view, 3> words = {"proto", "app_proto", "log.format"};
    static constexpr std::array<std::string_view, 3> numbers = {"dest_port", "http.status",
                                                                "correlation.count"};
    out.begin_object("facts");
    for (const std::string_view name : words) {
        const std::string_view value = finding.value_of(name);
        if (!value.empty() && context.is_our_word && context.is_our_word(value))
            out.text(name, value);
    }
    for (const std::string_view name : numbers) {
        const std::string_view value = finding.value_of(name);
        if (is_short_number(value)) out.text(name, value);
    }
    out.end_object();
}

void add_entity(Members& out, const std::vector<Entity>& entity) {
    out.begin_array("entity");
    for (std::size_t i = 0; i < entity.size(); ++i) {
        out.begin_item();
        out.text("field", cut(entity[i].field, max_name_bytes));
        out.disclosed(path_of("entity", i, "value"), entity[i].value);
        out.end_object();
    }
    out.end_array();
}

bool is_ours(std::string_view name, const StageContext& context) {
    static constexpr std::array<std::string_view, 3> correlation = {
        "correlation.count", "correlation.first_seen", "correlation.last_seen"};
    if (std::find(correlation.begin(), correlation.end(), name) != correlation.end()) return true;
    return context.is_our_word && context.is_our_word(name);
}

void add_fields(Members& out, const Finding& finding, const RecordSurroundings& around) {
    const std::size_t most = around.limits.max_record_bytes > reserved_for_why_bytes
                                 ? around.limits.max_record_bytes - reserved_for_why_bytes
                                 : 0;
    out.begin_array("fields");
    for (std::size_t i = 0; i < finding.fields.size(); ++i) {
        if (out.size() > most) {
            around.counters.fields_left_out += finding.fields.size() - i;
            break;
        }
        const FindingField& field = finding.fields[i];
        out.begin_item();
        // group-by names stand in the rule; other names only when they are ours
        if (i < finding.group_fields || is_ours(field.name, around.context)) {
            out.text("field", cut(field.name, max_name_bytes));
        } else {
            out.text("field", "");
            out.begin_object("name");
            out.disclosed(path_of("fields", i, "name"), field.name);
            out.end_object();
        }
        out.disclosed(path_of("fields", i, "value"), field.value);
        out.end_object();
    }
    out.end_array();
}

void add_why(Members& out, const Finding& finding, const RecordSurroundings& around) {
    const std::size_t most = around.limits.max_record_bytes - reserved_for_end_bytes;
    out.begin_array("why");
    for (std::size_t i = 0; i < finding.conditions.size() && out.size() < most; ++i) {
        const MatchedCondition& condition = finding.conditions[i];
        out.begin_item();
        out.text("selection", cut(condition.selection, max_name_bytes));
        out.text("field", cut(condition.field, max_name_bytes));
        out.text("test", cut(condition.test, max_test_bytes));
        out.disclosed(path_of("why", i, "value"), condition.value);
        out.end_object();
    }
    out.end_array();
}

void add_evidence(Members& out, const std::vector<EvidenceReference>& references) {
    out.begin_array("ev");
    for (const EvidenceReference& reference : references) {
        out.begin_item();
        out.text("sha256", reference.sha256.hex());
        out.count("size", reference.size_bytes);
        out.text("type", reference.media_type);
        out.end_object();
    }
    out.end_array();
}

// The blobs that this record brings; the incident's references grow by them.
std::vector<EvidenceBlob> take_new_blobs(OpenIncident& incident) {
    std::vector<EvidenceBlob> candidates;
    if (incident.revision == 0 && !incident.rule_text.empty())
        candidates.push_back(make_blob("application/yaml", std::move(incident.rule_text)));
    incident.rule_text.clear();
    for (EvidenceBlob& blob : evidence_blobs(
             incident.pending, fmt::format("{}: {}", incident.id, incident.first.rule.title)))
        candidates.push_back(std::move(blob));
    incident.pending.clear();
    std::vector<EvidenceBlob> blobs;
    for (EvidenceBlob& blob : candidates) {
        const bool known = std::any_of(
            incident.references.begin(), incident.references.end(),
            [&](const EvidenceReference& reference) { return reference.sha256 == blob.sha256; });
        if (known) continue;
        incident.references.push_back({blob.sha256, blob.bytes.size(), blob.media_type});
        blobs.push_back(std::move(blob));
    }
    return blobs;
}

}  // namespace

RecordDraft next_record(OpenIncident& incident, bool is_final, const RecordSurroundings& around) {
    std::vector<EvidenceBlob> blobs = take_new_blobs(incident);
    ++incident.revision;
    const Finding& first = incident.first;
    Members out(around.random);
    out.text("id", incident.id);
    out.count("rev", incident.revision);
    out.text("state", is_final ? "final" : "open");
    add_rule(out, first.rule);
    out.text("ruleset", incident.rule_set.hex());
    out.text("sensor", cut(around.context.sensor, max_name_bytes));
    out.text("severity", to_string(first.rule.level));
    add_agency(out, incident.agency);
    out.time("occurred_at", incident.occurred);
    out.time("last_seen_at", incident.last_seen);
    out.time("discovered_at", incident.discovered);
    out.count("count", incident.count);
    out.text("event_type", cut(first.event_type, max_name_bytes));
    add_facts(out, first, around.context);
    add_entity(out, incident.entity);
    add_fields(out, first, around);
    add_why(out, first, around);
    if (incident.agency != nullptr && !incident.agency->contact.empty()) {
        out.begin_object("contact");
        out.disclosed("contact", incident.agency->contact);
        out.end_object();
    }
    add_evidence(out, incident.references);
    write_coverage(out, around.context.coverage ? around.context.coverage() : Coverage{});
    RecordDraft draft = out.take("incident");
    draft.evidence = std::move(blobs);
    ++around.counters.records;
    return draft;
}

}  // namespace persandian::incident
