// SPDX-License-Identifier: Apache-2.0
#include "tools/verify/messages.h"

#include <array>

namespace persandian::verify {

namespace {

struct Row {
    Message message;
    std::string_view code;
    std::string_view english;
    std::string_view indonesian;
};

using enum Message;
constexpr auto rows = std::to_array<Row>({
    {slot_damaged, "slot_damaged",
     "the commit slot is damaged: {0} (altered, or torn by a power cut: then start the daemon once "
     "and verify again)",
     "slot commit rusak: {0} (diubah, atau terpotong saat listrik padam: jalankan daemon sekali "
     "lalu verifikasi ulang)"},
    {checkpoint_malformed, "checkpoint_malformed", "the checkpoint is not well formed: {0}",
     "checkpoint tidak sesuai format: {0}"},
    {signature_bad, "signature_bad",
     "the signature of key {0} on the checkpoint of {1} records is WRONG",
     "tanda tangan kunci {0} pada checkpoint {1} rekaman SALAH"},
    {signature_absent, "signature_absent",
     "the checkpoint of {1} records is not signed by the key given (key id {0}); a wrong key file, "
     "or a log made by somebody else",
     "checkpoint {1} rekaman tidak ditandatangani oleh kunci yang diberikan (id kunci {0}); berkas "
     "kunci keliru, atau log dibuat pihak lain"},
    {origin_differs, "origin_differs", "the log calls itself {0}, expected {1}",
     "log menyebut dirinya {0}, seharusnya {1}"},
    {slots_contradict, "slots_contradict", "the two commit slots contradict each other: {0}",
     "kedua slot commit saling bertentangan: {0}"},
    {slot_missing, "slot_missing",
     "this slot is unwritten although commit {0} was made: it was removed or emptied",
     "slot ini kosong padahal commit {0} sudah dibuat: slot dihapus atau dikosongkan"},
    {no_valid_checkpoint, "no_valid_checkpoint",
     "no valid signed checkpoint: none of its records is covered",
     "tidak ada checkpoint sah: tidak satu rekaman pun tercakup"},
    {older_root_differs, "older_root_differs",
     "the first {0} records do not give the root that the older slot signed",
     "{0} rekaman pertama tidak menghasilkan akar yang ditandatangani slot lama"},
    {record_missing, "record_missing",
     "records {0} to {1} are signed but missing (cut off or deleted)",
     "rekaman {0} sampai {1} ditandatangani tetapi tidak ada (dipotong atau dihapus)"},
    {record_altered, "record_altered",
     "the record is not the one that was signed (altered, inserted, deleted or moved)",
     "rekaman bukan yang ditandatangani (diubah, disisipkan, dihapus, atau dipindah)"},
    {record_framing, "record_framing", "the entry is broken: {0}", "entri rusak: {0}"},
    {record_rule, "record_rule", "the record breaks the format: {0}",
     "rekaman melanggar format: {0}"},
    {root_differs, "root_differs",
     "the records do not give the signed root; the first altered one is not before {0}",
     "rekaman tidak menghasilkan akar yang ditandatangani; yang pertama diubah tidak sebelum {0}"},
    {leaf_file_differs, "leaf_file_differs",
     "the leaf file differs from the records, which are intact",
     "berkas leaf berbeda dari rekaman, rekamannya sendiri utuh"},
    {idx_file_differs, "idx_file_differs", "the index file points to a wrong place: {0}, not {1}",
     "berkas indeks menunjuk tempat yang salah: {0}, bukan {1}"},
    {derived_file_length, "derived_file_length",
     "the file has not the length that the records give: {0}",
     "panjang berkas tidak sesuai dengan rekaman: {0}"},
    {segment_border, "segment_border",
     "the segment has {0} records; only the last may have a number that is no multiple of 256",
     "segmen berisi {0} rekaman; hanya segmen terakhir boleh bukan kelipatan 256"},
    {file_absent, "file_absent", "the file is missing", "berkas tidak ada"},
    {disclosure_line, "disclosure_line", "line {0} is not a disclosure line: {1}",
     "baris {0} bukan baris pengungkapan: {1}"},
    {disclosure_unknown, "disclosure_unknown",
     "line {0} names {1}, for which there is no commitment there",
     "baris {0} menyebut {1}, yang tidak punya komitmen di sana"},
    {disclosure_differs, "disclosure_differs", "line {0}: the value of {1} is not the signed one",
     "baris {0}: nilai {1} bukan yang ditandatangani"},
    {evidence_altered, "evidence_altered", "the evidence file was altered ({0})",
     "berkas bukti telah diubah ({0})"},
    {key_file_differs, "key_file_differs",
     "the key file that lies with the log is not that of the key given",
     "berkas kunci di samping log bukan milik kunci yang diberikan"},
    {head_truncated, "head_truncated",
     "the saved head has {0} records, the log has {1}: records were cut off, or an old copy was "
     "put "
     "back",
     "head tersimpan memuat {0} rekaman, log hanya {1}: rekaman dipotong, atau salinan lama "
     "dikembalikan"},
    {head_forked, "head_forked",
     "the log of {0} records had another root when the head was saved: history was rewritten, or "
     "there are two logs",
     "log dengan {0} rekaman punya akar lain ketika head disimpan: riwayat ditulis ulang, atau ada "
     "dua log"},
    {head_generation_absent, "head_generation_absent",
     "the saved head is of {0}, which is not here: it was removed",
     "head tersimpan milik {0}, yang tidak ada di sini: telah dihapus"},
    {generation_absent, "generation_absent", "generation {0} is missing although later ones exist",
     "generasi {0} tidak ada padahal ada generasi sesudahnya"},
    {generation_lost, "generation_lost",
     "data of this generation are lost or damaged; the next generation states the loss: {0}",
     "data generasi ini hilang atau rusak; generasi berikutnya menyatakannya: {0}"},
    {previous_differs, "previous_differs",
     "the genesis names {0} as the end of the generation before; found {1}",
     "genesis menyebut {0} sebagai akhir generasi sebelumnya; yang ditemukan {1}"},
    {proof_malformed, "proof_malformed", "not a tlog-proof: {0}", "bukan tlog-proof: {0}"},
    {proof_fails, "proof_fails", "the proof does not lead from the record to the signed root",
     "bukti tidak menghubungkan rekaman dengan akar yang ditandatangani"},
    {bundle_contradicts, "bundle_contradicts", "the parts of the bundle contradict: {0}",
     "bagian-bagian bundel bertentangan: {0}"},
    {cosignature_bad, "cosignature_bad", "the cosignature of witness {0} is WRONG",
     "tanda tangan saksi {0} SALAH"},
    {no_key, "no_key",
     "no --key given: keys found beside a log prove nothing about who wrote it. Obtain log.pub.pem "
     "or log.vkey from somebody you trust and give it with --key. Key found here: {0}",
     "--key tidak diberikan: kunci yang ada di samping log tidak membuktikan siapa penulisnya. "
     "Mintalah log.pub.pem atau log.vkey dari pihak tepercaya dan berikan dengan --key. Kunci yang "
     "ada di sini: {0}"},
    {no_log, "no_log", "no ledger and no proof bundle is there",
     "tidak ada ledger maupun bundel bukti di sana"},
    {unsigned_tail, "unsigned_tail",
     "UNSIGNED TAIL: {0} bytes stand after the last signed record; they are covered by nothing "
     "(left by a crash: start the daemon once; otherwise appended by somebody)",
     "EKOR TAK BERTANDA TANGAN: {0} byte setelah rekaman terakhir yang ditandatangani; tidak "
     "tercakup apa pun (sisa crash: jalankan daemon sekali; jika bukan, ditambahkan orang)"},
    {unsigned_disclosures, "unsigned_disclosures",
     "UNSIGNED TAIL: {0} disclosure lines for records beyond the last checkpoint",
     "EKOR TAK BERTANDA TANGAN: {0} baris pengungkapan untuk rekaman setelah checkpoint terakhir"},
    {unreadable, "unreadable", "could not be read", "tidak dapat dibaca"},
    {head_unusable, "head_unusable", "the saved head cannot be used: {0}",
     "head tersimpan tidak dapat dipakai: {0}"},
    {never_committed, "never_committed", "this generation was begun but nothing was ever signed",
     "generasi ini dimulai tetapi belum pernah ada yang ditandatangani"},
    {bundle_file_absent, "bundle_file_absent", "the bundle lacks this file",
     "bundel tidak memuat berkas ini"},
    {officer_unknown_here, "officer_unknown_here",
     "the decision of officer {0} is proven to be in the log; the officer's own signature can be "
     "checked only with the whole log",
     "keputusan petugas {0} terbukti ada dalam log; tanda tangan petugas hanya dapat diperiksa "
     "dengan log lengkap"},
    {growing, "growing",
     "the log is being written: {0} records are signed by now; verified are those of the "
     "checkpoint found at the start",
     "log sedang ditulis: kini {0} rekaman bertanda tangan; yang diverifikasi adalah yang tercakup "
     "checkpoint pada awal pemeriksaan"},
    {evidence_absent, "evidence_absent", "evidence is MISSING and was not checked: {0}",
     "bukti TIDAK ADA dan tidak diperiksa: {0}"},
    {quarantine, "quarantine", "a tail set aside by recovery, not part of the log: {0}",
     "ekor yang disisihkan pemulihan, bukan bagian log: {0}"},
    {gap_record, "gap_record", "signed gap ({0}): {1} to {2}: {3}",
     "celah bertanda tangan ({0}): {1} sampai {2}: {3}"},
    {recovery_record, "recovery_record", "recovery at size {0}: {1} bytes set aside: {2}",
     "pemulihan pada ukuran {0}: {1} byte disisihkan: {2}"},
    {silence, "silence", "no heartbeat for {0} s (every {1} s expected)",
     "tidak ada heartbeat selama {0} dtk (seharusnya setiap {1} dtk)"},
    {unknown_kind, "unknown_kind", "a record kind this version does not know, hash checked: {0}",
     "jenis rekaman yang tidak dikenal versi ini, hash diperiksa: {0}"},
    {unknown_file, "unknown_file", "not part of the format, ignored",
     "bukan bagian format, diabaikan"},
    {key_inside, "key_inside",
     "the key given lies inside the folder it shall check: whoever can alter the log can replace "
     "it. Compare the key with one you received elsewhere: {0}",
     "kunci yang diberikan berada di dalam folder yang diperiksa: siapa pun yang dapat mengubah "
     "log "
     "dapat menggantinya. Cocokkan dengan kunci yang Anda terima dari tempat lain: {0}"},
    {no_saved_head, "no_saved_head",
     "no saved head was given (--head): whether records were cut off at the end, or an old copy "
     "was "
     "put back, CANNOT be known from the log alone. Save this head (--save-head FILE): {0}",
     "head tersimpan tidak diberikan (--head): apakah rekaman di akhir dipotong, atau salinan lama "
     "dikembalikan, TIDAK dapat diketahui dari log saja. Simpan head ini "
     "(--save-head FILE): {0}"},
    {head_agrees, "head_agrees", "the log extends the saved head of {0} records",
     "log merupakan kelanjutan head tersimpan dengan {0} rekaman"},
    {witnessed, "witnessed", "{0} witnesses of the policy have signed the head of {1} records, {2}",
     "{0} saksi dalam kebijakan telah menandatangani head {1} rekaman, {2}"},
    {too_few_witnesses, "too_few_witnesses", "{0} of {1} required witnesses have signed the head",
     "{0} dari {1} saksi yang diwajibkan telah menandatangani head"},
    {bundle_scope, "bundle_scope",
     "a bundle proves that this record is in the log, not what else is or is not in it",
     "bundel membuktikan rekaman ini ada dalam log, bukan apa lagi yang ada atau tidak ada"},
    {more_of_these, "more_of_these", "{0} more findings of the kind {1}",
     "{0} temuan lain berjenis {1}"},
});

}  // namespace

std::string_view code_of(Message message) {
    return rows[static_cast<std::size_t>(message)].code;
}

std::string text_of(Message message, const std::vector<std::string>& arguments, Language language) {
    static_assert([] {
        for (std::size_t i = 0; i < rows.size(); ++i)
            if (static_cast<std::size_t>(rows[i].message) != i) return false;
        return true;
    }());
    const Row& row = rows[static_cast<std::size_t>(message)];
    const std::string_view text = language == Language::english ? row.english : row.indonesian;
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '{' && i + 2 < text.size() && text[i + 2] == '}') {
            const auto argument = static_cast<std::size_t>(text[i + 1] - '0');
            if (argument < arguments.size()) out += arguments[argument];
            i += 2;
        } else {
            out += text[i];
        }
    }
    return out;
}

}  // namespace persandian::verify
