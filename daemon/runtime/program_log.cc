// SPDX-License-Identifier: Apache-2.0
#include "daemon/runtime/program_log.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <mutex>
#include <string>

#include <boost/log/attributes/value_extraction.hpp>
#include <boost/log/core.hpp>
#include <boost/log/sinks/basic_sink_backend.hpp>
#include <boost/log/sinks/sync_frontend.hpp>
#include <boost/log/sources/record_ostream.hpp>
#include <boost/log/sources/severity_logger.hpp>
#include <boost/smart_ptr/make_shared.hpp>
#include <fmt/format.h>
#include <sys/stat.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include "detectors/base/encoding.h"

namespace persandian::runtime {
namespace {

namespace bl = boost::log;
using config::LogLevel;

constexpr unsigned max_lines_per_second = 100;

/// syslog priorities of the levels.
int priority_of(LogLevel level) {
    static constexpr std::array<int, 4> priorities = {7, 6, 4, 3};
    return priorities[static_cast<std::size_t>(level)];
}

LogLevel level_of(const bl::record_view& record) {
    return bl::extract_or_default<LogLevel>("Severity", record, LogLevel::info);
}

std::string message_of(const bl::record_view& record) {
    return bl::extract_or_default<std::string>("Message", record, std::string());
}

/// Native journal entries: MESSAGE, PRIORITY, PERSANDIAN_PROCESS.
class JournalBackend : public bl::sinks::basic_sink_backend<bl::sinks::synchronized_feeding> {
  public:
    explicit JournalBackend(std::string process) : process_(std::move(process)) {}
    void consume(const bl::record_view& record) {
        ::sd_journal_send("MESSAGE=%s", message_of(record).c_str(), "PRIORITY=%i",
                          priority_of(level_of(record)), "SYSLOG_IDENTIFIER=persandiand",
                          "PERSANDIAN_PROCESS=%s", process_.c_str(), nullptr);
    }

  private:
    std::string process_;
};

class StderrBackend : public bl::sinks::basic_sink_backend<bl::sinks::synchronized_feeding> {
  public:
    explicit StderrBackend(std::string process) : process_(std::move(process)) {}
    void consume(const bl::record_view& record) {
        static constexpr std::array<std::string_view, 4> names = {"debug", "info", "warning",
                                                                  "error"};
        const std::string line =
            fmt::format("persandiand {}: {}: {}\n", process_,
                        names[static_cast<std::size_t>(level_of(record))], message_of(record));
        // One write per line: lines of two processes do not mix.
        if (::write(STDERR_FILENO, line.data(), line.size()) < 0) return;
    }

  private:
    std::string process_;
};

/// Whether standard error is connected to the journal ($JOURNAL_STREAM is "device:inode" of it).
bool stderr_is_journal() {
    const char* const stream = std::getenv("JOURNAL_STREAM");
    struct stat status {};
    if (stream == nullptr || ::fstat(STDERR_FILENO, &status) != 0) return false;
    return fmt::format("{}:{}", status.st_dev, status.st_ino) == stream;
}

template <typename Backend>
void add_sink(std::string_view process) {
    using Sink = bl::sinks::synchronous_sink<Backend>;
    bl::core::get()->add_sink(
        boost::make_shared<Sink>(boost::make_shared<Backend>(std::string(process))));
}

/// Lets max_lines_per_second through and counts the rest.
class RateLimit {
  public:
    /// Whether a line may pass; `held_back` is how many did not since the last that did.
    bool pass(unsigned& held_back) {
        const std::lock_guard lock(mutex_);
        const auto now = std::chrono::steady_clock::now();
        if (now - window_ >= std::chrono::seconds(1)) {
            window_ = now;
            lines_ = 0;
        }
        if (++lines_ > max_lines_per_second) {
            ++held_back_;
            return false;
        }
        held_back = std::exchange(held_back_, 0U);
        return true;
    }

  private:
    std::mutex mutex_;
    std::chrono::steady_clock::time_point window_;
    unsigned lines_ = 0;
    unsigned held_back_ = 0;
};

void write_record(LogLevel level, const std::string& text) {
    static bl::sources::severity_logger_mt<LogLevel> logger;
    BOOST_LOG_SEV(logger, level) << text;
}

}  // namespace

void open_program_log(LogLevel least, std::string_view process) {
    bl::core::get()->remove_all_sinks();
    if (stderr_is_journal()) {
        add_sink<JournalBackend>(process);
    } else {
        add_sink<StderrBackend>(process);
    }
    set_program_log_level(least);
}

void set_program_log_level(LogLevel least) {
    bl::core::get()->set_filter([least](const bl::attribute_value_set& values) {
        return bl::extract_or_default<LogLevel>("Severity", values, LogLevel::info) >= least;
    });
}

void program_log(LogLevel level, std::string_view text) {
    static RateLimit limit;
    unsigned held_back = 0;
    if (!limit.pass(held_back)) return;
    if (held_back > 0)
        write_record(LogLevel::warning, fmt::format("{} log lines were held back", held_back));
    // A record is one line: a reader of many must not take the rest of one for another.
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        if (end > 0) write_record(level, escape_for_terminal(text.substr(0, end)));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

}  // namespace persandian::runtime
