// SPDX-License-Identifier: Apache-2.0
#include "daemon/review/phrases.h"

#include <algorithm>
#include <array>
#include <string>

namespace persandian::review {
namespace {

struct Phrase {
    std::string_view key, indonesian, english;
};

// Sorted by key; a test checks it.
constexpr std::array<Phrase, 112> phrases = {{
    {"action.acknowledge", "Diterima", "Acknowledged"},
    {"action.assign", "Ditugaskan", "Assigned"},
    {"action.close", "Ditutup", "Closed"},
    {"action.comment", "Catatan", "Comment"},
    {"action.recorded", "Insiden dicatat", "Incident recorded"},
    {"action.reopen", "Dibuka kembali", "Reopened"},
    {"action.updated", "Catatan diperbarui", "Record updated"},
    {"agency", "Instansi", "Agency"},
    {"agency.none", "aset belum terdaftar", "asset not registered"},
    {"assignee", "Penanggung jawab", "Assigned to"},
    {"attack", "Teknik (ATT&CK)", "Techniques (ATT&CK)"},
    {"contact", "Narahubung", "Contact"},
    {"count", "Jumlah temuan", "Findings"},
    {"coverage", "Cakupan pemantauan saat itu", "Monitoring coverage at that time"},
    {"coverage.events", "peristiwa", "events"},
    {"coverage.findings", "temuan", "findings"},
    {"coverage.flows_evicted", "aliran dilepas karena batas memori",
     "flows evicted by the memory limit"},
    {"coverage.flows_shed", "aliran yang sisanya tidak dibaca karena beban",
     "flows whose rest was not read under load"},
    {"coverage.lines_lost", "baris log hilang", "log lines lost"},
    {"coverage.lines_read", "baris log dibaca", "log lines read"},
    {"coverage.lines_unparsed", "baris log tidak dikenali", "log lines not understood"},
    {"coverage.packets_dropped_interface", "paket dibuang antarmuka",
     "packets dropped by the interface"},
    {"coverage.packets_dropped_kernel", "paket dibuang kernel", "packets dropped by the kernel"},
    {"coverage.packets_malformed", "paket cacat", "malformed packets"},
    {"coverage.packets_received", "paket diterima", "packets received"},
    {"decision", "Keputusan", "Decision"},
    {"description", "Deskripsi insiden", "Description"},
    {"discovered_at", "Ditemukan pada", "Discovered at"},
    {"entity", "Pihak terkait", "About"},
    {"evidence", "Bukti", "Evidence"},
    {"evidence.hash", "Nilai hash SHA-256", "SHA-256"},
    {"evidence.none", "Tidak ada bukti mentah yang disimpan.", "No raw evidence was kept."},
    {"evidence.size", "Ukuran (bita)", "Size (bytes)"},
    {"evidence.type", "Jenis", "Type"},
    {"explanation", "Mengapa ini penting", "Why this matters"},
    {"fields", "Isi peristiwa pertama", "The first event"},
    {"fill_in", "(diisi petugas)", "(to be filled in by the officer)"},
    {"history", "Riwayat", "History"},
    {"impact", "Dampak", "Impact"},
    {"impact.hint", "Layanan, data, jumlah subjek data, lama gangguan: (diisi petugas)",
     "Services, data, number of data subjects, length of the disturbance: (to be filled in by the "
     "officer)"},
    {"keyword", "(kata kunci)", "(keyword)"},
    {"last_seen_at", "Terakhir terlihat", "Last seen"},
    {"next_steps", "Langkah yang disarankan", "What to do"},
    {"none", "tidak ada", "none"},
    {"occurred_at", "Terjadi pada", "Occurred at"},
    {"officer", "Petugas", "Officer"},
    {"proof", "Letak dalam buku catatan bertanda tangan", "Position in the signed log"},
    {"proof.command", "Periksa tanpa kami", "Check without us"},
    {"proof.log", "Buku catatan", "Log"},
    {"proof.record", "Catatan nomor", "Record"},
    {"proof.root", "Akar pohon", "Root hash"},
    {"proof.size", "Ukuran buku catatan", "Log size"},
    {"redacted", "(tidak tersedia: sudah dihapus atau tidak disertakan)",
     "(not available: redacted or not included)"},
    {"report.title", "Laporan Insiden Siber", "Cyber Incident Report"},
    {"reporter", "Informasi kontak pelapor", "Reporter's contact"},
    {"rule", "Aturan", "Rule"},
    {"rule.set", "Paket aturan (hash)", "Rule set (hash)"},
    {"rule.version", "Versi aturan (hash)", "Rule version (hash)"},
    {"sensor", "Sensor", "Sensor"},
    {"severity", "Tingkat keparahan", "Severity"},
    {"severity.critical", "kritis", "critical"},
    {"severity.high", "tinggi", "high"},
    {"severity.informational", "info", "informational"},
    {"severity.low", "rendah", "low"},
    {"severity.medium", "sedang", "medium"},
    {"shortfall.correlation_chains_cut", "rantai korelasi dipotong", "correlation chains cut"},
    {"shortfall.correlation_entries_evicted", "isi jendela korelasi dilepas karena batas",
     "entries of correlation windows evicted by a limit"},
    {"shortfall.correlation_groups_evicted", "kelompok korelasi dilepas karena batas",
     "correlation groups evicted by a limit"},
    {"shortfall.correlation_samples_without_evidence", "contoh korelasi tanpa bukti",
     "correlation samples without evidence"},
    {"shortfall.findings_too_late", "temuan datang terlambat",
     "findings too late for their window"},
    {"shortfall.findings_without_group_field", "temuan tanpa kolom pengelompokan",
     "findings without the field they are grouped by"},
    {"shortfall.findings_without_number", "temuan tanpa angka",
     "findings without a number to reckon with"},
    {"shortfall.findings_without_value_field", "temuan tanpa kolom yang dihitung",
     "findings without the field that is counted"},
    {"shortfall.incident_fields_left_out", "kolom insiden tidak dicatat",
     "fields of incidents left out"},
    {"shortfall.incident_samples_left_out", "contoh bukti tidak disimpan",
     "evidence samples left out"},
    {"shortfall.incidents_closed_early", "insiden ditutup sebelum waktunya karena batas",
     "incidents closed early by a limit"},
    {"shortfall.payload_bytes_beyond_depth", "bita muatan di luar kedalaman pemeriksaan",
     "payload bytes beyond the depth that rules see"},
    {"shortfall.payload_chunks_alone", "potongan muatan diperiksa sendiri karena batas memori",
     "payload chunks looked at alone because of a limit"},
    {"shortfall.regexes_gave_up", "pencarian ekspresi reguler dihentikan batas kerja",
     "searches of regular expressions given up"},
    {"shortfall.sequences_gave_up", "pencarian urutan dihentikan batas kerja",
     "searches of sequences given up"},
    {"shortfall.throttle_keys_evicted", "kunci pembatas dilepas karena batas",
     "throttle keys evicted by a limit"},
    {"state.final", "jendela waktu sudah tertutup", "its window has closed"},
    {"state.open", "masih dapat bertambah", "may still grow"},
    {"status", "Status", "Status"},
    {"status.closed", "Ditutup", "Closed"},
    {"status.in_progress", "Ditangani", "In progress"},
    {"status.new", "Baru", "New"},
    {"summary", "Ringkasan", "Summary"},
    {"summary.about", "terkait", "about"},
    {"summary.between", "antara {0} dan {1}", "between {0} and {1}"},
    {"summary.fired", "Aturan \"{0}\" terpenuhi {1} kali", "The rule \"{0}\" was met {1} time(s)"},
    {"summary.once", "pada {0}", "at {0}"},
    {"text", "Keterangan", "Text"},
    {"time", "Waktu", "Time"},
    {"timeline", "Kronologi", "Timeline"},
    {"timeline.first", "Temuan pertama", "First finding"},
    {"timeline.last", "Temuan terakhir", "Last finding"},
    {"timeline.noticed", "Disadari oleh sensor", "Noticed by the sensor"},
    {"tlp", "TLP:AMBER", "TLP:AMBER"},
    {"unknown", "tidak diketahui", "unknown"},
    {"verdict", "Putusan", "Verdict"},
    {"verdict.benign", "bukan ancaman", "benign"},
    {"verdict.duplicate", "duplikat", "duplicate"},
    {"verdict.false_positive", "positif palsu", "false positive"},
    {"verdict.test", "pengujian", "test"},
    {"verdict.true_positive", "insiden benar", "true positive"},
    {"verdict.undetermined", "belum dapat ditentukan", "undetermined"},
    {"what", "Uraian", "What"},
    {"what_happened", "Apa yang terjadi", "What happened"},
    {"why", "Mengapa aturan ini terpenuhi", "Why the rule fired"},
    {"why.none", "Aturan ini menghitung peristiwa; lihat bukti.",
     "This rule counts events; see the evidence."},
    {"yes", "ya", "yes"},
}};

const Phrase* look_up(std::string_view key) {
    const auto found = std::lower_bound(
        phrases.begin(), phrases.end(), key,
        [](const Phrase& phrase, std::string_view wanted) { return phrase.key < wanted; });
    return found == phrases.end() || found->key != key ? nullptr : found;
}

}  // namespace

std::optional<Language> parse_language(std::string_view text) {
    const std::string_view code = text.substr(0, 2);
    if (code == "id") return Language::indonesian;
    if (code == "en" || code == "C" || code == "C." || code == "PO") return Language::english;
    return std::nullopt;
}

std::string_view phrase(Language language, std::string_view key) {
    const Phrase* const found = look_up(key);
    if (found == nullptr) return key;
    return language == Language::indonesian ? found->indonesian : found->english;
}

std::string_view word_phrase(Language language, std::string_view prefix, std::string_view word) {
    const Phrase* const found = look_up(std::string(prefix) + std::string(word));
    if (found == nullptr) return word;
    return language == Language::indonesian ? found->indonesian : found->english;
}

}  // namespace persandian::review
