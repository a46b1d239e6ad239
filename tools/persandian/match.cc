// SPDX-License-Identifier: Apache-2.0
//
// `persandian match`: grep with Sigma. Lines in, one JSON line per match out, in input order, on
// all cores, with a bounded part of the input in memory.
#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstdio>
#include <cstring>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "detectors/base/encoding.h"
#include "detectors/base/units.h"
#include "detectors/logs/log_room.h"
#include "detectors/sigma/rule_set.h"
#include "tools/persandian/cli.h"
#include "tools/persandian/rule_loading.h"

namespace persandian::cli {
namespace {

constexpr std::size_t block_bytes = 1_MiB;
constexpr std::size_t max_line_bytes = 16_MiB;  ///< the rest of a longer line is not looked at

struct Settings {
    std::vector<std::string> rules;
    std::vector<std::string> placeholders;
    std::string logsource;
    std::string format = "json";
    std::string file = "-";
    unsigned threads = 0;
};

/// Whole lines of the input, and what became of them.
struct Block {
    std::string text;
    std::uint64_t first_line = 1;
    std::string output;
    bool done = false;
};

/// Cuts a file into blocks of whole lines.
class LineReader {
  public:
    explicit LineReader(const std::string& path)
        : descriptor_(path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
        if (descriptor_ < 0) throw Failure(no_input, path + ": cannot be opened for reading");
        path_ = path;
    }
    ~LineReader() {
        if (descriptor_ != STDIN_FILENO) ::close(descriptor_);
    }
    LineReader(const LineReader&) = delete;
    LineReader& operator=(const LineReader&) = delete;

    /// False at the end of the input.
    bool next(Block& block) {
        block.text = std::move(rest_);
        rest_.clear();
        block.first_line = next_line_;
        std::size_t last_newline = std::string::npos;
        while (last_newline == std::string::npos && !ended_) {
            const std::size_t size = block.text.size();
            if (size >= max_line_bytes) break;
            fill(block.text);
            last_newline = block.text.rfind('\n');
            if (last_newline != std::string::npos && last_newline < size)
                last_newline = std::string::npos;
        }
        if (block.text.empty()) return false;
        last_newline = block.text.rfind('\n');
        if (last_newline == std::string::npos && !ended_) {
            skip_line();
        } else if (last_newline != std::string::npos && !ended_) {
            rest_ = block.text.substr(last_newline + 1);
            block.text.resize(last_newline + 1);
        }
        for (std::size_t at = block.text.find('\n'); at != std::string::npos;
             at = block.text.find('\n', at + 1))
            ++next_line_;
        return true;
    }

  private:
    void fill(std::string& text) {
        const std::size_t size = text.size();
        text.resize(size + block_bytes);
        std::size_t filled = size;
        while (filled < text.size()) {
            const ssize_t got = ::read(descriptor_, text.data() + filled, text.size() - filled);
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) throw Failure(io_error, path_ + ": " + std::strerror(errno));
            if (got == 0) {
                ended_ = true;
                break;
            }
            filled += static_cast<std::size_t>(got);
        }
        text.resize(filled);
    }

    /// The rest of a line that is too long.
    void skip_line() {
        std::string more;
        while (!ended_) {
            more.clear();
            fill(more);
            const std::size_t newline = more.find('\n');
            if (newline == std::string::npos) continue;
            rest_ = more.substr(newline + 1);
            break;
        }
        ++next_line_;
    }

    int descriptor_;
    std::string path_;
    std::string rest_;
    std::uint64_t next_line_ = 1;
    bool ended_ = false;
};

/// Parses and matches the lines of blocks. One per thread.
class Worker : public EventSink, public FindingSink {
  public:
    Worker(std::shared_ptr<const sigma::RuleSet> rules, const Settings& settings)
        : settings_(settings),
          room_(*this),
          matcher_(sigma::make_matcher(std::move(rules), {.with_details = false})) {}

    void run(Block& block) {
        output_ = &block.output;
        std::string_view rest = block.text;
        LogLine line;
        line.source_name = settings_.file;
        line.format = settings_.format;
        line.number = block.first_line;
        while (!rest.empty()) {
            const std::size_t newline = rest.find('\n');
            line.text = rest.substr(0, newline);
            if (line.text.ends_with('\r')) line.text.remove_suffix(1);
            rest.remove_prefix(newline == std::string_view::npos ? rest.size() : newline + 1);
            if (!line.text.empty()) room_.on_line(line);
            ++line.number;
        }
    }
    void finish(std::string& output) {
        output_ = &output;
        room_.finish();
    }
    [[nodiscard]] const logs::LogRoom::Counters& counters() const { return room_.counters(); }

    void on_event(const Event& event) override {
        line_ = event.origin().number;
        matcher_->match(event, *this);
    }
    void on_finding(Finding finding) override {
        *output_ += fmt::format("{{\"line\":{},\"rule\":", line_);
        append_json_string(*output_, finding.rule.id);
        *output_ += ",\"title\":";
        append_json_string(*output_, finding.rule.title);
        *output_ += fmt::format(",\"level\":\"{}\"}}\n", to_string(finding.rule.level));
    }

  private:
    const Settings& settings_;
    logs::LogRoom room_;
    std::unique_ptr<sigma::Matcher> matcher_;
    std::string* output_ = nullptr;
    std::uint64_t line_ = 0;
};

void write_out(const std::string& text) {
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size())
        throw Failure(io_error, "standard output: cannot be written");
}

/// Blocks in order through several threads: a bounded queue of blocks, each done by any worker,
/// written by the reading thread.
class Pipeline {
  public:
    Pipeline(const std::shared_ptr<const sigma::RuleSet>& rules, const Settings& settings,
             unsigned threads)
        : max_blocks_(4U * threads) {
        for (unsigned i = 0; i < threads; ++i)
            workers_.push_back(std::make_unique<Worker>(rules, settings));
        for (const std::unique_ptr<Worker>& worker : workers_)
            threads_.emplace_back([this, &worker] { work(*worker); });
    }
    ~Pipeline() { stop(); }
    Pipeline(const Pipeline&) = delete;
    Pipeline& operator=(const Pipeline&) = delete;

    void run(LineReader& reader) {
        while (true) {
            auto block = std::make_unique<Block>();
            if (!reader.next(*block)) break;
            add(std::move(block));
        }
        while (!blocks_.empty()) write_first();
        stop();
        std::string last;
        for (const std::unique_ptr<Worker>& worker : workers_) worker->finish(last);
        write_out(last);
    }
    [[nodiscard]] std::uint64_t plain_count() const {
        std::uint64_t count = 0;
        for (const std::unique_ptr<Worker>& worker : workers_) count += worker->counters().plain;
        return count;
    }

  private:
    void add(std::unique_ptr<Block> block) {
        while (blocks_.size() >= max_blocks_) write_first();
        const std::lock_guard lock(mutex_);
        waiting_.push_back(block.get());
        blocks_.push_back(std::move(block));
        work_.notify_one();
    }

    void write_first() {
        {
            std::unique_lock lock(mutex_);
            finished_.wait(lock, [this] { return blocks_.front()->done; });
        }
        write_out(blocks_.front()->output);
        blocks_.pop_front();
    }

    void work(Worker& worker) {
        while (true) {
            Block* block = nullptr;
            {
                std::unique_lock lock(mutex_);
                work_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
                if (waiting_.empty()) return;
                block = waiting_.front();
                waiting_.pop_front();
            }
            worker.run(*block);
            const std::lock_guard lock(mutex_);
            block->done = true;
            finished_.notify_one();
        }
    }

    void stop() {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
            work_.notify_all();
        }
        for (std::thread& thread : threads_)
            if (thread.joinable()) thread.join();
    }

    std::size_t max_blocks_;
    std::vector<std::unique_ptr<Worker>> workers_;
    std::vector<std::thread> threads_;
    std::deque<std::unique_ptr<Block>> blocks_;  ///< reading thread only
    std::mutex mutex_;                           ///< guards what follows and Block::done
    std::condition_variable work_;
    std::condition_variable finished_;
    std::deque<Block*> waiting_;
    bool stopping_ = false;
};

void check_format(const std::string& format) {
    if (format == "auto" || format == "plain" || logs::find_format(format) != nullptr) return;
    std::string known = "auto, plain";
    for (const logs::LogEntry* entry : logs::catalog()) known += ", " + std::string(entry->name);
    throw Failure(usage, "unknown log format '" + format + "'; known: " + known);
}

void match(const Settings& settings) {
    check_format(settings.format);
    sigma::LoadOptions options = read_placeholders(settings.placeholders);
    if (!settings.logsource.empty()) options.forced_logsource = read_logsource(settings.logsource);
    const sigma::LoadResult loaded = load_rules_below(settings.rules, options);
    if (!loaded.refused.empty())
        std::fprintf(stderr, "persandian: %zu rules were refused and do not match:\n%s",
                     loaded.refused_count, format_problems(loaded.refused, 20).c_str());
    if (loaded.rules->rules().empty()) throw Failure(bad_config, "no rule was loaded");
    LineReader reader(settings.file);
    // Other formats join lines or learn from the ones before, so they stay on one thread.
    unsigned threads =
        settings.threads == 0 ? std::thread::hardware_concurrency() : settings.threads;
    if (settings.format != "json" || threads == 0) threads = 1;
    Pipeline pipeline(loaded.rules, settings, threads);
    pipeline.run(reader);
    if (std::fflush(stdout) != 0) throw Failure(io_error, "standard output: cannot be written");
    if (pipeline.plain_count() > 0)
        std::fprintf(stderr,
                     "persandian: %llu lines were not of the format %s; they were matched as plain "
                     "text\n",
                     static_cast<unsigned long long>(pipeline.plain_count()),
                     settings.format.c_str());
}

}  // namespace

void add_match(CLI::App& program) {
    auto settings = std::make_shared<Settings>();
    CLI::App* const command =
        program.add_subcommand("match", "Match log lines or JSON events against rules");
    command->add_option("-S,--rules", settings->rules, "Folder or file with rules (repeatable)")
        ->required()
        ->allow_extra_args(false);
    command->add_option("--logsource", settings->logsource,
                        "Treat every event as of product=…,category=…,service=…");
    command->add_option("--format", settings->format, "json, auto, or the name of a log format");
    command
        ->add_option("--placeholder", settings->placeholders, "Values for expand: name=value,value")
        ->allow_extra_args(false);
    command->add_option("--threads", settings->threads, "Worker threads (default: all cores)")
        ->check(CLI::Range(1, 256));
    command->add_option("FILE", settings->file, "File, or - for standard input");
    command->callback([settings] { match(*settings); });
}

}  // namespace persandian::cli
