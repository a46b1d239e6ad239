// SPDX-License-Identifier: Apache-2.0
#include "daemon/runtime/daemon_state.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <vector>

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include "daemon/ledger/paths.h"
#include "daemon/ledger/reader.h"
#include "daemon/review/incident_index.h"
#include "daemon/review/record_json.h"
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
    for (const fs::path& folder :
         {config.state_directory, config.state_directory / "cursors",
          config.state_directory / "head", config.ledger.directory, config.runtime_directory})
        prepare(folder, owner);
}

namespace {

/// Numbers of the generations in the ledger's folder, newest first.
std::vector<std::uint32_t> generations_in(const fs::path& ledger) {
    const std::unique_ptr<ledger::Storage> storage = ledger::posix_storage(ledger);
    const auto found = ledger::paths::numbered(*storage, ledger::paths::log, "");
    if (!found) return {};
    return {found->rbegin(), found->rend()};
}

}  // namespace

PreviousRun read_previous_run(const config::Config& config) {
    PreviousRun out;
    bool is_newest = true;
    for (const std::uint32_t generation : generations_in(config.ledger.directory)) {
        try {
            const auto reader =
                ledger::LedgerReader::open(config.ledger.directory, {.generation = generation});
            const Result<review::IncidentIndex> index = review::IncidentIndex::build(*reader);
            out.unreadable = out.unreadable || !index;
            if (!index) continue;
            const Result<std::string> last = reader->record(reader->size() - 1);
            if (is_newest) out.last_record = parse_rfc3339(index->last_time());
            if (is_newest) out.was_closed = last && review::kind_of(*last) == "close";
            is_newest = false;
            out.next_incident_number = index->next_number();
            // One without incidents goes on numbering where the one before ended.
            if (out.next_incident_number > 1) break;
        } catch (const ledger::LedgerError&) {
            // Not begun yet, or damaged: the writer's recovery decides and says so.
            out.unreadable = true;
        }
    }
    return out;
}

HeadFile::HeadFile(const config::Config& config)
    : storage_(ledger::posix_storage(config.state_directory / "head")),
      head_(*storage_, config.origin()) {}

std::string HeadFile::load() {
    Result<std::string> note = head_.read();
    if (note) return std::move(note).value();
    program_log(config::LogLevel::error,
                fmt::format("{}: the remembered head cannot be read, so nobody can tell whether "
                            "the ledger was put back: {}",
                            head_.path(), note.error().text));
    return {};
}

bool HeadFile::store(const std::string& note) {
    const Result<void> done = head_.write(note);
    if (!done && !failing_)
        program_log(config::LogLevel::error,
                    fmt::format("{}: the head of the ledger cannot be remembered: {}", head_.path(),
                                done.error().text));
    failing_ = !done;
    return !failing_;
}

void HeadFile::set_aside() {
    const Result<void> done = head_.set_aside();
    program_log(
        config::LogLevel::error,
        fmt::format("{}: the remembered head is not signed with this ledger's key, so "
                    "nobody can tell whether the ledger was put back; {}",
                    head_.path(), done ? "it is kept as <name>.unusable" : done.error().text));
}

namespace {

void say_what_was_found(const ledger::OpenLedger& ledger, const config::Config& config,
                        bool is_remembered, HeadFile& head) {
    const ledger::OpenReport& report = ledger.writer->report();
    if (report.remembered_unusable) head.set_aside();
    if (!report.new_generation_reason.empty())
        program_log(config::LogLevel::error,
                    fmt::format("THE LEDGER IN {} COULD NOT BE CONTINUED: {}; {} acknowledged "
                                "records are missing; {} begins and says so. Find out who changed "
                                "or restored it, and compare with heads kept elsewhere",
                                config.ledger.directory.string(), report.new_generation_reason,
                                report.lost_records, ledger.writer->checkpoint().origin));
    if (!is_remembered && report.adopted_size > 0)
        program_log(config::LogLevel::warning,
                    "no head of this ledger was remembered, so nobody can tell whether it was put "
                    "back; from now on one is");
}

}  // namespace

ledger::OpenLedger open_ledger(const config::Config& config, ledger::Clock& clock,
                               RandomSource& random, HeadFile& head) {
    ledger::WriterOptions options;
    options.origin = config.origin();
    options.machine_id = machine_id();
    options.remembered_note = head.load();
    options.new_generation_after_rollback = true;
    const bool is_remembered = !options.remembered_note.empty();
    ledger::OpenLedger out;
    if (const std::optional<fs::path> key = key_file(config)) {
        out.storage = ledger::posix_storage(config.ledger.directory);
        out.signer = ledger::load_key_file(*key);
        out.writer = ledger::LedgerWriter::open(*out.storage, *out.signer, clock, random,
                                                std::move(options));
    } else {
        out = ledger::open_ledger_dir(config.ledger.directory, clock, random, std::move(options));
    }
    say_what_was_found(out, config, is_remembered, head);
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

namespace {
/// The entry whose `head` is the rule set; no path is empty.
constexpr const char* rule_set_entry = "(rules)";
}  // namespace

WindowFile::WindowFile(const config::Config& config)
    : path_((config.state_directory / "cursors" / "windows").string()) {}

Cursors WindowFile::load(const Digest& rule_set) const {
    sources::CursorStore store(path_);
    try {
        store.load();
    } catch (const sources::SourceError& error) {
        program_log(config::LogLevel::warning,
                    std::string("windows of correlations begin empty: ") + error.what());
        return {};
    }
    const auto of = store.find(rule_set_entry);
    if (!of || of->head != rule_set) return {};
    Cursors out = store.all();
    out.erase(rule_set_entry);
    return out;
}

void WindowFile::store(const Cursors& places, const Digest& rule_set) {
    sources::CursorStore store(path_);
    for (const auto& [log, place] : places) store.put(log, place);
    store.put(rule_set_entry, {.head = rule_set});
    const Result<void> done = store.save();
    if (!done && !failing_)
        program_log(config::LogLevel::warning,
                    std::string("after a restart windows of correlations will begin empty: ") +
                        done.error().text);
    failing_ = !done;
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
