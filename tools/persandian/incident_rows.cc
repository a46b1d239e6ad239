// SPDX-License-Identifier: Apache-2.0
#include "tools/persandian/incident_rows.h"

#include <array>

#include <boost/json.hpp>

namespace persandian::cli {
namespace {

namespace json = boost::json;

std::string text(const json::object& object, const char* key) {
    const json::value* const value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

std::int64_t number(const json::object& object, const char* key) {
    const json::value* const value = object.if_contains(key);
    return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

std::string disclosed(const incident::RecordDraft& draft, const std::string& path) {
    for (const incident::Disclosure& disclosure : draft.disclosures)
        if (disclosure.path == path) return disclosure.value;
    return {};
}

void read_agency(const json::object& record, IncidentRow& row) {
    const json::value* const agency = record.if_contains("agency");
    if (agency == nullptr || !agency->is_object()) return;
    const json::object& object = agency->get_object();
    row.has_agency = true;
    row.agency_code = text(object, "code");
    row.agency_name = text(object, "name");
    row.zone_name = text(object, "zone_name");
    row.zone_offset_minutes = static_cast<int>(number(object, "zone_offset_minutes"));
}

IncidentRow row_of(const incident::RecordDraft& draft, const json::object& record) {
    IncidentRow row;
    row.id = text(record, "id");
    row.state = text(record, "state");
    row.severity = text(record, "severity");
    row.revision = number(record, "rev");
    row.count = number(record, "count");
    row.occurred_at = text(record, "occurred_at");
    row.last_seen_at = text(record, "last_seen_at");
    row.discovered_at = text(record, "discovered_at");
    row.rule_id = text(record.at("rule").as_object(), "id");
    row.rule_title = text(record.at("rule").as_object(), "title");
    read_agency(record, row);
    for (const json::value& part : record.at("entity").as_array()) {
        const json::object& object = part.as_object();
        row.entity.push_back({text(object, "field"), disclosed(draft, text(object, "p"))});
    }
    for (const json::value& reason : record.at("why").as_array()) {
        const json::object& object = reason.as_object();
        row.why.push_back({text(object, "selection"), text(object, "field"), text(object, "test"),
                           disclosed(draft, text(object, "p"))});
    }
    for (const json::value& evidence : record.at("ev").as_array())
        row.evidence.push_back(text(evidence.as_object(), "sha256"));
    return row;
}

}  // namespace

void IncidentRows::add(const incident::RecordDraft& draft) {
    if (draft.kind != "incident" || draft.members.empty()) return;
    const json::value record = json::parse("{" + draft.members.substr(1) + "}");
    IncidentRow row = row_of(draft, record.as_object());
    if (rows_.size() >= max_rows && rows_.find(row.id) == rows_.end()) {
        if (row.revision == 1) ++left_out_;
        return;
    }
    std::string id = row.id;
    rows_.insert_or_assign(std::move(id), std::move(row));
}

int severity_rank(const std::string& severity) {
    static constexpr std::array<std::string_view, 5> words = {"informational", "low", "medium",
                                                              "high", "critical"};
    for (std::size_t i = 0; i < words.size(); ++i)
        if (words[i] == severity) return static_cast<int>(i);
    return -1;
}

}  // namespace persandian::cli
