// SPDX-License-Identifier: Apache-2.0
#include "daemon/review/incident_index.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "daemon/review/record_json.h"
#include "detectors/base/ascii.h"
#include "detectors/base/encoding.h"

namespace persandian::review {
namespace {

Values values_of(ledger::LedgerReader& reader, std::uint64_t index) {
    Values out;
    Result<std::vector<ledger::OpenedValue>> opened = reader.disclosures(index);
    if (!opened) return out;
    for (ledger::OpenedValue& value : *opened)
        out.emplace(std::move(value.path), std::move(value.value));
    return out;
}

bool contains_text(std::string_view haystack, std::string_view needle) {
    return std::search(haystack.begin(), haystack.end(), needle.begin(), needle.end(),
                       [](char a, char b) { return ascii_lower(a) == ascii_lower(b); }) !=
           haystack.end();
}

bool any_value_contains(const IncidentView& view, std::string_view text) {
    const auto holds = [&](const Disclosed& value) { return value && contains_text(*value, text); };
    return contains_text(view.rule_title, text) ||
           std::any_of(view.entity.begin(), view.entity.end(),
                       [&](const NamedValue& v) { return holds(v.value); }) ||
           std::any_of(view.fields.begin(), view.fields.end(),
                       [&](const NamedValue& v) { return holds(v.value); });
}

bool status_fits(const IncidentView& view, const std::string& status) {
    if (status.empty()) return true;
    return status == "open" ? view.status != "closed" : view.status == status;
}

bool agency_fits(const IncidentView& view, const std::string& agency) {
    if (agency.empty()) return true;
    return view.agency && (view.agency->code == agency || contains_text(view.agency->name, agency));
}

bool time_fits(const IncidentView& view, const IncidentFilter& filter) {
    const std::optional<Timestamp> time = parse_rfc3339(view.discovered_at);
    if (!time) return filter.since.empty() && filter.until.empty();
    const std::optional<Timestamp> since = parse_rfc3339(filter.since);
    const std::optional<Timestamp> until = parse_rfc3339(filter.until);
    return (!since || *time >= *since) && (!until || *time <= *until);
}

bool fits(const IncidentView& view, const IncidentFilter& filter) {
    return status_fits(view, filter.status) && agency_fits(view, filter.agency) &&
           time_fits(view, filter) &&
           severity_rank(view.severity) >= severity_rank(filter.least_severity) &&
           (filter.rule.empty() || view.rule_id == filter.rule ||
            contains_text(view.rule_title, filter.rule)) &&
           (filter.text.empty() || any_value_contains(view, filter.text));
}

/// "INC-2026-000007" → 7.
std::uint64_t number_in(std::string_view id) {
    std::uint64_t number = 0;
    const std::size_t dash = id.rfind('-');
    const std::string_view digits = dash == std::string_view::npos ? id : id.substr(dash + 1);
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return number;
}

}  // namespace

int severity_rank(std::string_view level) {
    static constexpr std::array<std::string_view, 5> levels = {"informational", "low", "medium",
                                                               "high", "critical"};
    const auto found = std::find(levels.begin(), levels.end(), level);
    return found == levels.end() ? -1 : static_cast<int>(found - levels.begin());
}

Result<IncidentIndex> IncidentIndex::build(ledger::LedgerReader& reader) {
    IncidentIndex index;
    index.origin_ = reader.checkpoint().origin;
    std::string last;
    const Result<void> done =
        reader.for_each(0, reader.size(), [&](std::uint64_t at, const std::string& record) {
            index.add(at, record, reader);
            last = record;
            return true;
        });
    if (!done) return done.error();
    index.last_time_ = last.empty() ? std::string() : time_of(last);
    return index;
}

void IncidentIndex::add(std::uint64_t index, const std::string& record,
                        ledger::LedgerReader& reader) {
    const std::string_view kind = kind_of(record);
    if (kind == "incident") add_incident(index, record, reader);
    if (kind == "decision") add_decision(index, record, reader);
    if (kind == "key") add_key(index, record, reader);
}

void IncidentIndex::add_incident(std::uint64_t index, const std::string& record,
                                 ledger::LedgerReader& reader) {
    Result<IncidentView> parsed = parse_incident(record, values_of(reader, index));
    if (!parsed) return;
    next_number_ = std::max(next_number_, number_in(parsed->id) + 1);
    IncidentView& view = incidents_[parsed->id];
    const bool is_first = view.revision == 0;
    IncidentView before = std::exchange(view, std::move(*parsed));
    view.first_index = is_first ? index : before.first_index;
    view.last_index = index;
    view.history = std::move(before.history);
    view.status = is_first ? "new" : before.status;
    view.verdict = std::move(before.verdict);
    view.assignee = std::move(before.assignee);
    HistoryEntry entry;
    entry.index = index;
    entry.time = time_of(record);
    entry.action = is_first ? "recorded" : "updated";
    entry.status = view.status;
    entry.count = view.count;
    view.history.push_back(std::move(entry));
}

void IncidentIndex::add_decision(std::uint64_t index, const std::string& record,
                                 ledger::LedgerReader& reader) {
    Result<DecisionRecord> parsed = parse_decision(record, values_of(reader, index));
    if (!parsed) return;
    const auto found = incidents_.find(parsed->incident);
    if (found == incidents_.end()) return;
    IncidentView& view = found->second;
    view.status = parsed->entry.status;
    if (!parsed->entry.verdict.empty()) view.verdict = parsed->entry.verdict;
    if (parsed->entry.action == "reopen") view.verdict.clear();
    if (parsed->entry.action == "assign") view.assignee = parsed->entry.assignee;
    view.history.push_back(std::move(parsed->entry));
}

void IncidentIndex::add_key(std::uint64_t index, const std::string& record,
                            ledger::LedgerReader& reader) {
    const Result<KeyRecord> parsed = parse_key(record, values_of(reader, index));
    if (!parsed) return;
    Officer& officer = officers_[parsed->key_id];
    officer.key_id = parsed->key_id;
    officer.revoked = parsed->action == "revoke";
    if (parsed->name) officer.name = parsed->name;
    const std::optional<std::string> raw = base64_decode(parsed->public_key_base64);
    if (raw && raw->size() == officer.key.size()) {
        const ByteView bytes = as_bytes(*raw);
        std::copy(bytes.begin(), bytes.end(), officer.key.begin());
    }
}

std::vector<const IncidentView*> IncidentIndex::select(const IncidentFilter& filter) const {
    std::vector<const IncidentView*> out;
    for (const auto& [id, view] : incidents_)
        if (fits(view, filter)) out.push_back(&view);
    std::sort(out.begin(), out.end(), [](const IncidentView* a, const IncidentView* b) {
        return std::pair(a->discovered_at, a->id) > std::pair(b->discovered_at, b->id);
    });
    return out;
}

const IncidentView* IncidentIndex::find(std::string_view id) const {
    if (const auto found = incidents_.find(std::string(id)); found != incidents_.end())
        return &found->second;
    if (id.find_first_not_of("0123456789") != std::string_view::npos || id.empty()) return nullptr;
    for (const auto& [name, view] : incidents_)
        if (number_in(name) == number_in(id)) return &view;
    return nullptr;
}

}  // namespace persandian::review
