// SPDX-License-Identifier: Apache-2.0
//
// The one writer of a ledger: drafts in, durable signed records out. Life cycle: open() (creates,
// or recovers what a crash left), append() as often as needed, close() or destruction. Format:
// docs/formats/ledger.md.
//
// Promises, tested against every crash image of a simulated disk:
//  A. no signature reaches the disk before every byte it covers is durable;
//  B. it never signs two roots for one size, nor a size below its last;
//  C. what append() returned is there after any crash.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/ledger/checkpoint.h"
#include "daemon/ledger/clock.h"
#include "daemon/ledger/errors.h"
#include "daemon/ledger/format.h"
#include "daemon/ledger/signer.h"
#include "daemon/ledger/storage.h"
#include "detectors/base/random.h"
#include "detectors/base/result.h"
#include "detectors/incident/record_draft.h"

namespace persandian::ledger {

/// Records [first, first + count).
struct IndexRange {
    std::uint64_t first = 0;
    std::uint64_t count = 0;
};

struct WriterOptions {
    /// "<domain>/<province>/<sensor>"; the writer adds "/<generation>". Needed to create a ledger;
    /// when one exists it must be the same or empty.
    std::string origin;
    /// Identifies the machine; only a commitment to it enters the log (genesis).
    std::string machine_id;
    std::size_t record_limit_bytes = max_record_bytes;
    std::uint64_t segment_records = default_segment_records;
    std::uint64_t segment_bytes = default_segment_bytes;
    /// The note of the largest head known outside of this folder (RememberedHead, witness,
    /// auditor); "" when none is. When the ledger is smaller or differs from it, or is gone, open()
    /// throws LedgerFault::rollback…
    std::string remembered_note;
    /// …unless this is set: then a new generation begins that says so.
    bool new_generation_after_rollback = false;
};

/// What open() found and did; already written into the log where it matters.
struct OpenReport {
    bool created = false;                ///< a new ledger
    std::uint64_t adopted_size = 0;      ///< records found and verified in this generation
    std::uint64_t tail_bytes = 0;        ///< unacknowledged bytes moved to quarantine
    std::string new_generation_reason;   ///< why the last generation could not go on; "" = it could
    std::uint64_t given_up_records = 0;  ///< in that last generation, by its checkpoint
    std::uint64_t lost_records = 0;      ///< the remembered head had so many more
    /// The remembered note is none, or is not signed with this ledger's key: nothing was compared.
    bool remembered_unusable = false;
};

/// Single-threaded. After an I/O failure it refuses everything: the process must end, and the next
/// open() recovers.
class LedgerWriter {
  public:
    /// Opens or creates the ledger in `storage`, takes its lock, recovers, and writes genesis and
    /// recovery records as needed. All four must outlive the writer. Throws LedgerError.
    [[nodiscard]] static std::unique_ptr<LedgerWriter> open(Storage& storage, Signer& signer,
                                                            Clock& clock, RandomSource& random,
                                                            WriterOptions options);
    ~LedgerWriter();
    LedgerWriter(const LedgerWriter&) = delete;
    LedgerWriter& operator=(const LedgerWriter&) = delete;

    /// Writes the drafts in order; returns when they are durable, signed and the signature is
    /// durable. All drafts are checked before anything is written: `malformed` (not one strict JSON
    /// object, unknown kind, duplicate member, no integer, not UTF-8) and `limit` (longer than
    /// record_limit_bytes) leave the ledger unchanged and usable. `io` and `limit` from the disk
    /// are final: see failed(). Aborts when a commitment, a disclosed path or an evidence hash is
    /// not what the draft says: then our own code is broken. One group commit for up to
    /// max_commit_records and max_commit_bytes; more become several.
    [[nodiscard]] Result<IndexRange> append(std::span<const incident::RecordDraft> drafts);
    /// Writes the `close` record. The writer may not be used after it.
    [[nodiscard]] Result<void> close(std::string_view reason);

    /// Set after an I/O failure; append() returns it from then on.
    [[nodiscard]] const std::optional<Error>& failed() const;
    /// The last durable, signed state.
    [[nodiscard]] const Checkpoint& checkpoint() const;
    /// The same as the signed note, byte for byte as on disk.
    [[nodiscard]] const std::string& checkpoint_note() const;
    [[nodiscard]] const OpenReport& report() const;

  private:
    class Impl;
    explicit LedgerWriter(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// Collects drafts and appends them in group commits; for rooms that know only RecordSink.
/// A draft the ledger refuses is kept in `refused` with the reason; an I/O failure makes
/// flush() fail from then on. `writer` must outlive it. Call flush() before destruction.
class LedgerSink : public incident::RecordSink {
  public:
    explicit LedgerSink(LedgerWriter& writer) : writer_(writer) {}
    /// Each evidence blob is a file of its own to be made durable: a commit must not last longer
    /// than the service manager waits for a sign of life.
    static constexpr std::size_t max_commit_blobs = 256;
    /// Buffers; commits by itself when a full group commit has collected.
    void on_record(incident::RecordDraft draft) override;
    /// Commits what is buffered. Call it at the latest 50 ms after the first on_record().
    [[nodiscard]] Result<void> flush();
    [[nodiscard]] bool empty() const { return pending_.empty(); }
    [[nodiscard]] std::uint64_t refused_count() const { return refused_count_; }
    [[nodiscard]] const std::optional<Error>& last_refusal() const { return last_refusal_; }

  private:
    void append_one_by_one();

    LedgerWriter& writer_;
    std::vector<incident::RecordDraft> pending_;
    std::size_t pending_bytes_ = 0;
    std::size_t pending_blobs_ = 0;
    std::uint64_t refused_count_ = 0;
    std::optional<Error> last_refusal_;
};

}  // namespace persandian::ledger
