// SPDX-License-Identifier: Apache-2.0
#include "tests/support/sim_disk.h"

#include <algorithm>
#include <cstring>
#include <random>
#include <utility>

namespace persandian::test {
namespace {

using ledger::File;
using ledger::OpenMode;

constexpr Error absent{ErrorCode::not_found, "no such file or folder"};

std::string name_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    return slash == std::string::npos ? path : path.substr(slash + 1);
}

void write_bytes(std::string& content, std::uint64_t offset, std::string_view bytes) {
    if (content.size() < offset + bytes.size()) content.resize(offset + bytes.size(), '\0');
    std::memcpy(content.data() + offset, bytes.data(), bytes.size());
}

void apply(std::string& content, const SimInode::Change& change) {
    if (change.is_truncate)
        content.resize(change.offset, '\0');
    else
        write_bytes(content, change.offset, change.bytes);
}

/// Applies the parts of a write that lie in the sectors `keep` says; the file grows all the same.
void apply_sectors(std::string& content, const SimInode::Change& change,
                   const std::function<bool(std::uint64_t sector, std::uint64_t first,
                                            std::uint64_t last)>& keep) {
    if (change.is_truncate || change.bytes.empty()) return apply(content, change);
    const std::uint64_t end = change.offset + change.bytes.size();
    if (content.size() < end) content.resize(end, '\0');
    const std::uint64_t first = change.offset / sector_bytes;
    const std::uint64_t last = (end - 1) / sector_bytes;
    for (std::uint64_t sector = first; sector <= last; ++sector) {
        if (!keep(sector, first, last)) continue;
        const std::uint64_t from = std::max(change.offset, sector * sector_bytes);
        const std::uint64_t to = std::min(end, (sector + 1) * sector_bytes);
        write_bytes(content, from,
                    std::string_view(change.bytes).substr(from - change.offset, to - from));
    }
}

std::string crashed_content(const SimInode& inode, const CrashChoice& choice,
                            std::mt19937_64& dice) {
    using Data = CrashChoice::Data;
    std::string out = inode.durable;
    const std::size_t count = inode.pending.size();
    for (std::size_t i = 0; i < count; ++i) {
        const SimInode::Change& change = inode.pending[i];
        const bool is_last = i + 1 == count;
        switch (choice.data) {
            case Data::none:
                break;
            case Data::all:
                apply(out, change);
                break;
            case Data::only_last:
                if (is_last) apply(out, change);
                break;
            case Data::torn:
                apply_sectors(out, change, [&](auto sector, auto first, auto last) {
                    return !is_last || sector <= first + (last - first) / 2;
                });
                break;
            case Data::torn_tail:
                apply_sectors(out, change, [&](auto sector, auto first, auto last) {
                    return !is_last || sector > first + (last - first) / 2;
                });
                break;
            case Data::zero_filled:
                if (change.is_truncate)
                    apply(out, change);
                else if (out.size() < change.offset + change.bytes.size())
                    out.resize(change.offset + change.bytes.size(), '\0');
                break;
            case Data::random:
                if (dice() % 3 == 0) break;
                apply_sectors(out, change, [&](auto, auto, auto) { return dice() % 2 == 0; });
                break;
        }
    }
    return out;
}

class SimFile : public File {
  public:
    SimFile(std::shared_ptr<SimInode> inode, SimDisk* disk, std::string name)
        : inode_(std::move(inode)), disk_(disk), name_(std::move(name)) {}

    Result<void> append(ByteView bytes) override { return write_at(inode_->content.size(), bytes); }

    Result<void> write_at(std::uint64_t offset, ByteView bytes) override {
        std::size_t written = bytes.size();
        const Result<void> allowed = disk_->operate("write " + name_, &written);
        const std::string_view text = as_text(bytes).substr(0, written);
        if (!text.empty()) {
            write_bytes(inode_->content, offset, text);
            inode_->pending.push_back({.offset = offset, .bytes = std::string(text)});
        }
        return allowed;
    }

    Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> out) const override {
        if (offset >= inode_->content.size()) return std::size_t{0};
        const std::size_t count =
            std::min<std::size_t>(out.size(), inode_->content.size() - offset);
        std::memcpy(out.data(), inode_->content.data() + offset, count);
        return count;
    }

    Result<std::uint64_t> size() const override { return std::uint64_t{inode_->content.size()}; }

    Result<void> truncate(std::uint64_t size) override {
        const Result<void> allowed = disk_->operate("truncate " + name_);
        if (!allowed) return allowed;
        inode_->content.resize(size, '\0');
        inode_->pending.push_back({.is_truncate = true, .offset = size});
        return {};
    }

    Result<void> sync() override {
        const Result<void> allowed = disk_->operate("sync " + name_);
        if (!allowed) return allowed;
        inode_->durable = inode_->content;
        inode_->pending.clear();
        return {};
    }

  private:
    std::shared_ptr<SimInode> inode_;
    SimDisk* disk_;  ///< null when the file can only be read
    std::string name_;
};

class SimLock : public ledger::LockHandle {
  public:
    explicit SimLock(bool& held) : held_(held) { held_ = true; }
    ~SimLock() override { held_ = false; }
    SimLock(const SimLock&) = delete;
    SimLock& operator=(const SimLock&) = delete;

  private:
    bool& held_;
};

}  // namespace

SimDisk::SimDisk() {
    folders_[""];
}

Result<void> SimDisk::operate(const std::string& name, std::size_t* written) {
    const std::uint64_t number = operations_++;
    if (!before_operation) return {};
    const std::optional<SimFault> fault = before_operation(number, name);
    if (!fault) return {};
    if (written != nullptr) *written = std::min(*written, fault->bytes_written);
    return Error{fault->code, fault->code == ErrorCode::limit ? "no space left on the device"
                                                              : "input/output error"};
}

SimDisk::Folder* SimDisk::folder_of(const std::string& path) {
    const auto found = folders_.find(ledger::parent_of(path));
    return found == folders_.end() ? nullptr : &found->second;
}

const SimDisk::Folder* SimDisk::folder_of(const std::string& path) const {
    const auto found = folders_.find(ledger::parent_of(path));
    return found == folders_.end() ? nullptr : &found->second;
}

SimDisk::Inode SimDisk::find(const std::string& path) const {
    const Folder* const folder = folder_of(path);
    if (folder == nullptr) return nullptr;
    const auto found = folder->names.find(name_of(path));
    return found == folder->names.end() ? nullptr : found->second;
}

std::unique_ptr<SimDisk> SimDisk::crash(const CrashChoice& choice) const {
    auto out = std::make_unique<SimDisk>();
    std::mt19937_64 dice(choice.seed);
    std::map<const SimInode*, Inode> copies;
    // A folder exists when its name in the parent survived; parents come first in the map's order.
    for (const auto& [path, folder] : folders_) {
        if (!path.empty()) {
            const auto parent = out->folders_.find(ledger::parent_of(path));
            if (parent == out->folders_.end() || !parent->second.names.contains(name_of(path)))
                continue;
        }
        Folder& copy = out->folders_[path];
        for (const auto& [name, inode] : choice.names ? folder.names : folder.durable) {
            if (!inode) {
                copy.names[name] = nullptr;
                continue;
            }
            Inode& made = copies[inode.get()];
            if (!made) {
                made = std::make_shared<SimInode>();
                made->content = crashed_content(*inode, choice, dice);
                made->durable = made->content;
            }
            copy.names[name] = made;
        }
        copy.durable = copy.names;
    }
    return out;
}

std::map<std::string, std::string> SimDisk::files() const {
    std::map<std::string, std::string> out;
    for (const auto& [path, folder] : folders_)
        for (const auto& [name, inode] : folder.names)
            if (inode) out[path.empty() ? name : path + "/" + name] = inode->content;
    return out;
}

void SimDisk::set_file(const std::string& path, std::string content) {
    Folder* const folder = folder_of(path);
    PERSANDIAN_CHECK(folder != nullptr);
    auto inode = std::make_shared<SimInode>();
    inode->content = content;
    inode->durable = std::move(content);
    folder->names[name_of(path)] = inode;
    folder->durable[name_of(path)] = inode;
}

Result<std::unique_ptr<File>> SimDisk::open_read(const std::string& path) const {
    const Inode inode = find(path);
    if (!inode) return absent;
    std::unique_ptr<File> file = std::make_unique<SimFile>(inode, nullptr, path);
    return file;
}

Result<std::unique_ptr<File>> SimDisk::open(const std::string& path, OpenMode mode, bool) {
    Folder* const folder = folder_of(path);
    if (folder == nullptr) return absent;
    Inode inode = find(path);
    if (!inode && mode == OpenMode::read_write) return absent;
    if (inode && mode == OpenMode::create_new)
        return Error{ErrorCode::conflict, "the file exists already"};
    if (!inode) {
        const Result<void> allowed = operate("create " + path);
        if (!allowed) return allowed.error();
        inode = std::make_shared<SimInode>();
        folder->names[name_of(path)] = inode;
    }
    std::unique_ptr<File> file = std::make_unique<SimFile>(inode, this, path);
    return file;
}

Result<std::unique_ptr<ledger::LockHandle>> SimDisk::lock(const std::string& path) {
    bool& held = locks_[path];
    if (held) return Error{ErrorCode::conflict, "another process holds the lock"};
    std::unique_ptr<ledger::LockHandle> handle = std::make_unique<SimLock>(held);
    return handle;
}

Result<void> SimDisk::rename(const std::string& from, const std::string& to) {
    const Inode inode = find(from);
    Folder* const source = folder_of(from);
    Folder* const target = folder_of(to);
    if (!inode || source == nullptr || target == nullptr) return absent;
    const Result<void> allowed = operate("rename " + to);
    if (!allowed) return allowed;
    source->names.erase(name_of(from));
    target->names[name_of(to)] = inode;
    return {};
}

Result<void> SimDisk::remove(const std::string& path) {
    Folder* const folder = folder_of(path);
    if (folder == nullptr || !find(path)) return absent;
    const Result<void> allowed = operate("remove " + path);
    if (!allowed) return allowed;
    folder->names.erase(name_of(path));
    return {};
}

Result<void> SimDisk::make_dir(const std::string& path) {
    if (folders_.contains(path)) return {};
    Folder* const parent = folder_of(path);
    if (parent == nullptr) return absent;
    const Result<void> allowed = operate("mkdir " + path);
    if (!allowed) return allowed;
    parent->names[name_of(path)] = nullptr;
    folders_[path];
    return {};
}

Result<void> SimDisk::sync_dir(const std::string& path) {
    const auto found = folders_.find(path);
    if (found == folders_.end()) return absent;
    const Result<void> allowed = operate("syncdir " + path);
    if (!allowed) return allowed;
    found->second.durable = found->second.names;
    return {};
}

Result<std::vector<std::string>> SimDisk::list(const std::string& path) const {
    const auto found = folders_.find(path);
    if (found == folders_.end()) return absent;
    std::vector<std::string> names;
    for (const auto& [name, inode] : found->second.names) names.push_back(name);
    return names;
}

bool SimDisk::exists(const std::string& path) const {
    return folders_.contains(path) || find(path) != nullptr;
}

}  // namespace persandian::test
