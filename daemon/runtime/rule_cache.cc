// SPDX-License-Identifier: Apache-2.0
#include "daemon/runtime/rule_cache.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace persandian::runtime {
namespace {

// The file: this line, the SHA-256 of all that follows it, then entries of a key (32 bytes), a size
// (8 bytes, big-endian) and as many bytes.
constexpr std::string_view magic = "persandian rule cache 1\n";
constexpr std::size_t digest_bytes = 32;

/// A file descriptor that closes itself.
class Descriptor {
  public:
    explicit Descriptor(int number) : number_(number) {}
    ~Descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    [[nodiscard]] int number() const { return number_; }

  private:
    int number_;
};

std::string system_error(std::string_view what, const std::filesystem::path& path) {
    return fmt::format("{}: cannot be {}: {}", path.string(), what, std::strerror(errno));
}

/// Why the file must not be believed; empty when it may.
std::string reason_against(const struct stat& status) {
    if (!S_ISREG(status.st_mode)) return "it is not a regular file";
    if (status.st_uid != ::geteuid() && status.st_uid != 0) return "it belongs to somebody else";
    if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) return "others may write to it";
    if (static_cast<std::uint64_t>(status.st_size) > RuleCache::max_file_bytes)
        return "it is too large";
    return {};
}

bool read_all(int descriptor, std::string& out) {
    std::size_t filled = 0;
    while (filled < out.size()) {
        const ssize_t got = ::read(descriptor, out.data() + filled, out.size() - filled);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        filled += static_cast<std::size_t>(got);
    }
    return true;
}

bool write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(descriptor, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return false;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

void append_entry(std::string& out, const Digest& key, std::string_view bytes) {
    out += as_text(key.bytes);
    for (unsigned shift = 64; shift > 0; shift -= 8)
        out += static_cast<char>((std::uint64_t{bytes.size()} >> (shift - 8)) & 0xFFU);
    out += bytes;
}

}  // namespace

RuleCache::RuleCache(std::filesystem::path path) : path_(std::move(path)) {
    read();
}

void RuleCache::read() {
    const Descriptor file(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (file.number() < 0) {
        if (errno != ENOENT) distrust_ = system_error("read", path_);
        return;
    }
    struct stat status {};
    if (::fstat(file.number(), &status) != 0) {
        distrust_ = system_error("read", path_);
        return;
    }
    distrust_ = reason_against(status);
    if (!distrust_.empty()) return;
    file_.resize(static_cast<std::size_t>(status.st_size));
    const std::size_t head = magic.size() + digest_bytes;
    if (!read_all(file.number(), file_) || file_.size() < head || !file_.starts_with(magic)) {
        distrust_ = "it is not a rule cache of this version";
        return;
    }
    const std::string_view entries = std::string_view(file_).substr(head);
    const Digest sum = sha256(as_bytes(entries));
    if (as_text(sum.bytes) != std::string_view(file_).substr(magic.size(), digest_bytes)) {
        distrust_ = "its checksum does not fit";
        return;
    }
    index(entries);
}

void RuleCache::index(std::string_view entries) {
    ByteReader reader(as_bytes(entries));
    while (reader.ok() && !reader.at_end()) {
        Digest key;
        const ByteView name = reader.take(digest_bytes);
        if (name.size() == digest_bytes) std::copy(name.begin(), name.end(), key.bytes.begin());
        const std::uint64_t size = reader.u64();
        if (size > reader.remaining()) reader.fail();
        const ByteView bytes = reader.take(static_cast<std::size_t>(size));
        if (reader.ok()) kept_[key] = {as_text(bytes), false};
    }
}

std::optional<std::string_view> RuleCache::find(const Digest& key) {
    const std::lock_guard lock(mutex_);
    const auto found = kept_.find(key);
    if (found == kept_.end()) {
        ++counters_.missed;
        return std::nullopt;
    }
    ++counters_.found;
    found->second.used = true;
    return found->second.bytes;
}

void RuleCache::keep(const Digest& key, std::string bytes) {
    const std::lock_guard lock(mutex_);
    const auto [at, fresh] = fresh_.try_emplace(key, std::move(bytes));
    if (fresh) kept_[key] = {at->second, true};
}

RuleCache::Counters RuleCache::counters() const {
    const std::lock_guard lock(mutex_);
    return counters_;
}

std::string RuleCache::save() {
    const std::lock_guard lock(mutex_);
    if (fresh_.empty()) return {};
    std::string entries;
    for (const auto& [key, kept] : kept_)
        if (kept.used) append_entry(entries, key, kept.bytes);
    const Digest sum = sha256(as_bytes(entries));
    const std::filesystem::path draft = fmt::format("{}.{}", path_.string(), ::getpid());
    {
        const Descriptor file(
            ::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
        if (file.number() < 0) return system_error("written", draft);
        if (!write_all(file.number(), magic) || !write_all(file.number(), as_text(sum.bytes)) ||
            !write_all(file.number(), entries)) {
            std::string why = system_error("written", draft);
            ::unlink(draft.c_str());
            return why;
        }
    }
    // Not synced: a torn file has the wrong checksum and is made again.
    if (::rename(draft.c_str(), path_.c_str()) == 0) return {};
    std::string why = system_error("replaced", path_);
    ::unlink(draft.c_str());
    return why;
}

std::unique_ptr<RuleCache> rule_cache_of_environment() {
    const char* const path = std::getenv("PERSANDIAN_RULE_CACHE");  // NOLINT(concurrency-mt-unsafe)
    if (path == nullptr || *path == '\0') return nullptr;
    return std::make_unique<RuleCache>(path);
}

}  // namespace persandian::runtime
