// SPDX-License-Identifier: Apache-2.0
#include "daemon/review/record_json.h"

#include <boost/json.hpp>

namespace persandian::review {
namespace {

namespace json = boost::json;

std::string text_of(const json::object& object, std::string_view key) {
    const json::value* const value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string())
                                                  : std::string();
}

std::uint64_t number_of(const json::object& object, std::string_view key) {
    const json::value* const value = object.if_contains(key);
    if (value == nullptr) return 0;
    if (value->is_uint64()) return value->get_uint64();
    return value->is_int64() && value->get_int64() > 0
               ? static_cast<std::uint64_t>(value->get_int64())
               : 0;
}

const json::object& object_of(const json::object& object, std::string_view key) {
    static const json::object none;
    const json::value* const value = object.if_contains(key);
    return value != nullptr && value->is_object() ? value->get_object() : none;
}

const json::array& array_of(const json::object& object, std::string_view key) {
    static const json::array none;
    const json::value* const value = object.if_contains(key);
    return value != nullptr && value->is_array() ? value->get_array() : none;
}

/// The value behind {"p": path, "c": …}.
Disclosed disclosed(const json::object& commitment, const Values& values) {
    const auto found = values.find(text_of(commitment, "p"));
    return found == values.end() ? Disclosed() : Disclosed(found->second);
}

Result<json::object> parse_object(const std::string& record) {
    json::error_code error;
    json::value value = json::parse(record, error);
    if (error || !value.is_object())
        return Error{ErrorCode::malformed, "the record is not a JSON object"};
    return std::move(value.get_object());
}

/// `field`, or, when the name itself is not one of ours and was committed to, the disclosed `name`.
std::string field_name(const json::object& item, const Values& values) {
    std::string name = text_of(item, "field");
    if (!name.empty()) return name;
    return disclosed(object_of(item, "name"), values).value_or("?");
}

std::vector<NamedValue> named_values(const json::array& items, const Values& values) {
    std::vector<NamedValue> out;
    for (const json::value& item : items)
        if (item.is_object())
            out.push_back(
                {field_name(item.get_object(), values), disclosed(item.get_object(), values)});
    return out;
}

void read_rule(const json::object& rule, IncidentView& view) {
    view.rule_id = text_of(rule, "id");
    view.rule_title = text_of(rule, "title");
    view.rule_version = text_of(rule, "version");
    for (const json::value& tag : array_of(rule, "tags"))
        if (tag.is_string()) view.tags.emplace_back(tag.get_string());
}

void read_agency(const json::object& record, IncidentView& view) {
    const json::object& agency = object_of(record, "agency");
    if (agency.empty()) return;
    AgencyView out{text_of(agency, "code"), text_of(agency, "name"), text_of(agency, "zone_name"),
                   0};
    if (const json::value* const offset = agency.if_contains("zone_offset_minutes");
        offset != nullptr && offset->is_int64())
        out.zone_offset_minutes = static_cast<int>(offset->get_int64());
    view.agency = std::move(out);
}

void read_lists(const json::object& record, const Values& values, IncidentView& view) {
    for (const json::key_value_pair& fact : object_of(record, "facts"))
        if (fact.value().is_string())
            view.facts.emplace_back(fact.key(), std::string(fact.value().get_string()));
    view.entity = named_values(array_of(record, "entity"), values);
    view.fields = named_values(array_of(record, "fields"), values);
    for (const json::value& item : array_of(record, "why")) {
        if (!item.is_object()) continue;
        const json::object& why = item.get_object();
        view.why.push_back({text_of(why, "selection"), text_of(why, "field"), text_of(why, "test"),
                            disclosed(why, values)});
    }
    for (const json::value& item : array_of(record, "ev")) {
        if (!item.is_object()) continue;
        const json::object& ev = item.get_object();
        view.evidence.push_back(
            {text_of(ev, "sha256"), number_of(ev, "size"), text_of(ev, "type")});
    }
    const json::object& coverage = object_of(record, "coverage");
    for (const json::key_value_pair& counter : coverage)
        view.coverage.emplace_back(counter.key(), number_of(coverage, counter.key()));
}

}  // namespace

std::string_view kind_of(std::string_view record) {
    // The writer puts "v" and "kind" first; the ledger was verified before anybody asks.
    constexpr std::string_view head = R"({"v":1,"kind":")";
    if (record.substr(0, head.size()) != head) return {};
    record.remove_prefix(head.size());
    return record.substr(0, record.find('"'));
}

Result<IncidentView> parse_incident(const std::string& record, const Values& values) {
    const Result<json::object> parsed = parse_object(record);
    if (!parsed) return parsed.error();
    const json::object& object = *parsed;
    IncidentView view;
    view.id = text_of(object, "id");
    view.revision = number_of(object, "rev");
    if (view.id.empty() || view.revision == 0)
        return Error{ErrorCode::malformed, "an incident record without id or rev"};
    view.final = text_of(object, "state") == "final";
    read_rule(object_of(object, "rule"), view);
    view.rule_set = text_of(object, "ruleset");
    view.severity = text_of(object, "severity");
    view.sensor = text_of(object, "sensor");
    read_agency(object, view);
    view.occurred_at = text_of(object, "occurred_at");
    view.last_seen_at = text_of(object, "last_seen_at");
    view.discovered_at = text_of(object, "discovered_at");
    view.count = number_of(object, "count");
    view.event_type = text_of(object, "event_type");
    view.contact = disclosed(object_of(object, "contact"), values);
    read_lists(object, values, view);
    return view;
}

Result<DecisionRecord> parse_decision(const std::string& record, const Values& values) {
    const Result<json::object> parsed = parse_object(record);
    if (!parsed) return parsed.error();
    const json::object& object = *parsed;
    DecisionRecord out;
    out.incident = text_of(object, "incident");
    out.signature_base64 = text_of(object, "sig");
    out.entry.index = number_of(object, "seq");
    out.entry.time = text_of(object, "ts");
    out.entry.action = text_of(object, "action");
    out.entry.status = text_of(object, "status");
    out.entry.verdict = text_of(object, "verdict");
    out.entry.officer_key = text_of(object, "officer");
    out.entry.officer = disclosed(object_of(object, "name"), values);
    out.entry.assignee = disclosed(object_of(object, "assignee"), values);
    out.entry.text = disclosed(object_of(object, "text"), values);
    if (out.incident.empty() || out.entry.action.empty())
        return Error{ErrorCode::malformed, "a decision record without incident or action"};
    return out;
}

Result<KeyRecord> parse_key(const std::string& record, const Values& values) {
    const Result<json::object> parsed = parse_object(record);
    if (!parsed) return parsed.error();
    return KeyRecord{text_of(*parsed, "action"), text_of(*parsed, "key_id"),
                     text_of(*parsed, "pub"), disclosed(object_of(*parsed, "name"), values)};
}

std::string time_of(const std::string& record) {
    const Result<json::object> parsed = parse_object(record);
    return parsed ? text_of(*parsed, "ts") : std::string();
}

}  // namespace persandian::review
