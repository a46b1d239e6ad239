// SPDX-License-Identifier: Apache-2.0
#include "daemon/runtime/cursor_files.h"

#include <stdexcept>

#include "detectors/base/digest.h"

namespace persandian::runtime {
namespace {

constexpr std::uint64_t max_state_bytes = 4096;

std::string file_of(const config::LogConfig& log) {
    return sha256(as_bytes(log.path.string())).hex().substr(0, 32) + ".cursor";
}

}  // namespace

CursorFiles::CursorFiles(const std::filesystem::path& folder) {
    std::filesystem::create_directories(folder);
    storage_ = ledger::posix_storage(folder);
}

std::map<std::uint32_t, std::string> CursorFiles::load(
    const std::vector<config::LogConfig>& logs) const {
    std::map<std::uint32_t, std::string> out;
    for (std::uint32_t i = 0; i < logs.size(); ++i)
        if (Result<std::string> state =
                ledger::read_whole(*storage_, file_of(logs[i]), max_state_bytes))
            out.emplace(i, std::move(*state));
    return out;
}

void CursorFiles::store(const config::LogConfig& log, const std::string& state) {
    if (const Result<void> done = ledger::write_whole(*storage_, file_of(log), as_bytes(state));
        !done)
        throw std::runtime_error(storage_->describe(file_of(log)) + ": " + done.error().text);
}

}  // namespace persandian::runtime
