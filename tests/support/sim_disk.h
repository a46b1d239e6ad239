// SPDX-License-Identifier: Apache-2.0
//
// A disk in memory behind the ledger's Storage, for crash tests. It remembers, besides what
// programs see, what is surely durable and which operations are still pending; from these it makes
// the images that a power failure may leave. It also injects errors at a chosen operation.
//
// Model: a sync of a file makes all its earlier writes and truncations durable; a sync of a folder
// makes its names durable. Everything else may or may not have reached the disk, in any order, and
// a write may have done so in part, in sectors of 512 bytes.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/ledger/storage.h"

namespace persandian::test {

inline constexpr std::size_t sector_bytes = 512;

/// One file's life: what programs see, what is durable, and the changes in between.
struct SimInode {
    struct Change {
        bool is_truncate = false;
        std::uint64_t offset = 0;  ///< of the write; the new size for a truncation
        std::string bytes;
    };
    std::string content;
    std::string durable;
    std::vector<Change> pending;
};

/// What happens at one counted operation instead of its effect.
struct SimFault {
    ErrorCode code = ErrorCode::io;
    std::size_t bytes_written = 0;  ///< of a write, before it fails
};

/// How pending changes are treated in a crash image.
struct CrashChoice {
    enum class Data : std::uint8_t {
        none,         ///< nothing that was not synced
        all,          ///< everything
        torn,         ///< all, but the last write of each file only in its first half of sectors
        torn_tail,    ///< all, but the last write only in its second half of sectors
        zero_filled,  ///< sizes as if everything had been written, bytes zero
        only_last,    ///< only the last change of each file: reordered
        random,       ///< each sector of each change by the dice
    };
    Data data = Data::none;
    bool names = false;      ///< whether unsynced names are there
    std::uint64_t seed = 0;  ///< for random
};

/// Copyable state; SimDisk below is the Storage over it.
class SimDisk : public ledger::Storage {
  public:
    SimDisk();
    SimDisk(const SimDisk&) = delete;
    SimDisk& operator=(const SimDisk&) = delete;

    /// Mutating operations so far.
    [[nodiscard]] std::uint64_t operations() const { return operations_; }
    /// Called before each mutating operation, with its number and name.
    std::function<std::optional<SimFault>(std::uint64_t number, const std::string& name)>
        before_operation;
    /// What the machine may find after a power failure now. All durable, nothing pending.
    [[nodiscard]] std::unique_ptr<SimDisk> crash(const CrashChoice& choice) const;
    /// All files and contents as programs see them; for comparisons and messages.
    [[nodiscard]] std::map<std::string, std::string> files() const;
    /// Changes a file as an attacker would: at once and durably. Makes it when absent.
    void set_file(const std::string& path, std::string content);

    // Storage
    Result<std::unique_ptr<ledger::File>> open_read(const std::string& path) const override;
    Result<std::unique_ptr<ledger::File>> open(const std::string& path, ledger::OpenMode mode,
                                               bool secret) override;
    Result<std::unique_ptr<ledger::LockHandle>> lock(const std::string& path) override;
    Result<void> rename(const std::string& from, const std::string& to) override;
    Result<void> remove(const std::string& path) override;
    Result<void> make_dir(const std::string& path) override;
    Result<void> sync_dir(const std::string& path) override;
    Result<std::vector<std::string>> list(const std::string& path) const override;
    bool exists(const std::string& path) const override;
    std::string describe(const std::string& path) const override { return "sim:" + path; }

    /// Counts the operation; the error when one is injected. `written` gets SimFault's bytes.
    Result<void> operate(const std::string& name, std::size_t* written = nullptr);

  private:
    using Inode = std::shared_ptr<SimInode>;
    /// Names of one folder; a null inode is a sub-folder.
    using Names = std::map<std::string, Inode>;
    struct Folder {
        Names names;
        Names durable;
    };

    [[nodiscard]] Folder* folder_of(const std::string& path);
    [[nodiscard]] const Folder* folder_of(const std::string& path) const;
    [[nodiscard]] Inode find(const std::string& path) const;

    std::map<std::string, Folder> folders_;
    std::map<std::string, bool> locks_;
    std::uint64_t operations_ = 0;
};

}  // namespace persandian::test
