// SPDX-License-Identifier: Apache-2.0
#include "daemon/ledger/reader.h"

#include <fmt/format.h>

#include "daemon/ledger/disclosure_file.h"
#include "daemon/ledger/paths.h"
#include "daemon/ledger/record.h"
#include "daemon/ledger/recovery.h"
#include "daemon/ledger/side_files.h"
#include "daemon/ledger/tree_view.h"
#include "detectors/base/encoding.h"

namespace persandian::ledger {
namespace {

constexpr std::uint64_t max_small_file_bytes = 64_KiB;
constexpr std::uint64_t max_evidence_bytes = 1_GiB;
/// Slots are read again when the writer was just at work on them.
constexpr int slot_attempts = 5;

[[noreturn]] void fail(LedgerFault fault, const std::string& path, std::string_view text) {
    throw LedgerError(fault, fmt::format("{}: {}", path, text));
}

[[noreturn]] void fail(const Error& error, const std::string& path) {
    LedgerFault fault = LedgerFault::io;
    if (error.code == ErrorCode::permission) fault = LedgerFault::permission;
    if (error.code == ErrorCode::malformed) fault = LedgerFault::damaged;
    if (error.code == ErrorCode::not_found) fault = LedgerFault::not_a_ledger;
    fail(fault, path, error.text);
}

}  // namespace

class LedgerReader::Impl {
  public:
    Impl(std::unique_ptr<Storage> owned, const Storage& storage)
        : owned_(std::move(owned)), storage_(storage) {}

    void open(const ReaderOptions& options) {
        load_key(options);
        generations_ = list_generations();
        std::optional<SlotState> slots;
        for (auto number = generations_.rbegin(); number != generations_.rend(); ++number) {
            if (options.generation != 0 && *number != options.generation) continue;
            generation_ = *number;
            slots = slots_of(*number);
            // A generation that a crash kept from beginning does not hide the one before.
            if (slots->kind != SlotState::Kind::never_begun) break;
        }
        if (!slots || slots->kind == SlotState::Kind::never_begun)
            fail(LedgerFault::not_a_ledger, storage_.describe(""),
                 options.generation != 0 ? "no such generation in this ledger"
                                         : "no ledger with a checkpoint is in this folder");
        const std::string folder = storage_.describe(paths::generation(generation_));
        if (slots->kind == SlotState::Kind::foreign)
            fail(LedgerFault::key_mismatch, folder, "the checkpoint is not signed with this key");
        if (slots->kind == SlotState::Kind::damaged)
            fail(LedgerFault::damaged, folder, "no valid checkpoint was found");
        tree_ = std::make_unique<TreeView>(storage_, generation_);
        const Result<void> extended = tree_->extend(slots->checkpoint);
        if (!extended) fail(extended.error(), folder);
        checkpoint_ = slots->checkpoint;
        note_ = slots->note;
    }

    Result<bool> refresh() {
        const Result<SlotState> slots = read_slots(storage_, generation_, key_);
        if (!slots) return slots.error();
        if (slots->kind != SlotState::Kind::valid || slots->checkpoint.size <= checkpoint_.size)
            return false;
        const Result<void> extended = tree_->extend(slots->checkpoint);
        if (!extended) return extended.error();
        checkpoint_ = slots->checkpoint;
        note_ = slots->note;
        return true;
    }

    Result<std::vector<OpenedValue>> disclosures(std::uint64_t index, std::uint64_t* mismatched) {
        std::vector<OpenedValue> out;
        const Result<std::string> record = tree_->record(index);
        if (!record) return record.error();
        const auto file =
            storage_.open_read(paths::disclosures(generation_, tree_->segment_of(index)));
        if (!file && file.error().code == ErrorCode::not_found) return out;
        if (!file) return file.error();
        const Result<std::vector<std::string>> lines = find_disclosure_lines(**file, index);
        if (!lines) return lines.error();
        for (const std::string& text : *lines) {
            Result<DisclosureLine> line = parse_disclosure_line(text);
            if (line && is_committed(*record, *line)) {
                out.push_back({.path = std::move(line->path),
                               .salt_hex = hex_encode(as_bytes(line->salt)),
                               .value = std::move(line->value)});
            } else if (mismatched != nullptr) {
                ++*mismatched;
            }
        }
        return out;
    }

    Result<std::string> evidence(const Digest& sha256_of) const {
        Result<std::string> bytes =
            read_whole(storage_, paths::evidence_blob(sha256_of), max_evidence_bytes);
        if (bytes && sha256(as_bytes(*bytes)) != sha256_of)
            return Error{ErrorCode::malformed, "the evidence differs from what is signed"};
        return bytes;
    }

    SubtreeSource source() {
        return [this](unsigned level, std::uint64_t index) { return tree_->subtree(level, index); };
    }

    std::unique_ptr<Storage> owned_;
    const Storage& storage_;
    PublicKey key_{};
    std::vector<std::uint32_t> generations_;
    std::uint32_t generation_ = 0;
    Checkpoint checkpoint_;
    std::string note_;
    std::unique_ptr<TreeView> tree_;

  private:
    void load_key(const ReaderOptions& options) {
        if (options.key) {
            key_ = *options.key;
            return;
        }
        const std::string path = storage_.describe(paths::public_pem);
        const Result<std::string> pem =
            read_whole(storage_, paths::public_pem, max_small_file_bytes);
        if (!pem && pem.error().code == ErrorCode::not_found)
            fail(LedgerFault::not_a_ledger, storage_.describe(""),
                 "no ledger in this folder (log.pub.pem is missing)");
        if (!pem) fail(pem.error(), path);
        const Result<PublicKey> key = parse_public_key_pem(*pem);
        if (!key) fail(LedgerFault::damaged, path, key.error().text);
        key_ = *key;
    }

    std::vector<std::uint32_t> list_generations() const {
        Result<std::vector<std::uint32_t>> found = paths::numbered(storage_, paths::log, "");
        if (!found) fail(found.error(), storage_.describe(paths::log));
        return std::move(found).value();
    }

    SlotState slots_of(std::uint32_t generation) const {
        for (int attempt = 1;; ++attempt) {
            Result<SlotState> slots = read_slots(storage_, generation, key_);
            if (!slots) fail(slots.error(), storage_.describe(paths::generation(generation)));
            if (slots->kind == SlotState::Kind::valid || attempt == slot_attempts)
                return std::move(slots).value();
        }
    }

    static bool is_committed(const std::string& record, const DisclosureLine& line) {
        if (!is_commitment_path(line.path)) return false;
        std::array<std::byte, 16> salt{};
        std::ranges::copy(as_bytes(line.salt), salt.begin());
        const Digest commitment = incident::commitment_of(line.path, salt, line.value);
        // Quotes cannot stand unescaped within a JSON string, so this finds members only.
        return record.find(commitment_members(line.path, commitment)) != std::string::npos;
    }
};

LedgerReader::LedgerReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
LedgerReader::~LedgerReader() = default;

std::unique_ptr<LedgerReader> LedgerReader::open(const Storage& storage, ReaderOptions options) {
    auto impl = std::make_unique<Impl>(nullptr, storage);
    impl->open(options);
    return std::unique_ptr<LedgerReader>(new LedgerReader(std::move(impl)));
}

std::unique_ptr<LedgerReader> LedgerReader::open(const std::filesystem::path& folder,
                                                 ReaderOptions options) {
    std::unique_ptr<Storage> storage = posix_storage(folder);
    const Storage& borrowed = *storage;
    auto impl = std::make_unique<Impl>(std::move(storage), borrowed);
    impl->open(options);
    return std::unique_ptr<LedgerReader>(new LedgerReader(std::move(impl)));
}

const Checkpoint& LedgerReader::checkpoint() const {
    return impl_->checkpoint_;
}
const std::string& LedgerReader::checkpoint_note() const {
    return impl_->note_;
}
const PublicKey& LedgerReader::key() const {
    return impl_->key_;
}
std::vector<std::uint32_t> LedgerReader::generations() const {
    return impl_->generations_;
}
Result<bool> LedgerReader::refresh() {
    return impl_->refresh();
}
Result<std::string> LedgerReader::record(std::uint64_t index) {
    return impl_->tree_->record(index);
}
Result<Digest> LedgerReader::leaf(std::uint64_t index) {
    return impl_->tree_->leaf(index);
}

Result<void> LedgerReader::for_each(
    std::uint64_t from, std::uint64_t to,
    const std::function<bool(std::uint64_t, const std::string&)>& visit) {
    for (std::uint64_t index = from; index < to; ++index) {
        const Result<std::string> found = record(index);
        if (!found) return found.error();
        if (!visit(index, *found)) break;
    }
    return {};
}

Result<std::vector<OpenedValue>> LedgerReader::disclosures(std::uint64_t index,
                                                           std::uint64_t* mismatched) {
    return impl_->disclosures(index, mismatched);
}
Result<std::string> LedgerReader::evidence(const Digest& sha256_of) const {
    return impl_->evidence(sha256_of);
}
Result<std::vector<Digest>> LedgerReader::prove_inclusion(std::uint64_t index) {
    return inclusion_proof(impl_->source(), index, size());
}
Result<std::vector<Digest>> LedgerReader::prove_consistency(std::uint64_t old_size) {
    return consistency_proof(impl_->source(), old_size, size());
}
Result<Digest> LedgerReader::root_at(std::uint64_t size_of_tree) {
    if (size_of_tree > size()) return Error{ErrorCode::limit, "the ledger is not that large"};
    return tree_root(impl_->source(), size_of_tree);
}

}  // namespace persandian::ledger
