// SPDX-License-Identifier: Apache-2.0
#include "tools/persandian/ledger_access.h"

#include <cstdlib>
#include <optional>

#include <sys/stat.h>
#include <unistd.h>

#include "daemon/ledger/ledger_dir.h"
#include "daemon/ledger/remembered_head.h"
#include "daemon/ledger/system_clock.h"
#include "daemon/runtime/control_server.h"
#include "tools/persandian/ledger_failure.h"

namespace persandian::cli {
namespace {

std::uint64_t append_through_daemon(const LedgerOptions& options,
                                    const incident::RecordDraft& draft) {
    const runtime::Reply reply = runtime::ask_recorder(options.socket, {"append", draft});
    if (reply.exit_code != 0) throw Failure(static_cast<ExitCode>(reply.exit_code), reply.text);
    return std::strtoull(reply.text.c_str(), nullptr, 10);
}

/// The origin of the ledger in `folder`, without its generation; "" when there is none to be read:
/// the writer says why.
std::string origin_of(const std::filesystem::path& folder) {
    try {
        const std::string origin = ledger::LedgerReader::open(folder)->checkpoint().origin;
        return origin.substr(0, origin.rfind('/'));
    } catch (const ledger::LedgerError&) {
        return {};
    }
}

/// The head that a daemon remembers of the ledger, if there is one: what is written while it is
/// stopped must not continue a ledger that was put back.
class DaemonsHead {
  public:
    explicit DaemonsHead(const LedgerOptions& options) {
        const std::filesystem::path folder =
            !options.head.empty()
                ? options.head
                : std::filesystem::absolute(options.folder / "").parent_path().parent_path() /
                      "head";
        const std::string origin = origin_of(options.folder);
        std::error_code error;
        if (origin.empty() || !std::filesystem::is_directory(folder, error)) return;
        storage_ = ledger::posix_storage(folder);
        head_.emplace(*storage_, origin);
    }
    [[nodiscard]] std::string note() const {
        if (!head_) return {};
        Result<std::string> note = head_->read();
        if (!note)
            throw Failure(io_error, head_->path() + ": the remembered head cannot be read: " +
                                        note.error().text);
        return std::move(note).value();
    }
    [[nodiscard]] std::string path() const { return head_ ? head_->path() : std::string(); }
    /// An older one is as good a witness of what was there before it.
    void remember(const std::string& note) {
        if (head_) (void)head_->write(note);
    }

  private:
    std::unique_ptr<ledger::Storage> storage_;
    std::optional<ledger::RememberedHead> head_;
};

/// While it lives, root acts as the owner of a folder, so that the daemon, which is not root, can
/// go on writing the files that are made.
class AsOwnerOf {
  public:
    explicit AsOwnerOf(const std::filesystem::path& folder) {
        struct stat status {};
        if (::geteuid() != 0 || ::stat(folder.c_str(), &status) != 0 || status.st_uid == 0) return;
        taken_ = ::setegid(status.st_gid) == 0 && ::seteuid(status.st_uid) == 0;
        if (!taken_) throw Failure(no_permission, folder.string() + ": cannot act as its owner");
    }
    ~AsOwnerOf() {
        if (taken_ && (::seteuid(0) != 0 || ::setegid(0) != 0)) std::abort();
    }
    AsOwnerOf(const AsOwnerOf&) = delete;
    AsOwnerOf& operator=(const AsOwnerOf&) = delete;
    AsOwnerOf(AsOwnerOf&&) = delete;
    AsOwnerOf& operator=(AsOwnerOf&&) = delete;

  private:
    bool taken_ = false;
};

std::uint64_t append_directly(const LedgerOptions& options, const incident::RecordDraft& draft) {
    ledger::SystemClock clock;
    ledger::SystemRandom random;
    const AsOwnerOf owner(options.folder);
    DaemonsHead head(options);
    const ledger::OpenLedger opened =
        ledger::open_ledger_dir(options.folder, clock, random, {.remembered_note = head.note()});
    if (opened.writer->report().remembered_unusable)
        throw Failure(bad_data, head.path() +
                                    ": not signed with the key of this ledger, so nobody can tell "
                                    "whether the ledger was put back; nothing was written. Start "
                                    "the daemon: it puts this head aside and says so");
    const Result<ledger::IndexRange> range = opened.writer->append({&draft, 1});
    if (!range)
        throw Failure(io_error, std::string("the record was not written: ") + range.error().text);
    if (!opened.writer->close("record appended by hand"))
        throw Failure(io_error, "the record was written, but the ledger could not be closed");
    head.remember(opened.writer->checkpoint_note());
    return range->first;
}

}  // namespace

void add_ledger_options(CLI::App& command, LedgerOptions& options) {
    command.add_option("-l,--ledger", options.folder, "ledger folder")->capture_default_str();
    command.add_option("--socket", options.socket, "control socket of the daemon")
        ->capture_default_str();
    command.add_option("--head", options.head,
                       "where the daemon remembers the ledger's head (default: head beside it)");
}

OpenedReview open_review(const LedgerOptions& options) {
    try {
        OpenedReview out{ledger::LedgerReader::open(options.folder), {}};
        Result<review::IncidentIndex> index = review::IncidentIndex::build(*out.reader);
        if (!index) throw Failure(bad_data, options.folder.string() + ": " + index.error().text);
        out.index = std::move(*index);
        return out;
    } catch (const ledger::LedgerError& error) {
        throw Failure(exit_code_of(error.fault), error.what());
    }
}

std::uint64_t append_record(const LedgerOptions& options, const incident::RecordDraft& draft) {
    try {
        return append_directly(options, draft);
    } catch (const ledger::LedgerError& error) {
        const bool daemon_may_do_it = error.fault == ledger::LedgerFault::locked ||
                                      error.fault == ledger::LedgerFault::permission;
        std::error_code none;
        if (!daemon_may_do_it || !std::filesystem::exists(options.socket, none))
            throw Failure(exit_code_of(error.fault), error.what());
    }
    return append_through_daemon(options, draft);
}

std::filesystem::path default_officer_key() {
    if (const char* const given = std::getenv("PERSANDIAN_OFFICER_KEY")) return given;
    const char* const home = std::getenv("HOME");
    return std::filesystem::path(home == nullptr ? "/root" : home) /
           ".config/persandian/officer.key";
}

std::unique_ptr<ledger::Signer> load_officer_key(const std::filesystem::path& path) {
    std::error_code error;
    if (!std::filesystem::exists(path, error))
        throw Failure(no_input, path.string() +
                                    ": there is no officer's key; make one with 'persandian keys "
                                    "officer add NAME', or name it with --officer");
    try {
        return ledger::load_key_file(path);
    } catch (const ledger::LedgerError& fault) {
        throw Failure(no_input, fault.what());
    }
}

}  // namespace persandian::cli
