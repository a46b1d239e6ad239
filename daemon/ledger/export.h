// SPDX-License-Identifier: Apache-2.0
//
// Takes one record out of the ledger with everything needed to check it elsewhere, offline, with
// openssl and sha256sum alone. Formats: C2SP tlog-proof; docs/formats/ledger.md, "Proof bundle".
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "daemon/ledger/reader.h"

namespace persandian::ledger {

/// "c2sp.org/tlog-proof@v1", index, hashes, blank line, checkpoint.
[[nodiscard]] Result<std::string> tlog_proof(LedgerReader& reader, std::uint64_t index);

struct ExportReport {
    std::uint64_t disclosures = 0;
    std::uint64_t evidence = 0;
    std::uint64_t evidence_missing = 0;
};
/// Writes the bundle into `folder`, which is made and must be empty or absent. Throws LedgerError.
ExportReport export_bundle(LedgerReader& reader, std::uint64_t index,
                           const std::filesystem::path& folder);

}  // namespace persandian::ledger
