// SPDX-License-Identifier: Apache-2.0
#include "tools/verify/ledger.h"

#include <algorithm>
#include <array>
#include <ctime>

#include "tools/verify/encoding.h"
#include "tools/verify/file.h"
#include "tools/verify/generation.h"

namespace persandian::verify {

namespace {

constexpr std::size_t max_key_file_bytes = 4'096;

bool is_generation(const std::string& name) {
    return name.size() == 8 && name != "00000000" &&
           std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string key_hex(const PublicKey& key) {
    return hex_encode({static_cast<const char*>(static_cast<const void*>(key.data())), key.size()});
}

std::string utc(std::uint64_t seconds) {
    const auto time = static_cast<std::time_t>(seconds);
    std::tm parts{};
    std::array<char, 32> text{};
    if (gmtime_r(&time, &parts) == nullptr ||
        std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
        return std::to_string(seconds);
    return text.data();
}

/// All generations of one ledger, and how they follow each other.
class LedgerCheck {
  public:
    LedgerCheck(const Request& request, const PublicKey& key, Report& report)
        : request_(request),
          key_(key),
          report_(report),
          evidence_(request.target / "evidence", false, report) {}

    void run() {
        heads_ = read_heads(request_, key_, report_);
        std::uint64_t expected = 1;
        const FolderContent folder = list_folder(request_.target / "log");
        if (folder.state == FileState::unreadable)
            tell(Weight::unchecked, Message::unreadable, "log");
        for (const std::string& name : folder.names) {
            if (!is_generation(name)) {
                tell(Weight::note, Message::unknown_file, "log/" + printable(name));
                continue;
            }
            const std::uint64_t number = *decimal_decode(name.substr(name.find_first_not_of('0')));
            for (; expected < number; ++expected)
                tell(Weight::tampered, Message::generation_absent, "log",
                     {std::to_string(expected)});
            ++expected;
            check_generation(name);
        }
        finish();
    }

  private:
    void tell(Weight weight, Message message, const std::string& where,
              std::vector<std::string> arguments = {}) {
        for (std::string& argument : arguments) argument = printable(argument);
        report_.add({.weight = weight,
                     .message = message,
                     .where = where,
                     .generation = "",
                     .arguments = std::move(arguments)});
    }

    void check_generation(const std::string& name) {
        Coverage coverage;
        GenerationCheck check(request_.target, name, key_, evidence_, coverage, report_,
                              request_.progress);
        for (const SavedHead& head : heads_)
            if (split_origin(head.checkpoint.origin)->generation == name)
                check.want_root_at(head.checkpoint.size);
        check.run();
        if (check.head()) compare_origin(check.head()->checkpoint, name);
        compare_previous(check, coverage);
        for (const SavedHead& head : heads_) compare_head(head, check, coverage);
        last_ = check.head();
        if (last_) last_signed_ = last_;
        report_.generations.push_back(std::move(coverage));
    }

    // The part of the origin before the generation is the same in all, and in the key's name.
    void compare_origin(const Checkpoint& checkpoint, const std::string& generation) {
        const std::string log(split_origin(checkpoint.origin)->log);
        if (log_.empty() && request_.key && !request_.key->origin.empty()) {
            const auto parts = split_origin(request_.key->origin);
            log_ = parts ? std::string(parts->log) : request_.key->origin;
        }
        if (log_.empty()) log_ = log;
        if (log != log_)
            tell(Weight::tampered, Message::origin_differs, "log/" + generation, {log, log_});
    }

    void compare_previous(const GenerationCheck& check, const Coverage& coverage) {
        const auto& previous = check.previous();
        const std::string where = "log/" + coverage.generation;
        if (!previous) {
            if (check.head() && coverage.records > 0 && coverage.generation != "00000001")
                tell(Weight::tampered, Message::previous_differs, where, {"null", "log"});
            return;
        }
        const std::string stated = previous->origin + ", " + std::to_string(previous->size);
        if (coverage.generation == "00000001") {
            tell(Weight::tampered, Message::previous_differs, where, {stated, "-"});
        } else if (last_) {
            const Checkpoint& before = last_->checkpoint;
            if (before.origin != previous->origin || before.size != previous->size ||
                before.root != previous->root)
                tell(Weight::tampered, Message::previous_differs, where,
                     {stated, before.origin + ", " + std::to_string(before.size)});
            else
                state_loss(*previous, Weight::note);
        } else {
            state_loss(*previous, Weight::gap);
        }
    }

    void state_loss(const PreviousGeneration& previous, Weight weight) {
        tell(weight, Message::generation_lost, previous.origin, {previous.reason});
    }

    void compare_head(const SavedHead& head, const GenerationCheck& check,
                      const Coverage& coverage) {
        if (split_origin(head.checkpoint.origin)->generation != coverage.generation) return;
        if (!check.head()) return;
        const Checkpoint& now = check.head()->checkpoint;
        const Checkpoint& saved = head.checkpoint;
        if (saved.origin != now.origin) {
            tell(Weight::tampered, Message::origin_differs, head.where, {now.origin, saved.origin});
        } else if (saved.size > now.size) {
            Finding finding{.weight = Weight::tampered,
                            .message = Message::head_truncated,
                            .where = head.where,
                            .generation = coverage.generation,
                            .index = now.size,
                            .arguments = {std::to_string(saved.size), std::to_string(now.size)}};
            report_.add(std::move(finding));
        } else if (const auto root = check.root_at(saved.size); root && *root != saved.root) {
            tell(Weight::tampered, Message::head_forked, head.where, {std::to_string(saved.size)});
        } else if (root) {
            tell(Weight::note, Message::head_agrees, head.where, {std::to_string(saved.size)});
            agreed_ = true;
            if (check_witnesses(request_, saved, head.where, report_) && saved.size == now.size)
                witnessed_ = coverage.generation;
        }
    }

    void finish() {
        if (report_.generations.empty()) {
            tell(Weight::unchecked, Message::no_log, "log");
            return;
        }
        for (const SavedHead& head : heads_) {
            const auto generation = split_origin(head.checkpoint.origin)->generation;
            const bool present =
                std::any_of(report_.generations.begin(), report_.generations.end(),
                            [&](const Coverage& c) { return c.generation == generation; });
            if (!present)
                tell(Weight::tampered, Message::head_generation_absent, head.where,
                     {head.checkpoint.origin});
        }
        check_key_generation();
        check_key_files(request_, key_, last_signed_ ? last_signed_->checkpoint.origin : "",
                        report_);
        if (!last_signed_) return;
        report_.head_note = last_signed_->note;
        if (check_witnesses(request_, last_signed_->checkpoint, last_signed_->where, report_))
            witnessed_ = report_.generations.back().generation;
        report_.witnessed = witnessed_ == report_.generations.back().generation;
        if (!agreed_) {
            const Checkpoint& head = last_signed_->checkpoint;
            tell(Weight::note, Message::no_saved_head, "",
                 {head.origin + ", " + std::to_string(head.size) + ", " +
                  base64_encode(view_of(head.root))});
        }
    }

    // A key file that names a later generation than the newest here: an old copy was put back.
    void check_key_generation() {
        if (!request_.key || request_.key->origin.empty()) return;
        const auto parts = split_origin(request_.key->origin);
        if (parts && parts->generation > report_.generations.back().generation)
            tell(Weight::tampered, Message::head_generation_absent, request_.key_path.string(),
                 {request_.key->origin});
    }

    const Request& request_;
    const PublicKey& key_;
    Report& report_;
    EvidenceStore evidence_;
    std::vector<SavedHead> heads_;
    std::optional<SignedHead> last_;         ///< of the generation before
    std::optional<SignedHead> last_signed_;  ///< of the latest generation that has one
    std::string log_;
    std::string witnessed_;
    bool agreed_ = false;
};

/// The key found beside the log, when the auditor gave none: enough to look for contradictions.
std::optional<PublicKey> key_inside(const std::filesystem::path& target) {
    for (const char* name : {"log.pub.pem", "log.vkey"}) {
        const FileContent content = read_small_file(target / name, max_key_file_bytes);
        if (content.state != FileState::ok) continue;
        const auto parsed = parse_key_file(content.bytes);
        if (const auto* file = std::get_if<KeyFile>(&parsed)) return file->key;
    }
    return std::nullopt;
}

bool lies_below(const std::filesystem::path& path, const std::filesystem::path& folder) {
    std::error_code error;
    const auto inner = std::filesystem::canonical(path, error);
    if (error) return false;
    const auto outer = std::filesystem::canonical(folder, error);
    if (error) return false;
    const auto ends = std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end());
    return ends.first == outer.end();
}

}  // namespace

void check_key_files(const Request& request, const PublicKey& key, const std::string& origin,
                     Report& report) {
    const auto compare = [&](const char* name, const std::string& expected) {
        const FileContent content = read_small_file(request.target / name, max_key_file_bytes);
        Finding finding{.where = name};
        if (content.state == FileState::missing) {
            finding.weight = Weight::note;
            finding.message = Message::file_absent;
        } else if (content.state == FileState::unreadable) {
            finding.weight = Weight::unchecked;
            finding.message = Message::unreadable;
        } else if (content.bytes != expected) {
            finding.weight = Weight::tampered;
            finding.message = Message::key_file_differs;
        } else {
            return;
        }
        report.add(std::move(finding));
    };
    compare("log.pub.pem", pem_of(key));
    if (!origin.empty()) compare("log.vkey", vkey_of(origin, key) + "\n");
}

bool check_witnesses(const Request& request, const Checkpoint& checkpoint, const std::string& where,
                     Report& report) {
    if (!request.policy || !request.policy->asks_for_witnesses()) return false;
    std::set<std::string> signers;
    std::uint64_t latest = 0;
    for (const Policy::Witness& witness : request.policy->witnesses()) {
        const Cosignature found =
            check_cosignature(checkpoint, witness.key.origin, witness.key.key);
        if (found.state == SignatureState::bad)
            report.add({.weight = Weight::tampered,
                        .message = Message::cosignature_bad,
                        .where = where,
                        .generation = "",
                        .arguments = {printable(witness.name)}});
        if (found.state != SignatureState::good) continue;
        signers.insert(witness.name);
        latest = std::max(latest, found.time);
    }
    const bool met = request.policy->is_met(signers);
    const std::string count = std::to_string(signers.size());
    if (met)
        report.add({.weight = Weight::note,
                    .message = Message::witnessed,
                    .where = where,
                    .generation = "",
                    .arguments = {count, std::to_string(checkpoint.size), utc(latest)}});
    else
        report.add({.weight = Weight::note,
                    .message = Message::too_few_witnesses,
                    .where = where,
                    .generation = "",
                    .arguments = {count, std::to_string(request.policy->needed())}});
    return met;
}

std::vector<SavedHead> read_heads(const Request& request, const PublicKey& key, Report& report) {
    std::vector<SavedHead> out;
    for (const std::filesystem::path& path : request.heads) {
        const FileContent content = read_small_file(path, slot_bytes);
        const auto unusable = [&](const char* why) {
            report.add({.weight = Weight::unchecked,
                        .message = Message::head_unusable,
                        .where = path.string(),
                        .generation = "",
                        .arguments = {why}});
        };
        if (content.state != FileState::ok) {
            unusable("it cannot be read");
            continue;
        }
        auto parsed = parse_checkpoint(content.bytes);
        if (const Fault* fault = std::get_if<Fault>(&parsed)) {
            unusable(*fault);
            continue;
        }
        Checkpoint checkpoint = std::get<Checkpoint>(std::move(parsed));
        if (!split_origin(checkpoint.origin))
            unusable("its origin does not end in a generation");
        else if (check_log_signature(checkpoint, key) != SignatureState::good)
            unusable("it is not signed by the key given");
        else
            out.push_back({path.string(), std::move(checkpoint)});
    }
    return out;
}

void verify_ledger(const Request& request, const PublicKey& key, Report& report) {
    LedgerCheck(request, key, report).run();
}

void verify(const Request& request, Report& report) {
    report.subject = request.target.string();
    std::error_code error;
    const bool is_ledger = std::filesystem::is_directory(request.target / "log", error);
    report.is_bundle =
        !is_ledger && (std::filesystem::exists(request.target / "record.tlog-proof", error) ||
                       std::filesystem::exists(request.target / "record.json", error));
    if (!is_ledger && !report.is_bundle) {
        report.add({.weight = Weight::unchecked, .message = Message::no_log});
        return;
    }
    PublicKey key{};
    if (request.key) {
        key = request.key->key;
        report.key_trusted = true;
        if (lies_below(request.key_path, request.target))
            report.add({.weight = Weight::note,
                        .message = Message::key_inside,
                        .where = request.key_path.string(),
                        .generation = "",
                        .arguments = {key_hex(key)}});
    } else {
        const auto inside = key_inside(request.target);
        report.add({.weight = Weight::unchecked,
                    .message = Message::no_key,
                    .where = "",
                    .generation = "",
                    .arguments = {inside ? key_hex(*inside) : "-"}});
        if (!inside) return;
        key = *inside;
    }
    report.key_text = key_hex(key);
    if (report.is_bundle)
        verify_bundle(request, key, report);
    else
        verify_ledger(request, key, report);
}

}  // namespace persandian::verify
