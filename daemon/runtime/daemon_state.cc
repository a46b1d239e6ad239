// SPDX-License-Identifier: Apache-2.0
#include "daemon/runtime/daemon_state.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include <pwd.h>
#include <unistd.h>

#include "daemon/ledger/reader.h"
#include "daemon/review/incident_index.h"
#include "daemon/runtime/program_log.h"

namespace persandian::runtime {
namespace {

namespace fs = std::filesystem;

constexpr auto folder_mode = fs::perms::owner_all | fs::perms::group_read | fs::perms::group_exec;

/// Makes `folder`; a folder that was not there before gets the daemon's user and mode 0750.
void prepare(const fs::path& folder, const passwd* owner) {
    if (fs::is_directory(folder)) return;
    fs::create_directories(folder);
    fs::permissions(folder, folder_mode);
    if (owner != nullptr && ::chown(folder.c_str(), owner->pw_uid, owner->pw_gid) != 0)
        throw std::runtime_error(folder.string() + ": " + std::strerror(errno));
}

/// A stable name of this machine; only a salted commitment to it enters the ledger.
std::string machine_id() {
    std::ifstream file("/etc/machine-id");
    std::string id;
    std::getline(file, id);
    return id;
}

std::optional<fs::path> key_file(const config::Config& config) {
    if (!config.ledger.key.empty()) return config.ledger.key;
    const char* const credentials = std::getenv("CREDENTIALS_DIRECTORY");
    if (credentials != nullptr && fs::exists(fs::path(credentials) / "signing-key"))
        return fs::path(credentials) / "signing-key";
    return std::nullopt;
}

}  // namespace

void prepare_folders(const config::Config& config) {
    const passwd* const owner =
        ::geteuid() == 0 && !config.user.empty() ? ::getpwnam(config.user.c_str()) : nullptr;
    for (const fs::path& folder : {config.state_directory, config.state_directory / "cursors",
                                   config.ledger.directory, config.runtime_directory})
        prepare(folder, owner);
}

PreviousRun read_previous_run(const config::Config& config) {
    PreviousRun out;
    try {
        const std::unique_ptr<ledger::LedgerReader> reader =
            ledger::LedgerReader::open(config.ledger.directory);
        const Result<review::IncidentIndex> index = review::IncidentIndex::build(*reader);
        if (!index) return out;
        out.last_record = parse_rfc3339(index->last_time());
        out.next_incident_number = index->next_number();
    } catch (const ledger::LedgerError&) {
        // Nothing there yet, or damaged: the writer's recovery decides and says so.
    }
    return out;
}

ledger::OpenLedger open_ledger(const config::Config& config, ledger::Clock& clock,
                               RandomSource& random) {
    ledger::WriterOptions options;
    options.origin = config.origin();
    options.machine_id = machine_id();
    const std::optional<fs::path> key = key_file(config);
    if (!key)
        return ledger::open_ledger_dir(config.ledger.directory, clock, random, std::move(options));
    ledger::OpenLedger out;
    out.storage = ledger::posix_storage(config.ledger.directory);
    out.signer = ledger::load_key_file(*key);
    out.writer =
        ledger::LedgerWriter::open(*out.storage, *out.signer, clock, random, std::move(options));
    return out;
}

CursorFile::CursorFile(const config::Config& config)
    : config_(config), store_((config.state_directory / "cursors" / "logs").string()) {
    store_.load();
}

Cursors CursorFile::load() const {
    Cursors out;
    for (const config::LogConfig& log : config_.logs)
        if (const auto place = store_.find(log.path.string())) out.emplace(log.path, *place);
    return out;
}

void CursorFile::store(const Cursors& places) {
    for (const auto& [log, place] : places) store_.put(log, place);
    if (const Result<void> done = store_.save(); !done)
        program_log(
            config::LogLevel::error,
            std::string("log cursors cannot be stored, a restart would read lines twice: ") +
                done.error().text);
}

Reply check_draft(const config::Config& config, const incident::RecordDraft& draft) {
    try {
        const std::unique_ptr<ledger::LedgerReader> reader =
            ledger::LedgerReader::open(config.ledger.directory);
        const Result<review::IncidentIndex> index = review::IncidentIndex::build(*reader);
        if (!index) return {74, index.error().text};
        const Result<void> fine = draft.kind == "key" ? review::check_officer_record(*index, draft)
                                                      : review::check_decision(*index, draft);
        if (!fine) return {65, fine.error().text};
        return {};
    } catch (const ledger::LedgerError& error) {
        return {74, error.what()};
    }
}

}  // namespace persandian::runtime
