// SPDX-License-Identifier: Apache-2.0
#include "tools/persandian/replay_report.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "daemon/review/phrases.h"
#include "detectors/base/encoding.h"
#include "detectors/base/timestamp.h"
#include "tools/persandian/suppression_report.h"

namespace persandian::cli {
namespace {

constexpr std::size_t most_rows_shown = 200;
constexpr std::size_t widest_title = 60;
constexpr std::size_t widest_entity = 48;
constexpr std::size_t narrowest_text = 12;  // of a column that must give room

struct Words {
    std::string_view severity, id, when, title, agency, entity, count;
    std::array<std::string_view, 5> levels;
    std::string_view unregistered, no_incidents, incidents, more, stored, not_stored;
};

const Words& words(Language language) {
    static const Words indonesian = {"TINGKAT",
                                     "NOMOR",
                                     "WAKTU",
                                     "JUDUL",
                                     "INSTANSI",
                                     "PIHAK",
                                     "JUMLAH",
                                     {"info", "rendah", "sedang", "tinggi", "kritis"},
                                     "(belum terdaftar)",
                                     "Tidak ada insiden.",
                                     "insiden",
                                     "insiden lain tidak ditampilkan",
                                     "Catatan tersimpan dan ditandatangani di",
                                     "Tidak disimpan (gunakan -l FOLDER)."};
    static const Words english = {"SEVERITY",
                                  "NUMBER",
                                  "WHEN",
                                  "TITLE",
                                  "AGENCY",
                                  "WHO",
                                  "COUNT",
                                  {"info", "low", "medium", "high", "critical"},
                                  "(not registered)",
                                  "No incidents.",
                                  "incidents",
                                  "more incidents not shown",
                                  "Records stored and signed in",
                                  "Nothing was stored (use -l FOLDER)."};
    return language == Language::indonesian ? indonesian : english;
}

// Characters of UTF-8, which is what a column is as wide as (our texts have no wide characters).
std::size_t width(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;
    }));
}

std::string shortened(const std::string& out, std::size_t most) {
    if (width(out) <= most) return out;
    std::size_t characters = 0;
    std::size_t end = 0;
    while (end < out.size() && characters < most - 1) {
        ++end;
        while (end < out.size() && (static_cast<unsigned char>(out[end]) & 0xc0U) == 0x80U) ++end;
        ++characters;
    }
    return out.substr(0, end) + "…";
}

std::string fitted(std::string_view text, std::size_t most) {
    return shortened(escape_for_terminal(text, most * 4), most);
}

std::string zone_name(int offset_minutes) {
    if (offset_minutes == 420) return "WIB";
    if (offset_minutes == 480) return "WITA";
    if (offset_minutes == 540) return "WIT";
    if (offset_minutes == 0) return "UTC";
    return fmt::format("{}{:02}:{:02}", offset_minutes < 0 ? '-' : '+',
                       std::abs(offset_minutes) / 60, std::abs(offset_minutes) % 60);
}

std::string local_time(const std::string& utc, int offset_minutes, const std::string& zone) {
    const std::optional<Timestamp> time = parse_rfc3339(utc);
    if (!time) return utc;
    const CalendarTime local = to_calendar(*time, offset_minutes);
    return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02} {}", local.year, local.month, local.day,
                       local.hour, local.minute, local.second, zone);
}

std::string when(const IncidentRow& row, int offset_minutes) {
    if (row.has_agency)
        return local_time(row.occurred_at, row.zone_offset_minutes,
                          escape_for_terminal(row.zone_name));
    return local_time(row.occurred_at, offset_minutes, zone_name(offset_minutes));
}

std::string title_of(const IncidentRow& row, const sigma::RuleSet& rules, Language language) {
    const sigma::RuleInfo* const rule = rules.find(row.rule_id);
    if (rule == nullptr) return row.rule_title;
    const std::string& title = language == Language::indonesian ? rule->title.id : rule->title.en;
    return title.empty() ? row.rule_title : title;
}

std::string entity_of(const IncidentRow& row) {
    std::string out;
    for (const IncidentRow::Part& part : row.entity) {
        if (!out.empty()) out += ' ';
        out += part.value;
    }
    return out;
}

// Most severe first, then in the order of number.
std::vector<const IncidentRow*> sorted(const IncidentRows& incidents) {
    std::vector<const IncidentRow*> out;
    for (const auto& entry : incidents.rows()) out.push_back(&entry.second);
    std::stable_sort(out.begin(), out.end(), [](const IncidentRow* a, const IncidentRow* b) {
        return severity_rank(a->severity) > severity_rank(b->severity);
    });
    return out;
}

std::string_view colour_of(int rank) {
    static constexpr std::array<std::string_view, 5> codes = {"", "", "\x1b[33m", "\x1b[31m",
                                                              "\x1b[1;31m"};
    return rank < 0 ? std::string_view() : codes[static_cast<std::size_t>(rank)];
}

using Line = std::array<std::string, 7>;

Line line_of(const IncidentRow& row, const ReplayReport& report) {
    const Words& said = words(report.language);
    const int rank = severity_rank(row.severity);
    return {
        rank < 0 ? row.severity : std::string(said.levels[static_cast<std::size_t>(rank)]),
        row.id,
        when(row, report.zone_offset_minutes),
        fitted(title_of(row, report.rule_set, report.language), widest_title),
        row.has_agency ? fitted(row.agency_name, widest_entity) : std::string(said.unregistered),
        fitted(entity_of(row), widest_entity),
        std::to_string(row.count)};
}

// Takes room from the widest of title, agency and entity until the line fits.
void narrow(std::array<std::size_t, 7>& widths, std::size_t columns) {
    constexpr std::size_t gap = 2;
    std::size_t total = (widths.size() - 1) * gap;
    for (const std::size_t one : widths) total += one;
    while (columns > 0 && total > columns) {
        std::size_t& widest = *std::max_element(widths.begin() + 3, widths.begin() + 6);
        if (widest <= narrowest_text) return;
        --widest;
        --total;
    }
}

void append_table(std::string& out, const ReplayReport& report) {
    const Words& said = words(report.language);
    const std::vector<const IncidentRow*> rows = sorted(report.incidents);
    std::vector<Line> lines = {{std::string(said.severity), std::string(said.id),
                                std::string(said.when), std::string(said.title),
                                std::string(said.agency), std::string(said.entity),
                                std::string(said.count)}};
    for (const IncidentRow* row : rows) {
        if (lines.size() > most_rows_shown) break;
        lines.push_back(line_of(*row, report));
    }
    std::array<std::size_t, 7> widths{};
    for (const Line& line : lines)
        for (std::size_t i = 0; i < line.size(); ++i)
            widths[i] = std::max(widths[i], width(line[i]));
    narrow(widths, report.columns);
    for (std::size_t n = 0; n < lines.size(); ++n) {
        const std::string_view colour =
            n > 0 && report.colour ? colour_of(severity_rank(rows[n - 1]->severity)) : "";
        std::string text;
        for (std::size_t i = 0; i < widths.size(); ++i) {
            const std::string cell = shortened(lines[n][i], widths[i]);
            const std::string padding(widths[i] - width(cell), ' ');
            if (i > 0) text += "  ";
            // numbers to the right
            text += i + 1 == widths.size() ? padding + cell : cell + padding;
        }
        out += colour.empty() ? text : fmt::format("{}{}\x1b[0m", colour, text);
        out += '\n';
    }
    const std::uint64_t all = rows.size() + report.incidents.left_out();
    if (all > lines.size() - 1)
        out += fmt::format("… {} {}\n", all - (lines.size() - 1), said.more);
}

std::string events_text(const ReplayTotals& totals) {
    std::string out;
    for (const auto& [type, count] : totals.events_by_type) {
        if (!out.empty()) out += ", ";
        out += fmt::format("{} {}", type, count);
    }
    return out.empty() ? "0" : out;
}

void append_shortfalls(std::string& out, std::string_view label, const ReplayReport& report) {
    std::string_view before = label;
    for (const engine::Shortfall& shortfall : report.totals.shortfalls) {
        out += fmt::format("{}{} {}", before, shortfall.count,
                           review::word_phrase(report.language, "shortfall.", shortfall.name));
        before = ", ";
    }
    if (!report.totals.shortfalls.empty()) out += '\n';
}

void append_totals(std::string& out, const ReplayReport& report) {
    const ReplayTotals& t = report.totals;
    const incident::Coverage& c = t.coverage;
    if (report.language == Language::indonesian) {
        out += fmt::format("Lalu lintas : {} berkas, {} paket, {} alur; rusak {}\n", t.captures,
                           c.packets_received, t.flows, c.packets_malformed);
        out += fmt::format("Log         : {} berkas, {} baris; tidak dikenali {}, terpotong {}\n",
                           t.log_files, c.lines_read, c.lines_unparsed, t.lines_truncated);
        out += fmt::format("Peristiwa   : {}\n", events_text(t));
        out += fmt::format("Aturan      : {} dimuat, {} ditolak, {} tanpa sumber log\n",
                           report.rules.loaded, report.rules.refused, report.rules.unfed);
        out += fmt::format("Temuan      : {}; insiden {}; celah tercatat {}\n", c.findings,
                           t.incidents.incidents, t.gaps);
        append_shortfalls(out, "Terpotong   : ", report);
        return;
    }
    out += fmt::format("Traffic  : {} files, {} packets, {} flows; malformed {}\n", t.captures,
                       c.packets_received, t.flows, c.packets_malformed);
    out += fmt::format("Logs     : {} files, {} lines; not understood {}, cut {}\n", t.log_files,
                       c.lines_read, c.lines_unparsed, t.lines_truncated);
    out += fmt::format("Events   : {}\n", events_text(t));
    out += fmt::format("Rules    : {} loaded, {} refused, {} without a log source\n",
                       report.rules.loaded, report.rules.refused, report.rules.unfed);
    out += fmt::format("Findings : {}; incidents {}; gaps recorded {}\n", c.findings,
                       t.incidents.incidents, t.gaps);
    append_shortfalls(out, "Cut short: ", report);
}

// JSON is written by hand: few members, fixed order, lossless texts.
class Json {
  public:
    void key(std::string_view name) {
        comma();
        append_json_string(out, name);
        out += ':';
    }
    void text(std::string_view name, std::string_view value) {
        key(name);
        append_json_string(out, value);
    }
    template <typename Number>
    void number(std::string_view name, Number value) {
        key(name);
        out += fmt::format("{}", value);
    }
    void open(char bracket) { out += bracket; }
    void item(char bracket) {
        comma();
        out += bracket;
    }
    void close(char bracket) { out += bracket; }
    std::string out;

  private:
    void comma() {
        if (!out.empty() && out.back() != '{' && out.back() != '[' && out.back() != ':') out += ',';
    }
};

void write_row(Json& json, const IncidentRow& row, const ReplayReport& report) {
    json.item('{');
    json.text("id", row.id);
    json.number("rev", row.revision);
    json.text("state", row.state);
    json.text("severity", row.severity);
    json.text("rule", row.rule_id);
    json.text("title", title_of(row, report.rule_set, report.language));
    json.text("occurred_at", row.occurred_at);
    json.text("last_seen_at", row.last_seen_at);
    json.text("discovered_at", row.discovered_at);
    json.number("count", row.count);
    json.key("agency");
    if (row.has_agency) {
        json.open('{');
        json.text("code", row.agency_code);
        json.text("name", row.agency_name);
        json.text("zone_name", row.zone_name);
        json.close('}');
    } else {
        json.out += "null";
    }
    json.key("entity");
    json.open('[');
    for (const IncidentRow::Part& part : row.entity) {
        json.item('{');
        json.text("field", part.field);
        json.text("value", part.value);
        json.close('}');
    }
    json.close(']');
    json.key("why");
    json.open('[');
    for (const IncidentRow::Reason& reason : row.why) {
        json.item('{');
        json.text("selection", reason.selection);
        json.text("field", reason.field);
        json.text("test", reason.test);
        json.text("value", reason.value);
        json.close('}');
    }
    json.close(']');
    json.close('}');
}

void write_totals(Json& json, const ReplayReport& report) {
    const ReplayTotals& t = report.totals;
    json.key("totals");
    json.open('{');
    json.number("captures", t.captures);
    json.number("log_files", t.log_files);
    json.number("bytes", t.bytes);
    json.number("packets", t.coverage.packets_received);
    json.number("packets_malformed", t.coverage.packets_malformed);
    json.number("flows", t.flows);
    json.number("flows_evicted", t.coverage.flows_evicted);
    json.number("lines", t.coverage.lines_read);
    json.number("lines_unparsed", t.coverage.lines_unparsed);
    json.number("lines_truncated", t.lines_truncated);
    json.number("findings", t.coverage.findings);
    json.number("suppressed", t.coverage.suppressed);
    json.number("incidents", t.incidents.incidents);
    json.number("gaps", t.gaps);
    json.number("rules_loaded", report.rules.loaded);
    json.number("rules_refused", report.rules.refused);
    json.number("rules_unfed", report.rules.unfed);
    json.key("shortfalls");
    json.open('{');
    for (const engine::Shortfall& shortfall : t.shortfalls)
        json.number(shortfall.name, shortfall.count);
    json.close('}');
    json.key("events");
    json.open('{');
    for (const auto& [type, count] : t.events_by_type) json.number(type, count);
    json.close('}');
    json.close('}');
}

}  // namespace

std::string report_text(const ReplayReport& report) {
    const Words& said = words(report.language);
    std::string out;
    if (report.incidents.rows().empty()) {
        out += fmt::format("{}\n", said.no_incidents);
    } else {
        append_table(out, report);
    }
    out += '\n';
    append_totals(out, report);
    out += suppressions_text(report.suppressor, report.language == Language::indonesian);
    out += report.ledger.empty() ? fmt::format("{}\n", said.not_stored)
                                 : fmt::format("{} {}\n", said.stored, report.ledger);
    return out;
}

std::string report_json(const ReplayReport& report) {
    Json json;
    json.open('{');
    json.key("incidents");
    json.open('[');
    for (const IncidentRow* row : sorted(report.incidents)) write_row(json, *row, report);
    json.close(']');
    write_totals(json, report);
    if (report.suppressor.plan()) {
        json.key("suppressions");
        json.out += suppressions_json(report.suppressor);
    }
    if (!report.ledger.empty()) json.text("ledger", report.ledger);
    json.close('}');
    json.out += '\n';
    return std::move(json.out);
}

}  // namespace persandian::cli
