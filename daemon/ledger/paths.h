// SPDX-License-Identifier: Apache-2.0
//
// Where things lie in a ledger's folder. Format: docs/formats/ledger.md, "Directory".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/ledger/storage.h"
#include "detectors/base/digest.h"

namespace persandian::ledger::paths {

inline constexpr const char* public_pem = "log.pub.pem";
inline constexpr const char* vkey = "log.vkey";
inline constexpr const char* private_key = "keys/log.key";
inline constexpr const char* lock = "lock";
inline constexpr const char* log = "log";
inline constexpr const char* disclosure = "disclosure";
inline constexpr const char* evidence = "evidence";

/// "00000001"
[[nodiscard]] std::string eight_digits(std::uint32_t number);
/// The inverse; nullopt for any other name.
[[nodiscard]] std::optional<std::uint32_t> parse_eight_digits(std::string_view name);

[[nodiscard]] std::string generation(std::uint32_t generation);
[[nodiscard]] std::string segments(std::uint32_t generation);
/// `extension`: "ent", "leaf", "idx"
[[nodiscard]] std::string segment(std::uint32_t generation, std::uint32_t segment,
                                  std::string_view extension);
/// `which`: 0 = commit.a, 1 = commit.b
[[nodiscard]] std::string slot(std::uint32_t generation, unsigned which);
[[nodiscard]] std::string quarantine(std::uint32_t generation);
[[nodiscard]] std::string disclosures(std::uint32_t generation);
[[nodiscard]] std::string disclosures(std::uint32_t generation, std::uint32_t segment);
[[nodiscard]] std::string evidence_dir(const Digest& sha256);
[[nodiscard]] std::string evidence_blob(const Digest& sha256);

/// Numbers of the names in `folder` that are eight digits followed by `suffix`, ascending; none
/// when the folder is absent.
[[nodiscard]] Result<std::vector<std::uint32_t>> numbered(const Storage& storage,
                                                          const std::string& folder,
                                                          std::string_view suffix);

}  // namespace persandian::ledger::paths
