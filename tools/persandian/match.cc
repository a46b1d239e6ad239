// SPDX-License-Identifier: Apache-2.0
//
// `persandian match`: grep with Sigma. Lines in, one JSON line per match out, in input order, on
// all cores, with a bounded part of the input in memory.
#include <algorithm>
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

#include <fmt/format.h>

#include "detectors/base/encoding.h"
#include "detectors/logs/log_room.h"
#include "detectors/sigma/rule_set.h"
#include "tools/persandian/cli.h"
#include "tools/persandian/event_lines.h"
#include "tools/persandian/rule_loading.h"

namespace persandian::cli {
namespace {

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
    LineBlock lines;
    std::string output;
    bool done = false;
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
        feed(block.lines, settings_.file, settings_.format, room_);
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
            if (!reader.next(block->lines)) break;
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
