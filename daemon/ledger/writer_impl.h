// SPDX-License-Identifier: Apache-2.0
//
// The inside of LedgerWriter, shared by writer.cc (committing) and writer_open.cc (opening).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/ledger/log_files.h"
#include "daemon/ledger/merkle.h"
#include "daemon/ledger/record.h"
#include "daemon/ledger/recovery.h"
#include "daemon/ledger/side_files.h"
#include "daemon/ledger/writer.h"
#include "detectors/base/encoding.h"

namespace persandian::ledger {

class LedgerWriter::Impl {
  public:
    Impl(Storage& storage, Signer& signer, Clock& clock, RandomSource& random,
         WriterOptions options);

    /// Throws LedgerError.
    void open();
    Result<IndexRange> append(std::span<const incident::RecordDraft> drafts);

    std::optional<Error> failure_;
    Checkpoint state_;
    std::string note_;
    OpenReport report_;

  private:
    /// What opening knows about the generation that was there before.
    struct Previous {
        Checkpoint checkpoint;
        std::string reason;
    };

    // writer_open.cc
    void check_options() const;
    void check_key() const;
    void open_generation(std::uint32_t generation);
    void check_origin(const std::string& origin) const;
    void read_remembered(bool ledger_is_empty);
    [[nodiscard]] std::string contradiction(const Checkpoint& found) const;
    void allow_new_generation(const std::string& reason) const;
    [[nodiscard]] std::uint32_t next_generation(std::uint32_t generation) const;
    std::optional<incident::RecordDraft> loss(const Previous& previous);
    void begin_generation(std::uint32_t generation, const std::optional<Previous>& previous);
    Previous examine_previous(std::uint32_t generation) const;
    [[nodiscard]] std::string origin_prefix(std::uint32_t generation) const;
    void write_public_key();
    incident::RecordDraft genesis(const std::optional<Previous>& previous);
    static incident::RecordDraft recovery(std::uint64_t size, const QuarantinedTail& tail);
    void write_first(std::vector<incident::RecordDraft> drafts);
    template <typename T>
    T need(Result<T> result, const std::string& path) const;
    void need(const Result<void>& result, const std::string& path) const;
    [[noreturn]] void fail(const Error& error, const std::string& path) const;

    // writer.cc
    Result<IndexRange> append_checked(std::span<const incident::RecordDraft> drafts);
    Result<void> compose(std::span<const incident::RecordDraft> drafts);
    [[nodiscard]] std::size_t entry_begin(std::size_t i) const;
    [[nodiscard]] bool is_segment_full(std::uint64_t records, std::uint64_t bytes) const;
    [[nodiscard]] std::size_t group_end(std::size_t begin) const;
    Result<void> commit(std::span<const incident::RecordDraft> drafts, std::size_t begin,
                        std::size_t end);
    void derive(std::size_t begin, std::size_t end);
    std::optional<Digest> root_computed_twice(ByteView entries, std::size_t begin, std::size_t end);
    Result<void> sign(ByteView entries, std::size_t begin, std::size_t end);

    Storage& storage_;
    Signer& signer_;
    Clock& clock_;
    RandomSource& random_;
    WriterOptions options_;
    std::optional<Checkpoint> remembered_;
    std::unique_ptr<LockHandle> lock_;

    LogFiles files_;
    EvidenceStore evidence_;
    MerkleFrontier frontier_;
    unsigned slot_ = 1;  ///< holds the last checkpoint; the other is written next
    std::uint64_t slot_sequence_ = 0;
    std::string boot_;
    std::int64_t mono_start_ns_ = 0;
    std::int64_t mono_ns_ = 0;

    // Of the append() under way; kept for their memory.
    RecordComposer composer_;
    std::string entries_;
    std::vector<std::size_t> ends_;  ///< end of each entry in entries_
    std::vector<Digest> leaves_;
    std::vector<Digest> leaf_bytes_;
    std::string offsets_;
    std::string disclosure_lines_;
};

}  // namespace persandian::ledger
