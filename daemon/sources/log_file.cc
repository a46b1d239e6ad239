// SPDX-License-Identifier: Apache-2.0
#include "daemon/sources/log_file.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

namespace persandian::sources {
namespace {

Timestamp clock_now() {
    using namespace std::chrono;
    return {duration_cast<nanoseconds>(system_clock::now().time_since_epoch()).count()};
}

[[noreturn]] void throw_errno(const std::string& path, int code) {
    using Kind = SourceError::Kind;
    const std::string reason = std::strerror(code);
    if (code == ENOENT) throw SourceError(Kind::not_found, path, reason, "check the path");
    if (code == EACCES)
        throw SourceError(Kind::permission, path, reason, "let the user that runs this read it");
    throw SourceError(Kind::device, path, reason, "");
}

}  // namespace

/// zlib reads gzip and plain files alike.
class LogFile::Input {
  public:
    explicit Input(int descriptor) : file_(::gzdopen(descriptor, "rb")) {
        if (file_ != nullptr) ::gzbuffer(file_, 128U * 1024U);
    }
    ~Input() {
        if (file_ != nullptr) ::gzclose(file_);
    }
    Input(const Input&) = delete;
    Input& operator=(const Input&) = delete;

    /// Bytes read; 0 at the end, negative on failure.
    [[nodiscard]] int read(std::span<char> into) noexcept {
        return ::gzread(file_, into.data(), static_cast<unsigned>(into.size()));
    }
    /// Empty when the last read went well.
    [[nodiscard]] std::string error() const {
        int code = Z_OK;
        const char* const text = ::gzerror(file_, &code);
        if (code == Z_OK || code == Z_STREAM_END) return {};
        return code == Z_ERRNO ? std::strerror(errno) : text;
    }
    [[nodiscard]] bool is_open() const noexcept { return file_ != nullptr; }

  private:
    gzFile file_;
};

LogFile::LogFile(LogSourceOptions options, std::optional<Timestamp> received)
    : options_(std::move(options)), received_(received), splitter_(options_.max_line_bytes) {
    if (options_.name.empty()) options_.name = options_.path;
}

LogFile::~LogFile() = default;

void LogFile::open() {
    const bool standard_input = options_.path == "-";
    const int descriptor = standard_input ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                                          : ::open(options_.path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) throw_errno(options_.path, errno);
    input_ = std::make_unique<Input>(descriptor);
    PERSANDIAN_CHECK(input_->is_open());
    struct stat status {};
    const bool known = ::fstat(descriptor, &status) == 0;
    if (known && S_ISDIR(status.st_mode)) throw_errno(options_.path, EISDIR);
    if (!received_) {
        received_ = known && S_ISREG(status.st_mode)
                        ? Timestamp::from_seconds(status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
                        : clock_now();
    }
    line_ = {.source_name = options_.name,
             .format = options_.format,
             .received = *received_,
             .source = options_.index,
             .zone_offset_minutes = options_.zone_offset_minutes};
}

LogSource::Next LogFile::next(Deadline) {
    LineSplitter::Line found;
    while (!splitter_.next(found)) {
        if (!read_to_end_) {
            const int count = input_ ? input_->read(splitter_.space()) : 0;
            if (count > 0) {
                splitter_.filled(static_cast<std::size_t>(count));
                counters_.bytes += static_cast<std::uint64_t>(count);
                continue;
            }
            read_to_end_ = true;
            if (input_) fault_ = input_->error();
        }
        if (!splitter_.last(found)) return Next::end;
        break;
    }
    line_.text = found.text;
    line_.truncated = found.truncated;
    line_.number = ++counters_.lines;
    if (found.truncated) ++counters_.truncated;
    return Next::line;
}

LogCounters LogFile::counters() const noexcept {
    LogCounters out = counters_;
    out.skipped_bytes = splitter_.skipped_bytes();
    return out;
}

}  // namespace persandian::sources
