// SPDX-License-Identifier: Apache-2.0
//
// What the program is asked to check, and the way through it: a whole ledger with all generations,
// or one exported record (proof bundle). See docs/formats/ledger.md and docs/verify.md.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tools/verify/note.h"
#include "tools/verify/policy.h"
#include "tools/verify/report.h"

namespace persandian::verify {

struct Request {
    std::filesystem::path target;
    std::optional<KeyFile> key;                ///< trusted; without it the verdict is UNVERIFIABLE
    std::filesystem::path key_path;            ///< where it came from
    std::vector<std::filesystem::path> heads;  ///< checkpoints the auditor saved earlier
    std::optional<Policy> policy;
    std::function<void(std::uint64_t done, std::uint64_t total)> progress;
};

/// Fills the report. Never throws for what stands in the folder; bad_alloc may pass.
void verify(const Request& request, Report& report);

// The two ways, used by verify().
void verify_ledger(const Request& request, const PublicKey& key, Report& report);
void verify_bundle(const Request& request, const PublicKey& key, Report& report);

/// Compares log.pub.pem and log.vkey of the target with the key and, when known, the origin.
void check_key_files(const Request& request, const PublicKey& key, const std::string& origin,
                     Report& report);
/// Applies the policy to a checkpoint; true when the quorum has signed it.
bool check_witnesses(const Request& request, const Checkpoint& checkpoint, const std::string& where,
                     Report& report);

/// Reads saved heads: only those that parse and are signed by the key; tells about the others.
struct SavedHead {
    std::string where;
    Checkpoint checkpoint;
};
[[nodiscard]] std::vector<SavedHead> read_heads(const Request& request, const PublicKey& key,
                                                Report& report);

}  // namespace persandian::verify
