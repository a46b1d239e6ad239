// SPDX-License-Identifier: Apache-2.0
//
// The two commit slots of a generation: which checkpoint is the latest, and do both agree.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "tools/verify/note.h"
#include "tools/verify/report.h"

namespace persandian::verify {

/// A checkpoint whose signature by the trusted key is good.
struct SignedHead {
    Checkpoint checkpoint;
    std::string note;  ///< byte for byte
    std::uint64_t sequence = 0;
    std::string where;  ///< file
};

struct SlotPair {
    std::optional<SignedHead> latest;
    std::optional<SignedHead> older;
    bool unwritten = false;  ///< neither was ever written
};

/// Reads both, checks form, checksum, signature, origin and order; tells the report.
[[nodiscard]] SlotPair read_slots(const std::filesystem::path& folder,
                                  const std::string& generation, const PublicKey& key,
                                  Report& report);

/// Size of the latest validly signed checkpoint, silently; for noticing that a log grows.
[[nodiscard]] std::optional<std::uint64_t> signed_size_now(const std::filesystem::path& folder,
                                                           const std::string& origin,
                                                           const PublicKey& key);

}  // namespace persandian::verify
