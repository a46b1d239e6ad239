// SPDX-License-Identifier: Apache-2.0
//
// Reads a ledger while a writer may be at work. Shows only what it verified: the checkpoint by its
// signature, the leaf hashes by the signed root, each record by its leaf hash, each disclosure by
// the commitment in its record, each evidence blob by its hash. It is not the auditor's tool
// (persandian-verify is); it protects those who look.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/ledger/checkpoint.h"
#include "daemon/ledger/errors.h"
#include "daemon/ledger/storage.h"
#include "detectors/base/digest.h"
#include "detectors/base/result.h"

namespace persandian::ledger {

/// A value that a record commits to. Only values whose commitment stands in the record are given.
struct OpenedValue {
    std::string path;
    std::string salt_hex;
    std::string value;  ///< any bytes
};

struct ReaderOptions {
    /// 0 = the latest generation that has a checkpoint.
    std::uint32_t generation = 0;
    /// The key to trust; without it that of the ledger's own log.pub.pem.
    std::optional<PublicKey> key;
};

/// Single-threaded. Errors: `not_found` (index beyond the tree, redacted, missing), `malformed`
/// (the data differ from what is signed), `io`.
class LedgerReader {
  public:
    /// Verifies the checkpoint and all leaf hashes against it (32 bytes read per record; the
    /// records themselves when the derived leaf file is damaged). Throws LedgerError.
    [[nodiscard]] static std::unique_ptr<LedgerReader> open(const Storage& storage,
                                                            ReaderOptions options = {});
    [[nodiscard]] static std::unique_ptr<LedgerReader> open(const std::filesystem::path& folder,
                                                            ReaderOptions options = {});
    ~LedgerReader();
    LedgerReader(const LedgerReader&) = delete;
    LedgerReader& operator=(const LedgerReader&) = delete;

    [[nodiscard]] const Checkpoint& checkpoint() const;
    /// The signed note, byte for byte.
    [[nodiscard]] const std::string& checkpoint_note() const;
    [[nodiscard]] const PublicKey& key() const;
    [[nodiscard]] std::uint64_t size() const { return checkpoint().size; }
    /// Generations found in the folder, ascending.
    [[nodiscard]] std::vector<std::uint32_t> generations() const;
    /// Looks for a newer checkpoint and verifies that it extends the one known.
    /// True when there is one.
    [[nodiscard]] Result<bool> refresh();

    /// The exact bytes of one record. Reading in order is fast (bundles of 256 are kept).
    [[nodiscard]] Result<std::string> record(std::uint64_t index);
    [[nodiscard]] Result<Digest> leaf(std::uint64_t index);
    /// Calls `visit` for records [from, to) until it returns false.
    [[nodiscard]] Result<void> for_each(
        std::uint64_t from, std::uint64_t to,
        const std::function<bool(std::uint64_t index, const std::string& record)>& visit);

    /// Values of a record that are still there and match; `mismatched`, when given, counts lines
    /// that do not fit the record.
    [[nodiscard]] Result<std::vector<OpenedValue>> disclosures(std::uint64_t index,
                                                               std::uint64_t* mismatched = nullptr);
    /// An evidence blob, by the SHA-256 of its bytes.
    [[nodiscard]] Result<std::string> evidence(const Digest& sha256) const;

    [[nodiscard]] Result<std::vector<Digest>> prove_inclusion(std::uint64_t index);
    /// From `old_size` to size().
    [[nodiscard]] Result<std::vector<Digest>> prove_consistency(std::uint64_t old_size);
    [[nodiscard]] Result<Digest> root_at(std::uint64_t size);

  private:
    class Impl;
    explicit LedgerReader(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace persandian::ledger
