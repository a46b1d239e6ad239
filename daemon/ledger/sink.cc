// SPDX-License-Identifier: Apache-2.0
//
// LedgerSink: the writer behind incident::RecordSink.
#include "daemon/ledger/writer.h"

namespace persandian::ledger {
namespace {

std::size_t size_of(const incident::RecordDraft& draft) {
    std::size_t bytes = draft.members.size();
    for (const incident::Disclosure& disclosure : draft.disclosures)
        bytes += disclosure.value.size();
    for (const incident::EvidenceBlob& blob : draft.evidence) bytes += blob.bytes.size();
    return bytes;
}

}  // namespace

void LedgerSink::on_record(incident::RecordDraft draft) {
    pending_bytes_ += size_of(draft);
    pending_blobs_ += draft.evidence.size();
    pending_.push_back(std::move(draft));
    // A failure stays in the writer; the next flush() of the owner reports it.
    if (pending_.size() >= max_commit_records || pending_bytes_ >= max_commit_bytes ||
        pending_blobs_ >= max_commit_blobs)
        (void)flush();
}

Result<void> LedgerSink::flush() {
    if (pending_.empty()) {
        if (writer_.failed()) return *writer_.failed();
        return {};
    }
    const Result<IndexRange> written = writer_.append(pending_);
    if (!written && !writer_.failed()) append_one_by_one();
    pending_.clear();
    pending_bytes_ = 0;
    pending_blobs_ = 0;
    if (writer_.failed()) return *writer_.failed();
    return {};
}

/// A batch was refused because of one draft in it: write the others.
void LedgerSink::append_one_by_one() {
    for (const incident::RecordDraft& draft : pending_) {
        const Result<IndexRange> written = writer_.append(std::span(&draft, 1));
        if (written) continue;
        if (writer_.failed()) return;
        ++refused_count_;
        last_refusal_ = written.error();
    }
}

}  // namespace persandian::ledger
