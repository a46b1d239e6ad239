// SPDX-License-Identifier: Apache-2.0
#include "daemon/sources/log_tail.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <thread>
#include <utility>
#include <vector>

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

namespace persandian::sources {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::size_t max_queued = 64;  // rotated files to catch up with

Timestamp clock_now() {
    using namespace std::chrono;
    return {duration_cast<nanoseconds>(system_clock::now().time_since_epoch()).count()};
}

/// What the kernel stamps a file changed now with: its coarse clock, which lags the fine one by up
/// to a tick. With the fine one a file made right after this could seem older than this.
std::int64_t file_clock_now_ns() noexcept {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME_COARSE, &now);
    return now.tv_sec * std::int64_t{1'000'000'000} + now.tv_nsec;
}

/// ".1", "-20260815", ".2026-08-15-10": what log rotation puts behind a name.
bool is_rotation_suffix(std::string_view suffix) noexcept {
    return suffix.size() >= 2 && (suffix[0] == '.' || suffix[0] == '-') &&
           suffix.find_first_not_of("0123456789.-") == std::string_view::npos &&
           suffix.find_first_of("0123456789") != std::string_view::npos;
}

bool is_packed(std::string_view name) noexcept {
    for (const std::string_view end : {".gz", ".xz", ".bz2", ".zst"})
        if (name.ends_with(end)) return true;
    return false;
}

struct RotatedFile {
    std::string path;
    FileIdentity identity;
    bool packed = false;
};

/// Files beside `path` that rotation made from it.
std::vector<RotatedFile> rotated_files(const std::string& path) {
    std::vector<RotatedFile> out;
    const fs::path whole(path);
    const std::string base = whole.filename().string();
    const fs::path folder = whole.has_parent_path() ? whole.parent_path() : fs::path(".");
    std::error_code error;
    for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
         entry.increment(error)) {
        std::string name = entry->path().filename().string();
        if (!name.starts_with(base)) continue;
        const bool packed = is_packed(name);
        if (packed) name.erase(name.rfind('.'));
        if (!is_rotation_suffix(std::string_view(name).substr(base.size()))) continue;
        if (const auto identity = identify(entry->path().string()))
            out.push_back({entry->path().string(), *identity, packed});
    }
    return out;
}

}  // namespace

LogTail::LogTail(LogTailOptions options, CursorStore& cursors)
    : options_(std::move(options)), cursors_(cursors) {
    if (options_.source.name.empty()) options_.source.name = options_.source.path;
}

LogTail::~LogTail() {
    if (notify_ >= 0) ::close(notify_);
}

void LogTail::open() {
    using Kind = SourceError::Kind;
    const std::string& path = options_.source.path;
    line_ = {.source_name = options_.source.name,
             .format = options_.source.format,
             .source = options_.source.index,
             .zone_offset_minutes = options_.source.zone_offset_minutes};
    notify_ = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    file_ = TailedFile::open(path, options_.source.max_line_bytes);
    if (!file_) {
        const std::string reason = std::strerror(errno);
        if (errno == EACCES)
            throw SourceError(Kind::permission, path, reason,
                              "let the user that runs this read it (group adm, often)");
        const fs::path folder = fs::path(path).parent_path();
        if (errno != ENOENT) throw SourceError(Kind::unsupported, path, reason, "give a file");
        std::error_code error;
        if (!folder.empty() && !fs::is_directory(folder, error))
            throw SourceError(Kind::not_found, path, "no such folder", "check the path");
    }
    if (const auto cursor = cursors_.find(options_.source.name)) {
        resume(*cursor);
    } else if (!file_) {
        absent_ = LogCursor{.changed_ns = file_clock_now_ns()};
    } else if (!options_.from_start) {
        file_->seek_to_end();
    }
    watch();
}

/// Finds the file a cursor belongs to: still at its path, or rotated away meanwhile.
void LogTail::resume(const LogCursor& cursor) {
    if (file_ && file_->knows(cursor)) return file_->seek(cursor.offset);
    if (cursor.is_absent()) {
        absent_ = cursor;
        queue_rotated_since(cursor.changed_ns);
        if (!queued_.empty()) file_.reset();
        return;
    }
    ++counters_.rotations;
    for (const RotatedFile& rotated : rotated_files(options_.source.path)) {
        if (rotated.packed || rotated.identity.inode != cursor.inode) continue;
        auto old = TailedFile::open(rotated.path, options_.source.max_line_bytes);
        if (!old || !old->knows(cursor)) continue;
        old->seek(cursor.offset);
        file_ = std::move(old);
        return;
    }
    ++counters_.lost;  // deleted, packed or emptied while nobody looked
    queue_rotated_since(cursor.changed_ns);
    if (!queued_.empty()) file_.reset();  // those first
}

bool LogTail::already_read(const std::string& path) const {
    const auto file = TailedFile::open(path, options_.source.max_line_bytes);
    return file && std::any_of(finished_.begin(), finished_.end(),
                               [&](const LogCursor& cursor) { return file->knows(cursor); });
}

/// Queues rotated files changed since `changed_ns` that we have not read, oldest first.
void LogTail::queue_rotated_since(std::int64_t changed_ns) {
    const auto current = identify(options_.source.path);
    std::vector<RotatedFile> found = rotated_files(options_.source.path);
    std::sort(found.begin(), found.end(), [](const RotatedFile& a, const RotatedFile& b) {
        return a.identity.changed_ns < b.identity.changed_ns;
    });
    for (const RotatedFile& rotated : found) {
        if (rotated.identity.changed_ns < changed_ns) continue;  // clocks of files are coarse
        if (current && rotated.identity.same_file(*current)) continue;
        if (!rotated.packed && already_read(rotated.path)) continue;
        if (rotated.packed || queued_.size() >= max_queued) {
            ++counters_.lost;
        } else {
            queued_.push_back(rotated.path);
        }
    }
}

bool LogTail::deliver(LineSplitter::Line found) {
    line_.text = found.text;
    line_.truncated = found.truncated;
    line_.received = clock_now();
    line_.number = ++counters_.lines;
    if (found.truncated) ++counters_.truncated;
    return true;
}

/// What stands behind the last line end of a file that is done.
bool LogTail::deliver_last() {
    LineSplitter::Line found;
    return file_->splitter().last(found) && deliver(found);
}

/// The file is emptied or replaced in place: from the beginning, under the same descriptor.
void LogTail::start_again() {
    ++counters_.rotations;
    ++counters_.lost;
    file_->restart();
}

void LogTail::open_current() {
    silent_since_.reset();
    if (file_) skipped_before_ += file_->skipped_bytes();
    file_.reset();
    while (!file_ && !queued_.empty()) {
        file_ = TailedFile::open(queued_.front(), options_.source.max_line_bytes);
        if (!file_) ++counters_.lost;
        queued_.pop_front();
    }
    if (!file_) file_ = TailedFile::open(options_.source.path, options_.source.max_line_bytes);
    const bool unreadable = !file_ && errno != ENOENT;
    if (file_) absent_.reset();
    fault_ = unreadable ? options_.source.path + ": " + std::strerror(errno) : std::string();
    watch();
}

/// Whether the open file, read to its end, is finished: another one stands at the path, and this
/// one has been silent long enough.
bool LogTail::is_done() {
    const auto current = identify(options_.source.path);
    if (current && current->same_file(file_->identity())) {
        silent_since_.reset();
        return false;
    }
    if (!current && queued_.empty()) return false;  // gone; what we have open may still grow
    const auto now = Clock::now();
    if (!silent_since_) silent_since_ = now;
    return now - *silent_since_ >= options_.rotation_grace;
}

void LogTail::go_on_to_next() {
    ++counters_.rotations;
    finished_.push_back(file_->cursor());
    if (finished_.size() > max_queued) finished_.pop_front();
    if (queued_.empty()) queue_rotated_since(file_->identity().changed_ns);
    open_current();
}

TailedFile::Growth LogTail::read_more() {
    const std::uint64_t before = file_->splitter().pending_bytes();
    const TailedFile::Growth growth = file_->read();
    if (growth == TailedFile::Growth::grown) {
        counters_.bytes += file_->splitter().pending_bytes() - before;
        silent_since_.reset();
    }
    if (growth == TailedFile::Growth::failed)
        fault_ = options_.source.path + ": " + std::strerror(errno);
    return growth;
}

LogSource::Next LogTail::next(Deadline deadline) {
    for (;;) {
        if (!file_) open_current();
        if (file_) {
            LineSplitter::Line found;
            if (file_->splitter().next(found)) {
                deliver(found);
                return Next::line;
            }
            const TailedFile::Growth growth = read_more();
            if (growth == TailedFile::Growth::grown) continue;
            const bool replaced = growth == TailedFile::Growth::replaced;
            if (replaced || is_done()) {
                if (deliver_last()) return Next::line;
                replaced ? start_again() : go_on_to_next();
                continue;
            }
        }
        if (Clock::now() >= deadline) {
            drain_notifications();
            return Next::timeout;
        }
        wait(deadline);
    }
}

void LogTail::watch() {
    if (notify_ < 0) return;
    const std::string& path = options_.source.path;
    const std::string folder = fs::path(path).parent_path().string();
    // the folder tells of renaming and making, the file (through a link, elsewhere) of growing
    (void)::inotify_add_watch(notify_, folder.empty() ? "." : folder.c_str(),
                              IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE);
    if (file_watch_ >= 0) (void)::inotify_rm_watch(notify_, file_watch_);
    file_watch_ = ::inotify_add_watch(notify_, path.c_str(), IN_MODIFY | IN_ATTRIB);
}

void LogTail::wait(Deadline deadline) {
    using std::chrono::milliseconds;
    auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
    left = std::clamp(left, milliseconds(0), options_.poll_interval);
    if (silent_since_)
        left = std::min(left, std::max(options_.rotation_grace / 4, milliseconds(1)));
    if (notify_ < 0) return std::this_thread::sleep_for(left);
    pollfd descriptor{.fd = notify_, .events = POLLIN, .revents = 0};
    if (::poll(&descriptor, 1, static_cast<int>(left.count())) <= 0) return;
    drain_notifications();
}

/// What they say does not matter: we look ourselves.
void LogTail::drain_notifications() {
    std::array<char, 4096> events{};
    while (notify_ >= 0 && ::read(notify_, events.data(), events.size()) > 0) continue;
}

LogCounters LogTail::counters() const noexcept {
    LogCounters out = counters_;
    out.skipped_bytes = skipped_before_ + (file_ ? file_->skipped_bytes() : 0);
    return out;
}

std::optional<LogCursor> LogTail::cursor() const {
    return file_ ? std::optional(file_->cursor()) : absent_;
}

Result<void> LogTail::acknowledge(const LogCursor& cursor) {
    cursors_.put(options_.source.name, cursor);
    return cursors_.save();
}

}  // namespace persandian::sources
