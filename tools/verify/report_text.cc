// SPDX-License-Identifier: Apache-2.0
//
// The report as people read it and as programs read it.
#include <algorithm>
#include <cstdio>

#include "tools/verify/encoding.h"
#include "tools/verify/report.h"

namespace persandian::verify {

namespace {

std::string grouped(std::uint64_t number) {
    const std::string digits = std::to_string(number);
    std::string out;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        if (i > 0 && (digits.size() - i) % 3 == 0) out += ',';
        out += digits[i];
    }
    return out;
}

std::string weight_word(Weight weight, Language language) {
    const bool en = language == Language::english;
    switch (weight) {
        case Weight::note:
            return en ? "note       " : "catatan    ";
        case Weight::gap:
            return "GAP        ";
        case Weight::unchecked:
            return en ? "NOT CHECKED" : "TAK DICEK  ";
        case Weight::tampered:
            break;
    }
    return "TAMPERED   ";
}

/// One line "  label  value" of the coverage.
class Table {
  public:
    Table(std::string& out, Language language)
        : out_(out), english_(language == Language::english) {}

    void row(const char* english, const char* indonesian, const std::string& value) {
        std::string label = english_ ? english : indonesian;
        label.resize(std::max<std::size_t>(label.size(), 14), ' ');
        out_ += "  " + label + value + "\n";
    }
    [[nodiscard]] std::string pick(const char* english, const char* indonesian) const {
        return english_ ? english : indonesian;
    }

  private:
    std::string& out_;
    bool english_;
};

void coverage_counts(Table& table, const Coverage& c) {
    std::string kinds;
    for (const auto& [kind, count] : c.kinds)
        kinds += (kinds.empty() ? "" : ", ") + printable(kind) + " " + grouped(count);
    table.row("kinds", "jenis", kinds);
    table.row("time", "waktu",
              c.first_time + " … " + c.last_time + ", " + grouped(c.boots) +
                  table.pick(" writer starts", " kali penulis dimulai"));
    if (c.commitments > 0)
        table.row(
            "values", "nilai",
            grouped(c.commitments) + table.pick(" committed: ", " berkomitmen: ") +
                grouped(c.disclosed) + table.pick(" present and matching, ", " ada dan cocok, ") +
                grouped(c.commitments - c.disclosed) + table.pick(" withheld", " tidak diungkap"));
    if (c.evidence_references > 0)
        table.row("evidence", "bukti",
                  grouped(c.evidence_references) + table.pick(" references: ", " rujukan: ") +
                      grouped(c.evidence_hashed) +
                      table.pick(" files re-hashed (", " berkas di-hash ulang (") +
                      grouped(c.evidence_bytes) + table.pick(" bytes), ", " byte), ") +
                      grouped(c.evidence_missing) + table.pick(" MISSING", " TIDAK ADA"));
    if (c.decisions > 0)
        table.row("decisions", "keputusan",
                  grouped(c.decisions) +
                      table.pick(" officer signatures good", " tanda tangan petugas sah"));
}

void coverage_text(std::string& out, const Coverage& c, bool is_bundle, Language language) {
    Table table(out, language);
    out += "\n" + table.pick("Generation ", "Generasi ") + c.generation + "\n";
    if (!c.signature_good) {
        table.row("checkpoint", "checkpoint",
                  table.pick("none that is validly signed: NOTHING was verified",
                             "tidak ada yang sah: TIDAK ADA yang terverifikasi"));
        return;
    }
    table.row("log", "log", printable(c.origin));
    table.row("checkpoint", "checkpoint",
              grouped(c.size) +
                  table.pick(" records, signature of key ", " rekaman, tanda tangan kunci ") +
                  c.key_id + table.pick(" good", " sah"));
    table.row("root", "akar", hex_encode(view_of(c.root)));
    const std::string root =
        c.root_checked
            ? table.pick("; they give the signed root", "; sesuai akar")
            : table.pick("; the signed root was NOT confirmed", "; akar TIDAK terkonfirmasi");
    if (is_bundle)
        table.row("re-hashed", "hash ulang",
                  table.pick("1 record", "1 rekaman") + std::string(" (") +
                      grouped(c.record_bytes) + " bytes)" +
                      (c.root_checked ? table.pick("; its proof leads to the signed root",
                                                   "; buktinya sampai ke akar")
                                      : table.pick("; its proof FAILS", "; buktinya GAGAL")));
    else
        table.row("re-hashed", "hash ulang",
                  grouped(c.records) + table.pick(" of ", " dari ") + grouped(c.size) +
                      table.pick(" records, ", " rekaman, ") + grouped(c.record_bytes) +
                      " bytes, " + grouped(c.segments) + table.pick(" segments", " segmen") + root);
    if (c.records > 0) coverage_counts(table, c);
}

void finding_text(std::string& out, const Finding& finding, Language language) {
    out += "  " + weight_word(finding.weight, language) + " ";
    if (!finding.where.empty()) out += printable(finding.where, 400) + ": ";
    if (finding.index)
        out += (language == Language::english ? "record " : "rekaman ") +
               std::to_string(*finding.index) + ": ";
    out += text_of(finding.message, finding.arguments, language) + "\n";
}

void json_member(std::string& out, const char* name, const std::string& value) {
    out += std::string(out.back() == '{' ? "" : ",") + "\"" + name + "\":";
    append_json_string(out, printable(value, 100'000));
}

void json_member(std::string& out, const char* name, std::uint64_t value) {
    out += std::string(out.back() == '{' ? "" : ",") + "\"" + name + "\":" + std::to_string(value);
}

void json_member(std::string& out, const char* name, bool value) {
    out +=
        std::string(out.back() == '{' ? "" : ",") + "\"" + name + (value ? "\":true" : "\":false");
}

void json_coverage(std::string& out, const Coverage& c) {
    out += '{';
    json_member(out, "generation", c.generation);
    json_member(out, "origin", c.origin);
    json_member(out, "size", c.size);
    json_member(out, "root", c.signature_good ? hex_encode(view_of(c.root)) : "");
    json_member(out, "key_id", c.key_id);
    json_member(out, "signature_good", c.signature_good);
    json_member(out, "root_confirmed", c.root_checked);
    json_member(out, "records_rehashed", c.records);
    json_member(out, "record_bytes", c.record_bytes);
    json_member(out, "segments", c.segments);
    json_member(out, "first_time", c.first_time);
    json_member(out, "last_time", c.last_time);
    json_member(out, "boots", c.boots);
    json_member(out, "commitments", c.commitments);
    json_member(out, "disclosed", c.disclosed);
    json_member(out, "withheld", c.commitments - c.disclosed);
    json_member(out, "evidence_references", c.evidence_references);
    json_member(out, "evidence_rehashed", c.evidence_hashed);
    json_member(out, "evidence_missing", c.evidence_missing);
    json_member(out, "decisions_verified", c.decisions);
    json_member(out, "silences", c.silences);
    json_member(out, "unsigned_tail_bytes", c.tail_bytes);
    out += ",\"kinds\":{";
    for (const auto& [kind, count] : c.kinds) {
        if (out.back() != '{') out += ',';
        append_json_string(out, printable(kind));
        out += ":" + std::to_string(count);
    }
    out += "}}";
}

std::string_view weight_code(Weight weight) {
    switch (weight) {
        case Weight::note:
            return "note";
        case Weight::gap:
            return "gap";
        case Weight::unchecked:
            return "unchecked";
        case Weight::tampered:
            break;
    }
    return "tampered";
}

}  // namespace

std::string Report::verdict_line(Language language) const {
    std::string out = language == Language::english ? "VERDICT: " : "PUTUSAN: ";
    out += word_of(verdict());
    if (verdict() != Verdict::tampered) return out;
    const Finding* bad = first_bad();
    if (bad == nullptr) return out;
    out += language == Language::english ? " (first bad record: " : " (rekaman rusak pertama: ";
    if (bad->message == Message::root_differs)
        out += language == Language::english ? "not before " : "tidak sebelum ";
    out += std::to_string(*bad->index);
    if (generations.size() > 1)
        out += (language == Language::english ? ", generation " : ", generasi ") + bad->generation;
    return out + ")";
}

std::string Report::text(Language language, bool colour) const {
    const bool en = language == Language::english;
    std::string out = "persandian-verify " PERSANDIAN_VERSION "\n";
    out += (en ? "Checked  " : "Diperiksa  ") + printable(subject, 1000) + "\n";
    if (!key_text.empty())
        out += (en ? "Key      " : "Kunci      ") + key_text +
               (key_trusted ? ""
                : en        ? " (found inside, NOT trusted)"
                            : " (ditemukan di dalam, TIDAK dipercaya)") +
               "\n";
    for (const Coverage& c : generations) coverage_text(out, c, is_bundle, language);
    if (!findings_.empty()) out += en ? "\nFindings\n" : "\nTemuan\n";
    for (const Weight weight : {Weight::tampered, Weight::unchecked, Weight::gap, Weight::note})
        for (const Finding& finding : findings_)
            if (finding.weight == weight) finding_text(out, finding, language);
    const char* paint = exit_code() == 0   ? "\x1b[32m"
                        : exit_code() == 1 ? "\x1b[1;31m"
                                           : "\x1b[33m";
    out += "\n";
    if (colour) out += paint;
    out += verdict_line(language);
    if (colour) out += "\x1b[0m";
    return out + "\n";
}

std::string Report::json() const {
    std::string out = "{";
    json_member(out, "verdict", std::string(word_of(verdict())));
    json_member(out, "exit", static_cast<std::uint64_t>(exit_code()));
    json_member(out, "subject", subject);
    json_member(out, "bundle", is_bundle);
    json_member(out, "key", key_text);
    json_member(out, "key_trusted", key_trusted);
    json_member(out, "witnessed", witnessed);
    if (const Finding* bad = verdict() == Verdict::tampered ? first_bad() : nullptr) {
        out += ",\"first_bad\":{";
        json_member(out, "generation", bad->generation);
        json_member(out, "index", *bad->index);
        json_member(out, "exact", bad->message != Message::root_differs);
        out += '}';
    }
    out += ",\"generations\":[";
    for (const Coverage& c : generations) {
        if (out.back() != '[') out += ',';
        json_coverage(out, c);
    }
    out += "],\"findings\":[";
    for (const Finding& finding : findings_) {
        if (out.back() != '[') out += ',';
        out += '{';
        json_member(out, "weight", std::string(weight_code(finding.weight)));
        json_member(out, "code", std::string(code_of(finding.message)));
        if (!finding.where.empty()) json_member(out, "where", finding.where);
        if (!finding.generation.empty()) json_member(out, "generation", finding.generation);
        if (finding.index) json_member(out, "index", *finding.index);
        json_member(out, "text", text_of(finding.message, finding.arguments, Language::english));
        out += '}';
    }
    return out + "]}\n";
}

}  // namespace persandian::verify
