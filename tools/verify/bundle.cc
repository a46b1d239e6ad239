// SPDX-License-Identifier: Apache-2.0
//
// One exported record: its bytes, the proof that it is in the log, its values and evidence.
#include <algorithm>

#include "tools/verify/encoding.h"
#include "tools/verify/file.h"
#include "tools/verify/ledger.h"
#include "tools/verify/merkle.h"
#include "tools/verify/record.h"
#include "tools/verify/sidefiles.h"

namespace persandian::verify {

namespace {

constexpr std::size_t max_record_file_bytes = 65'535;
constexpr std::size_t max_proof_file_bytes = 65'536;

class BundleCheck {
  public:
    BundleCheck(const Request& request, const PublicKey& key, Report& report)
        : request_(request), key_(key), report_(report) {}

    void run() {
        const auto record = read("record.json", max_record_file_bytes);
        const auto proof_text = read("record.tlog-proof", max_proof_file_bytes);
        const auto note = read("checkpoint", max_note_bytes);
        if (!record || !proof_text) return;
        const auto proof = parse_tlog_proof(*proof_text);
        if (!proof) {
            tell(Weight::tampered, Message::proof_malformed, "record.tlog-proof",
                 {"index, hashes, blank line, checkpoint"});
            return;
        }
        if (note && *note != proof->checkpoint)
            tell(Weight::tampered, Message::bundle_contradicts, "checkpoint",
                 {"checkpoint and record.tlog-proof carry different checkpoints"});
        auto parsed = parse_checkpoint(proof->checkpoint);
        if (const Fault* fault = std::get_if<Fault>(&parsed)) {
            tell(Weight::tampered, Message::checkpoint_malformed, "record.tlog-proof", {*fault});
            return;
        }
        report_.head_note = proof->checkpoint;
        check(*record, *proof, std::get<Checkpoint>(parsed));
        report_.generations.push_back(coverage_);
        tell(Weight::note, Message::bundle_scope, "", {});
    }

  private:
    void tell(Weight weight, Message message, const std::string& where,
              std::vector<std::string> arguments,
              std::optional<std::uint64_t> index = std::nullopt) {
        for (std::string& argument : arguments) argument = printable(argument);
        report_.add({.weight = weight,
                     .message = message,
                     .where = where,
                     .generation = coverage_.generation,
                     .index = index,
                     .arguments = std::move(arguments)});
    }

    std::optional<std::string> read(const char* name, std::size_t max_bytes) {
        FileContent content = read_small_file(request_.target / name, max_bytes);
        if (content.state == FileState::ok) return std::move(content.bytes);
        if (content.state == FileState::too_long)
            tell(Weight::tampered, Message::bundle_contradicts, name, {"longer than it may be"});
        else
            tell(Weight::unchecked,
                 content.state == FileState::missing ? Message::bundle_file_absent
                                                     : Message::unreadable,
                 name, {});
        return std::nullopt;
    }

    void check_signature(const Checkpoint& checkpoint) {
        const SignatureState state = check_log_signature(checkpoint, key_);
        coverage_.signature_good = state == SignatureState::good;
        if (!coverage_.signature_good)
            tell(Weight::tampered,
                 state == SignatureState::bad ? Message::signature_bad : Message::signature_absent,
                 "checkpoint", {coverage_.key_id, std::to_string(checkpoint.size)});
        if (!request_.key || request_.key->origin.empty()) return;
        const auto expected = split_origin(request_.key->origin);
        const auto found = split_origin(checkpoint.origin);
        if (!found || !expected || found->log != expected->log)
            tell(Weight::tampered, Message::origin_differs, "checkpoint",
                 {checkpoint.origin, request_.key->origin});
    }

    void check(const std::string& record, const TlogProof& proof, const Checkpoint& checkpoint) {
        const auto parts = split_origin(checkpoint.origin);
        coverage_.generation = parts ? std::string(parts->generation) : "";
        coverage_.origin = checkpoint.origin;
        coverage_.size = checkpoint.size;
        coverage_.root = checkpoint.root;
        coverage_.key_id = vkey_of(checkpoint.origin, key_).substr(checkpoint.origin.size() + 1, 8);
        if (!parts)
            tell(Weight::tampered, Message::origin_differs, "checkpoint",
                 {checkpoint.origin, "…/00000001"});
        check_signature(checkpoint);
        check_key_files(request_, key_, checkpoint.origin, report_);
        coverage_.root_checked = verify_inclusion(sha_, sha_.leaf(record), proof.index,
                                                  checkpoint.size, proof.hashes, checkpoint.root);
        if (!coverage_.root_checked)
            tell(Weight::tampered, Message::proof_fails, "record.tlog-proof", {}, proof.index);
        coverage_.records = 1;
        coverage_.record_bytes = record.size();
        RecordRules rules({checkpoint.origin, key_, true}, coverage_, report_);
        rules.check(record, proof.index);
        DisclosureFile disclosures(request_.target / "disclosures.jsonl", "disclosures.jsonl",
                                   coverage_, report_);
        disclosures.check(proof.index, rules.commitments());
        (void)disclosures.finish(std::nullopt);
        EvidenceStore evidence(request_.target / "evidence", true, report_);
        evidence.check(rules.evidence(), proof.index, coverage_);
        report_.witnessed = check_witnesses(request_, checkpoint, "checkpoint", report_);
        compare_heads(checkpoint);
    }

    // Without a consistency proof only a head of the same size can be compared.
    void compare_heads(const Checkpoint& checkpoint) {
        for (const SavedHead& head : read_heads(request_, key_, report_)) {
            if (head.checkpoint.origin != checkpoint.origin ||
                head.checkpoint.size != checkpoint.size)
                tell(Weight::unchecked, Message::head_unusable, head.where,
                     {"a bundle can only be compared with a head of its own log and size"});
            else if (head.checkpoint.root != checkpoint.root)
                tell(Weight::tampered, Message::head_forked, head.where,
                     {std::to_string(checkpoint.size)});
            else
                tell(Weight::note, Message::head_agrees, head.where,
                     {std::to_string(checkpoint.size)});
        }
    }

    const Request& request_;
    const PublicKey& key_;
    Report& report_;
    Sha256 sha_;
    Coverage coverage_;
};

}  // namespace

void verify_bundle(const Request& request, const PublicKey& key, Report& report) {
    BundleCheck(request, key, report).run();
}

}  // namespace persandian::verify
