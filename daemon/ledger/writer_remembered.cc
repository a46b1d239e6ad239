// SPDX-License-Identifier: Apache-2.0
//
// What the writer does with a head that is remembered outside of the ledger: a ledger that was put
// back, cut or exchanged is not continued. docs/formats/ledger.md, "The remembered head".
#include <algorithm>

#include <fmt/format.h>

#include "daemon/ledger/paths.h"
#include "daemon/ledger/recovery.h"
#include "daemon/ledger/writer_impl.h"
#include "detectors/base/encoding.h"
#include "detectors/incident/records.h"

namespace persandian::ledger {
namespace {

std::string_view prefix_of(const std::string& origin) {
    return std::string_view(origin).substr(0, origin.rfind('/'));
}

}  // namespace

void LedgerWriter::Impl::read_remembered(bool ledger_is_empty) {
    if (options_.remembered_note.empty()) return;
    Result<Checkpoint> head = open_checkpoint(options_.remembered_note, signer_.public_key());
    // Where the whole folder is gone, its key may be, too; then the note's word is all there is.
    if (!head && ledger_is_empty) head = parse_checkpoint(options_.remembered_note);
    if (!head || !generation_of(head->origin)) {
        report_.remembered_unusable = true;
        return;
    }
    if (!options_.origin.empty() && prefix_of(head->origin) != options_.origin)
        throw LedgerError(LedgerFault::bad_options,
                          fmt::format("the remembered checkpoint is of {}, this ledger is {}",
                                      escape_for_terminal(head->origin), options_.origin));
    remembered_ = std::move(*head);
}

/// The generation after `generation` and after any that is remembered: no size of a generation is
/// ever signed twice.
std::uint32_t LedgerWriter::Impl::next_generation(std::uint32_t generation) const {
    const std::uint32_t known = remembered_ ? *generation_of(remembered_->origin) : 0;
    return std::max(generation, known) + 1;
}

/// Why the ledger that ends with `found` cannot be what the remembered head was of; "" when it can.
std::string LedgerWriter::Impl::contradiction(const Checkpoint& found) const {
    if (!remembered_) return {};
    if (prefix_of(remembered_->origin) != prefix_of(found.origin))
        throw LedgerError(LedgerFault::bad_options,
                          fmt::format("the remembered checkpoint is of {}, this ledger is {}",
                                      escape_for_terminal(remembered_->origin), found.origin));
    const std::uint32_t generation = *generation_of(found.origin);
    const std::uint32_t known = *generation_of(remembered_->origin);
    if (known > generation)
        return fmt::format("rollback: generation {} is known, the ledger has {}", known,
                           generation);
    if (known < generation) return {};
    if (remembered_->size > found.size)
        return fmt::format("rollback: a checkpoint of size {} is known, the ledger has {}",
                           remembered_->size, found.size);
    const Result<Digest> root = root_of_entries(storage_, generation, remembered_->size);
    if (!root && root.error().code == ErrorCode::malformed) return {};  // damage, told elsewhere
    if (!root) fail(root.error(), paths::segments(generation));
    if (*root == remembered_->root) return {};
    return fmt::format("fork: another root is known for size {}", remembered_->size);
}

void LedgerWriter::Impl::allow_new_generation(const std::string& reason) const {
    if (options_.new_generation_after_rollback) return;
    throw LedgerError(LedgerFault::rollback,
                      fmt::format("{}: {}; restore the newer ledger, or allow a new generation "
                                  "that records the loss",
                                  storage_.describe(""), reason));
}

/// The statement of a loss behind the genesis, with the remembered note as evidence.
std::optional<incident::RecordDraft> LedgerWriter::Impl::loss(const Previous& previous) {
    if (!remembered_) return std::nullopt;
    const bool is_gone = report_.created;
    // A later generation without a valid checkpoint has told nothing: it was begun because of this
    // loss, or after it, and a crash cut its first commit.
    const std::uint32_t known = *generation_of(remembered_->origin);
    if (!is_gone && previous.checkpoint.size == 0 &&
        *generation_of(previous.checkpoint.origin) > known)
        return loss(examine_previous(known));
    const std::string reason = is_gone ? previous.reason : contradiction(previous.checkpoint);
    if (reason.empty()) return std::nullopt;
    const bool same_generation = remembered_->origin == previous.checkpoint.origin;
    const std::uint64_t kept = is_gone || !same_generation ? 0 : previous.checkpoint.size;
    report_.lost_records = remembered_->size - std::min(kept, remembered_->size);
    const Timestamp now = clock_.read().now;
    return incident::gap_record({.what = incident::Gap::What::writer,
                                 .from = now,
                                 .to = now,
                                 .lost = {{"records", report_.lost_records}},
                                 .reason = reason,
                                 .details = options_.remembered_note},
                                random_);
}

}  // namespace persandian::ledger
