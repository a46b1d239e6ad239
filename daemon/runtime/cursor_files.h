// SPDX-License-Identifier: Apache-2.0
//
// CursorFiles: how far each log file was read, kept in <state>/cursors, one small file per source,
// named by the hash of its path. Written after the ledger's commit, so that a crash repeats lines
// rather than losing them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "daemon/config/config.h"
#include "daemon/ledger/storage.h"

namespace persandian::runtime {

class CursorFiles {
  public:
    /// Makes the folder. Throws std::runtime_error.
    explicit CursorFiles(const std::filesystem::path& folder);
    /// States by the index of the source in the configuration; those without one are left out.
    [[nodiscard]] std::map<std::uint32_t, std::string> load(
        const std::vector<config::LogConfig>& logs) const;
    /// Atomic and durable. Throws std::runtime_error.
    void store(const config::LogConfig& log, const std::string& state);

  private:
    std::unique_ptr<ledger::Storage> storage_;
};

}  // namespace persandian::runtime
