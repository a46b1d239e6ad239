// SPDX-License-Identifier: Apache-2.0
//
// Opening a ledger folder in one call, as the programs do it: real storage, key file made when
// absent, system clock unless another is given.
#pragma once

#include <filesystem>
#include <memory>

#include "daemon/ledger/clock.h"
#include "daemon/ledger/signer.h"
#include "daemon/ledger/storage.h"
#include "daemon/ledger/writer.h"
#include "detectors/base/random.h"

namespace persandian::ledger {

/// Reads a key file: PKCS#8 PEM, owned by us or root, no access for group and others.
/// Throws LedgerError (permission, bad_options) with the remedy.
[[nodiscard]] std::unique_ptr<MemorySigner> load_key_file(const std::filesystem::path& path);
/// Draws a key and writes it, mode 0600, never over an existing file. Throws LedgerError.
[[nodiscard]] std::unique_ptr<MemorySigner> create_key_file(const std::filesystem::path& path,
                                                            RandomSource& random);

/// A ledger that is open for writing with all it stands on.
struct OpenLedger {
    std::unique_ptr<Storage> storage;
    std::unique_ptr<Signer> signer;
    std::unique_ptr<LedgerWriter> writer;
};

/// Makes the folder when absent, loads keys/log.key (made when the ledger is new), opens the
/// writer. `clock` and `random` must outlive the result. Throws LedgerError.
[[nodiscard]] OpenLedger open_ledger_dir(const std::filesystem::path& folder, Clock& clock,
                                         RandomSource& random, WriterOptions options);

}  // namespace persandian::ledger
