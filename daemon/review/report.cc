// SPDX-License-Identifier: Apache-2.0
#include "daemon/review/report.h"

#include <array>

#include <fmt/format.h>

#include "detectors/base/encoding.h"
#include "detectors/base/yaml.h"

namespace persandian::review {
namespace {

constexpr std::size_t shown_evidence_bytes = 4096;
constexpr std::size_t shown_value_bytes = 300;
constexpr std::string_view rule_media_type = "application/yaml";

/// Everything that the sections need.
struct Subject {
    const IncidentView& incident;
    ledger::LedgerReader& reader;
    Language language;
    RuleTexts texts;

    [[nodiscard]] std::string say(std::string_view key) const {
        return std::string(phrase(language, key));
    }
    [[nodiscard]] std::string word(std::string_view prefix, std::string_view w) const {
        return std::string(word_phrase(language, prefix, w));
    }
    [[nodiscard]] std::string value(const Disclosed& value) const {
        return value ? *value : say("redacted");
    }
    [[nodiscard]] std::string time(std::string_view rfc3339) const {
        return local_time(rfc3339, incident, language);
    }
};

Subject make_subject(const IncidentView& incident, ledger::LedgerReader& reader,
                     Language language) {
    return {incident, reader, language,
            rule_texts(rule_document(incident, reader), incident.rule_title, language)};
}

std::string entity_text(const Subject& subject) {
    std::string out;
    for (const NamedValue& entity : subject.incident.entity) {
        if (!out.empty()) out += ", ";
        out += entity.name + " = " + subject.value(entity.value);
    }
    return out.empty() ? subject.say("unknown") : out;
}

std::string agency_text(const Subject& subject) {
    const std::optional<AgencyView>& agency = subject.incident.agency;
    return agency ? fmt::format("{} ({})", agency->name, agency->code) : subject.say("agency.none");
}

std::string techniques(const IncidentView& incident) {
    std::string out;
    for (const std::string& tag : incident.tags) {
        if (tag.rfind("attack.t", 0) != 0) continue;
        if (!out.empty()) out += ", ";
        out += 'T' + tag.substr(8);
    }
    return out;
}

Facts overview(const Subject& s) {
    const IncidentView& incident = s.incident;
    Facts facts;
    facts.items = {{s.say("status"), s.word("status.", incident.status)},
                   {s.say("severity"), s.word("severity.", incident.severity)},
                   {s.say("agency"), agency_text(s)}};
    if (incident.contact) facts.items.emplace_back(s.say("contact"), *incident.contact);
    facts.items.emplace_back(s.say("entity"), entity_text(s));
    facts.items.emplace_back(s.say("occurred_at"), s.time(incident.occurred_at));
    facts.items.emplace_back(s.say("last_seen_at"), s.time(incident.last_seen_at));
    facts.items.emplace_back(s.say("discovered_at"), s.time(incident.discovered_at));
    facts.items.emplace_back(s.say("count"),
                             fmt::format("{} ({})", incident.count,
                                         s.say(incident.final ? "state.final" : "state.open")));
    if (!incident.verdict.empty())
        facts.items.emplace_back(s.say("verdict"), s.word("verdict.", incident.verdict));
    if (incident.assignee) facts.items.emplace_back(s.say("assignee"), *incident.assignee);
    facts.items.emplace_back(s.say("sensor"), incident.sensor);
    return facts;
}

void add_what_happened(const Subject& s, std::vector<Block>& blocks) {
    blocks.emplace_back(Heading{2, s.say("what_happened")});
    blocks.emplace_back(Paragraph{summary_of(s.incident, s.texts, s.language)});
    if (!s.texts.explanation.empty()) {
        blocks.emplace_back(Heading{2, s.say("explanation")});
        blocks.emplace_back(Paragraph{s.texts.explanation});
    }
}

void add_next_steps(const Subject& s, std::vector<Block>& blocks) {
    if (s.texts.next_steps.empty()) return;
    blocks.emplace_back(Heading{2, s.say("next_steps")});
    blocks.emplace_back(BulletList{s.texts.next_steps});
}

void add_why(const Subject& s, std::vector<Block>& blocks) {
    const IncidentView& incident = s.incident;
    blocks.emplace_back(Heading{2, s.say("why")});
    blocks.emplace_back(
        Facts{{{s.say("rule"), fmt::format("{} ({})", incident.rule_title, incident.rule_id)},
               {s.say("attack"), techniques(incident)},
               {s.say("rule.version"), incident.rule_version},
               {s.say("rule.set"), incident.rule_set}}});
    if (incident.why.empty()) {
        blocks.emplace_back(Paragraph{s.say("why.none")});
        return;
    }
    // One condition a line: a rule's test and a value can both be long.
    BulletList conditions;
    for (const Condition& condition : s.incident.why) {
        const std::string value = s.value(condition.value);
        conditions.items.push_back(fmt::format(
            "{}: {} {} → {}{}", condition.selection,
            condition.field.empty() ? s.say("keyword") : condition.field, condition.test,
            value.substr(0, shown_value_bytes), value.size() > shown_value_bytes ? "…" : ""));
    }
    blocks.emplace_back(std::move(conditions));
}

void add_fields(const Subject& s, std::vector<Block>& blocks) {
    blocks.emplace_back(Heading{2, s.say("fields")});
    Facts facts;
    for (const NamedValue& field : s.incident.fields)
        facts.items.emplace_back(field.name, s.value(field.value));
    blocks.emplace_back(std::move(facts));
}

void add_evidence(const Subject& s, std::vector<Block>& blocks) {
    blocks.emplace_back(Heading{2, s.say("evidence")});
    if (s.incident.evidence.empty()) {
        blocks.emplace_back(Paragraph{s.say("evidence.none")});
        return;
    }
    Table table{{s.say("evidence.type"), s.say("evidence.size"), s.say("evidence.hash")}, {}};
    for (const EvidenceReference& reference : s.incident.evidence)
        table.rows.push_back(
            {reference.media_type, std::to_string(reference.size_bytes), reference.sha256});
    blocks.emplace_back(std::move(table));
    for (const EvidenceReference& reference : s.incident.evidence) {
        if (reference.media_type.rfind("text/", 0) != 0) continue;
        const std::optional<Digest> digest = Digest::from_hex(reference.sha256);
        const Result<std::string> bytes =
            digest ? s.reader.evidence(*digest)
                   : Result<std::string>(Error{ErrorCode::malformed, "no hash"});
        if (bytes) blocks.emplace_back(Verbatim{bytes->substr(0, shown_evidence_bytes)});
    }
}

void add_history(const Subject& s, std::vector<Block>& blocks) {
    blocks.emplace_back(Heading{2, s.say("history")});
    Table table{{"#", s.say("time"), s.say("what"), s.say("officer"), s.say("text")}, {}};
    for (const HistoryEntry& entry : s.incident.history) {
        std::string text = entry.text.value_or("");
        if (entry.assignee) text = "→ " + *entry.assignee + (text.empty() ? "" : ": " + text);
        if (!entry.verdict.empty()) text = s.word("verdict.", entry.verdict) + ": " + text;
        if (entry.count > 0) text = fmt::format("{}: {}", s.say("count"), entry.count);
        table.rows.push_back({std::to_string(entry.index), s.time(entry.time),
                              s.word("action.", entry.action),
                              entry.officer_key.empty() ? "" : s.value(entry.officer), text});
    }
    blocks.emplace_back(std::move(table));
}

void add_coverage(const Subject& s, std::vector<Block>& blocks) {
    blocks.emplace_back(Heading{2, s.say("coverage")});
    Facts facts;
    for (const auto& [name, value] : s.incident.coverage)
        facts.items.emplace_back(s.word("coverage.", name), std::to_string(value));
    blocks.emplace_back(std::move(facts));
}

void add_proof(const Subject& s, std::vector<Block>& blocks) {
    const ledger::Checkpoint& head = s.reader.checkpoint();
    blocks.emplace_back(Heading{2, s.say("proof")});
    blocks.emplace_back(Facts{{{s.say("proof.log"), head.origin},
                               {s.say("proof.record"), std::to_string(s.incident.last_index)},
                               {s.say("proof.size"), std::to_string(head.size)},
                               {s.say("proof.root"), base64_encode(head.root.bytes)}}});
    blocks.emplace_back(
        Verbatim{s.say("proof.command") +
                 ":\n  persandian-verify LEDGER_DIR --key log.pub.pem\n  persandian log prove " +
                 std::to_string(s.incident.last_index) + " -l LEDGER_DIR"});
}

/// A text in `language` of a {id: …, en: …} map; the other language when only that is there.
std::string text_in(const yaml::Node* node, Language language) {
    if (node == nullptr) return {};
    const yaml::Node* wanted = node->find(language == Language::indonesian ? "id" : "en");
    if (wanted == nullptr) wanted = node->find(language == Language::indonesian ? "en" : "id");
    return wanted != nullptr && wanted->is_scalar() ? wanted->text : std::string();
}

std::string_view month_name(unsigned month, Language language) {
    static constexpr std::array<std::string_view, 12> indonesian = {
        "Januari", "Februari", "Maret",     "April",   "Mei",      "Juni",
        "Juli",    "Agustus",  "September", "Oktober", "November", "Desember"};
    static constexpr std::array<std::string_view, 12> english = {
        "January", "February", "March",     "April",   "May",      "June",
        "July",    "August",   "September", "October", "November", "December"};
    return (language == Language::indonesian ? indonesian : english)[(month - 1) % 12];
}

}  // namespace

RuleTexts rule_texts(std::string_view rule_yaml, std::string_view plain_title, Language language) {
    RuleTexts texts;
    texts.title = plain_title;
    const yaml::ParseOutcome outcome = yaml::parse(rule_yaml);
    if (outcome.documents.empty()) return texts;
    const yaml::Node& root = outcome.documents[0].root;
    if (const yaml::Node* const description = root.find("description"); description != nullptr)
        texts.explanation = description->text;
    const yaml::Node* const own = root.find("persandian");
    if (own == nullptr) return texts;
    if (std::string title = text_in(own->find("title"), language); !title.empty())
        texts.title = std::move(title);
    if (std::string text = text_in(own->find("explanation"), language); !text.empty())
        texts.explanation = std::move(text);
    const yaml::Node* const steps = own->find("next_steps");
    const yaml::Node* const list =
        steps == nullptr ? nullptr : steps->find(language == Language::indonesian ? "id" : "en");
    if (list != nullptr)
        for (const yaml::Node& step : list->items) texts.next_steps.push_back(step.text);
    return texts;
}

std::string rule_document(const IncidentView& incident, const ledger::LedgerReader& reader) {
    for (const EvidenceReference& reference : incident.evidence) {
        const std::optional<Digest> digest = Digest::from_hex(reference.sha256);
        if (!digest || reference.media_type != rule_media_type ||
            reference.sha256 != incident.rule_version)
            continue;
        if (Result<std::string> text = reader.evidence(*digest)) return std::move(*text);
    }
    return {};
}

std::string local_time(std::string_view rfc3339, const IncidentView& incident, Language language) {
    const std::optional<Timestamp> time = parse_rfc3339(rfc3339);
    if (!time) return std::string(rfc3339);
    const int offset = incident.agency ? incident.agency->zone_offset_minutes : 0;
    const CalendarTime local = to_calendar(*time, offset);
    const CalendarTime utc = to_calendar(*time);
    const bool indonesian = language == Language::indonesian;
    std::string out = fmt::format(fmt::runtime(indonesian ? "{} {} {} pukul {:02}.{:02}.{:02}"
                                                          : "{} {} {}, {:02}:{:02}:{:02}"),
                                  local.day, month_name(local.month, language), local.year,
                                  local.hour, local.minute, local.second);
    if (offset == 0) return out + " UTC";
    const std::string zone = incident.agency && !incident.agency->zone_name.empty()
                                 ? incident.agency->zone_name
                                 : fmt::format("UTC{:+}", offset / 60);
    return out + fmt::format(" {} ({:02}:{:02}:{:02} UTC)", zone, utc.hour, utc.minute, utc.second);
}

std::string summary_of(const IncidentView& incident, const RuleTexts& texts, Language language) {
    std::string out =
        fmt::format(fmt::runtime(phrase(language, "summary.fired")), texts.title, incident.count);
    const std::string first = local_time(incident.occurred_at, incident, language);
    const std::string last = local_time(incident.last_seen_at, incident, language);
    out += ' ' + (first == last ? fmt::format(fmt::runtime(phrase(language, "summary.once")), first)
                                : fmt::format(fmt::runtime(phrase(language, "summary.between")),
                                              first, last));
    std::string about;
    for (const NamedValue& entity : incident.entity)
        about += (about.empty() ? "" : ", ") + entity.name + " " + entity.value.value_or("?");
    if (!about.empty()) out += fmt::format(", {} {}", phrase(language, "summary.about"), about);
    if (incident.agency) out += fmt::format(" ({})", incident.agency->name);
    return out + '.';
}

Document incident_page(const IncidentView& incident, ledger::LedgerReader& reader,
                       Language language) {
    const Subject subject = make_subject(incident, reader, language);
    Document page{incident.id, language == Language::indonesian ? "id" : "en", {}};
    page.blocks.emplace_back(Heading{1, incident.id + "  " + subject.texts.title});
    page.blocks.emplace_back(overview(subject));
    add_what_happened(subject, page.blocks);
    add_why(subject, page.blocks);
    add_next_steps(subject, page.blocks);
    add_fields(subject, page.blocks);
    add_evidence(subject, page.blocks);
    add_history(subject, page.blocks);
    add_coverage(subject, page.blocks);
    add_proof(subject, page.blocks);
    return page;
}

Document incident_report(const IncidentView& incident, ledger::LedgerReader& reader,
                         Language language) {
    const Subject s = make_subject(incident, reader, language);
    Document report{s.say("report.title") + ' ' + incident.id,
                    language == Language::indonesian ? "id" : "en",
                    {}};
    std::vector<Block>& blocks = report.blocks;
    blocks.emplace_back(Heading{1, s.say("report.title") + ' ' + incident.id});
    blocks.emplace_back(Paragraph{s.say("tlp")});
    blocks.emplace_back(Heading{2, s.say("summary")});
    blocks.emplace_back(Paragraph{summary_of(incident, s.texts, language)});
    blocks.emplace_back(Heading{2, s.say("reporter")});
    blocks.emplace_back(Paragraph{s.say("fill_in")});
    blocks.emplace_back(Heading{2, s.say("description")});
    blocks.emplace_back(overview(s));
    if (!s.texts.explanation.empty()) blocks.emplace_back(Paragraph{s.texts.explanation});
    blocks.emplace_back(Heading{2, s.say("timeline")});
    Table timeline{{s.say("time"), s.say("what")}, {}};
    timeline.rows = {{s.time(incident.occurred_at), s.say("timeline.first")},
                     {s.time(incident.last_seen_at), s.say("timeline.last")},
                     {s.time(incident.discovered_at), s.say("timeline.noticed")}};
    blocks.emplace_back(std::move(timeline));
    blocks.emplace_back(Heading{2, s.say("impact")});
    blocks.emplace_back(Paragraph{s.say("impact.hint")});
    add_why(s, blocks);
    add_fields(s, blocks);
    add_history(s, blocks);
    add_next_steps(s, blocks);
    add_evidence(s, blocks);
    add_coverage(s, blocks);
    add_proof(s, blocks);
    return report;
}

}  // namespace persandian::review
