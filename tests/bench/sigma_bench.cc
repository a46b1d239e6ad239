// SPDX-License-Identifier: Apache-2.0
//
// sigma_bench --rules DIR… --events FILE… [--rounds N] [--cache DIR]: JSON lines through parser and
// matcher on one core, against simdjson merely parsing the same bytes and unescaping every text.
// Both alternate within one run and are timed in CPU time of the thread, because machines are
// noisy; the ratio is the figure to compare. Prints one table per events file: parse alone, events
// without rules, then 1, 10, 100, … all rules; then two threads against one, load times, memory.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <deque>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#define SIMDJSON_EXCEPTIONS 0
#include <simdjson.h>
#include <unistd.h>

#include "daemon/config/rule_files.h"
#include "daemon/runtime/parallel.h"
#include "daemon/runtime/rule_cache.h"
#include "detectors/logs/log_room.h"
#include "detectors/sigma/rule_set.h"

namespace {

using namespace persandian;
using WallClock = std::chrono::steady_clock;

double cpu_seconds(clockid_t clock) {
    timespec now{};
    clock_gettime(clock, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

double wall_seconds(const std::function<void()>& work) {
    const auto begin = WallClock::now();
    work();
    return std::chrono::duration<double>(WallClock::now() - begin).count();
}

/// A file in memory, with the padding that simdjson reads beyond the end.
struct Events {
    std::string name;
    std::string text;
    std::vector<std::string_view> lines;

    explicit Events(const std::string& path) : name(std::filesystem::path(path).filename()) {
        std::ifstream in(path, std::ios::binary);
        text.assign(std::istreambuf_iterator<char>(in), {});
        text.reserve(text.size() + simdjson::SIMDJSON_PADDING);
        std::string_view rest = text;
        while (!rest.empty()) {
            const std::size_t end = std::min(rest.find('\n'), rest.size());
            if (end > 0) lines.push_back(rest.substr(0, end));
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
    }
};

/// The limit: every field found, every text unescaped, nothing kept.
class ParseOnly {
  public:
    void run(const Events& events) {
        for (const std::string_view line : events.lines) {
            simdjson::ondemand::document document;
            const auto capacity =
                static_cast<std::size_t>(events.text.data() + events.text.capacity() - line.data());
            if (parser_.iterate(simdjson::padded_string_view(line.data(), line.size(), capacity))
                    .get(document))
                continue;
            simdjson::ondemand::object object;
            if (!document.get_object().get(object)) touch(object);
        }
    }
    [[nodiscard]] std::size_t touched() const { return touched_; }

  private:
    void touch(simdjson::ondemand::object object) {
        for (auto member : object) {
            simdjson::ondemand::field field;
            if (std::move(member).get(field)) return;
            std::string_view key;
            if (!field.unescaped_key().get(key)) touched_ += key.size();
            touch(field.value());
        }
    }
    void touch(simdjson::ondemand::array array) {
        for (auto item : array) {
            simdjson::ondemand::value value;
            if (std::move(item).get(value)) return;
            touch(value);
        }
    }
    void touch(simdjson::ondemand::value value) {
        simdjson::ondemand::json_type type{};
        if (value.type().get(type)) return;
        std::string_view text;
        simdjson::ondemand::number number;
        simdjson::ondemand::object object;
        simdjson::ondemand::array array;
        switch (type) {
            case simdjson::ondemand::json_type::object:
                if (!value.get_object().get(object)) touch(object);
                break;
            case simdjson::ondemand::json_type::array:
                if (!value.get_array().get(array)) touch(array);
                break;
            case simdjson::ondemand::json_type::string:
                if (!value.get_string().get(text)) touched_ += text.size();
                break;
            case simdjson::ondemand::json_type::number:
                if (!value.get_number().get(number)) ++touched_;
                break;
            case simdjson::ondemand::json_type::boolean:
            case simdjson::ondemand::json_type::null:
                touched_ += value.raw_json_token().size();
                break;
        }
    }

    simdjson::ondemand::parser parser_;
    std::size_t touched_ = 0;
};

/// What `persandian match` does with a line, without its output.
class Pipeline : public EventSink, public FindingSink {
  public:
    explicit Pipeline(std::shared_ptr<const sigma::RuleSet> rules) : room_(*this) {
        if (rules) matcher_ = sigma::make_matcher(std::move(rules), {.with_details = false});
    }
    void run(const Events& events) {
        LogLine line;
        line.source_name = events.name;
        line.format = "json";
        for (const std::string_view text : events.lines) {
            line.text = text;
            ++line.number;
            room_.on_line(line);
        }
    }
    void on_event(const Event& event) override {
        if (matcher_) matcher_->match(event, *this);
    }
    void on_finding(Finding) override { ++findings_; }
    [[nodiscard]] std::uint64_t findings() const { return findings_; }
    [[nodiscard]] double candidates_per_event() const {
        if (!matcher_) return 0;
        const sigma::MatcherCounters& counters = matcher_->counters();
        return static_cast<double>(counters.candidates) / static_cast<double>(counters.events);
    }

  private:
    logs::LogRoom room_;
    std::unique_ptr<sigma::Matcher> matcher_;
    std::uint64_t findings_ = 0;
};

std::vector<sigma::SourceFile> to_sources(const std::vector<config::TextFile>& files) {
    std::vector<sigma::SourceFile> out;
    for (const config::TextFile& file : files) out.push_back({file.path, file.text});
    return out;
}

/// Every n-th of the files, so that the smaller sets are mixtures like the whole.
std::vector<sigma::SourceFile> sample(const std::vector<sigma::SourceFile>& files,
                                      std::size_t count) {
    std::vector<sigma::SourceFile> out;
    for (std::size_t i = 0; i < count; ++i) out.push_back(files[i * files.size() / count]);
    return out;
}

struct Contender {
    std::string name;
    std::function<void()> run;
    std::function<std::string()> remark;
    std::function<void()> prepare;  ///< before each round, not timed
    double best = 1e9;
};

/// Rounds over all contenders, so that each sees the same moods of the machine; the best counts.
void measure(const Events& events, std::vector<Contender>& contenders, int rounds) {
    for (int round = 0; round < rounds; ++round) {
        for (Contender& contender : contenders) {
            if (contender.prepare) contender.prepare();
            const double begin = cpu_seconds(CLOCK_THREAD_CPUTIME_ID);
            contender.run();
            contender.best = std::min(contender.best, cpu_seconds(CLOCK_THREAD_CPUTIME_ID) - begin);
        }
    }
    fmt::print("\n{}: {} events, {:.1f} MB\n{:<22} {:>12} {:>9} {:>10} {:>8}\n", events.name,
               events.lines.size(), static_cast<double>(events.text.size()) / 1e6, "", "events/s",
               "GB/s", "us/event", "ratio");
    for (const Contender& contender : contenders)
        fmt::print("{:<22} {:>12.0f} {:>9.2f} {:>10.2f} {:>8.2f}  {}\n", contender.name,
                   static_cast<double>(events.lines.size()) / contender.best,
                   static_cast<double>(events.text.size()) / contender.best / 1e9,
                   contender.best * 1e6 / static_cast<double>(events.lines.size()),
                   contenders.front().best / contender.best,
                   contender.remark ? contender.remark() : "");
    std::fflush(stdout);
}

void measure_file(
    const Events& events,
    const std::vector<std::pair<std::size_t, std::shared_ptr<const sigma::RuleSet>>>& sets,
    int rounds) {
    ParseOnly parse;
    std::deque<std::unique_ptr<Pipeline>> pipelines;
    std::vector<Contender> contenders;
    contenders.push_back({"parse alone", [&] { parse.run(events); }, {}, {}});
    const auto add = [&](const std::string& name,
                         const std::shared_ptr<const sigma::RuleSet>& set) {
        std::unique_ptr<Pipeline>& pipeline = pipelines.emplace_back();
        contenders.push_back({name, [&] { pipeline->run(events); },
                              [&] {
                                  return fmt::format("{:.2f} candidates/event, {} findings",
                                                     pipeline->candidates_per_event(),
                                                     pipeline->findings());
                              },
                              // Anew each round: what a matcher remembers is of this round.
                              [&, set] { pipeline = std::make_unique<Pipeline>(set); }});
    };
    add("events, no rules", nullptr);
    for (const auto& [count, set] : sets) add(fmt::format("{} rules", count), set);
    measure(events, contenders, rounds);
}

/// Wall time of the same work on one thread and, twice over, on two.
void measure_two_threads(const Events& events, const std::shared_ptr<const sigma::RuleSet>& rules,
                         int rounds) {
    double one = 1e9;
    double two = 1e9;
    for (int round = 0; round < rounds; ++round) {
        Pipeline alone(rules);
        Pipeline first(rules);
        Pipeline second(rules);
        one = std::min(one, wall_seconds([&] { alone.run(events); }));
        two = std::min(two, wall_seconds([&] {
                           std::thread other([&] { second.run(events); });
                           first.run(events);
                           other.join();
                       }));
    }
    fmt::print("two threads against one: {:.2f} x (wall time)\n", 2 * one / two);
}

long status_kib(std::string_view key) {
    std::ifstream in("/proc/self/status");
    for (std::string line; std::getline(in, line);)
        if (line.starts_with(key)) return std::atol(line.c_str() + key.size());
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app("Sigma matching against the speed of parsing");
    std::vector<std::string> rule_folders;
    std::vector<std::string> event_files;
    int rounds = 5;
    bool only_all = false;
    app.add_option("--rules", rule_folders, "folders of rules")->required();
    app.add_option("--events", event_files, "files of JSON lines")->required();
    app.add_option("--rounds", rounds, "rounds of each measurement");
    app.add_flag("--only-all", only_all, "not the smaller numbers of rules");
    CLI11_PARSE(app, argc, argv);

    const std::vector<std::filesystem::path> places(rule_folders.begin(), rule_folders.end());
    const config::RuleFiles files = config::read_rule_files(places);
    const std::vector<sigma::SourceFile> rules = to_sources(files.rules);
    const std::vector<sigma::SourceFile> logsources = to_sources(files.logsources);
    sigma::LoadResult loaded;
    const sigma::LoadOptions on_all_cores{.parallel = runtime::run_parallel};
    const double one_core = wall_seconds([&] { (void)sigma::load_rules(rules, logsources); });
    const std::filesystem::path cache_path =
        std::filesystem::temp_directory_path() / fmt::format("sigma-bench-{}.cache", ::getpid());
    {
        runtime::RuleCache cache(cache_path);
        sigma::LoadOptions keeping = on_all_cores;
        keeping.cache = &cache;
        (void)sigma::load_rules(rules, logsources, keeping);
        if (const std::string why = cache.save(); !why.empty()) fmt::print("{}\n", why);
    }
    const double warm = wall_seconds([&] {
        runtime::RuleCache cache(cache_path);
        sigma::LoadOptions cached = on_all_cores;
        cached.cache = &cache;
        (void)sigma::load_rules(rules, logsources, cached);
    });
    const double cache_mb = static_cast<double>(std::filesystem::file_size(cache_path)) / 1e6;
    std::filesystem::remove(cache_path);
    const double cold =
        wall_seconds([&] { loaded = sigma::load_rules(rules, logsources, on_all_cores); });
    fmt::print(
        "load: {} rules, {} refused, {:.2f} s; on one core {:.2f} s; from a cache of {:.0f} MB "
        "{:.2f} s\n",
        loaded.rules->rules().size(), loaded.refused_count, cold, one_core, cache_mb, warm);
    fmt::print("memory after loading: {:.0f} MB, peak {:.0f} MB\n",
               static_cast<double>(status_kib("VmRSS:")) / 1024,
               static_cast<double>(status_kib("VmHWM:")) / 1024);

    std::vector<std::pair<std::size_t, std::shared_ptr<const sigma::RuleSet>>> sets;
    for (std::size_t count = 1; !only_all && count < rules.size(); count *= 10)
        sets.emplace_back(count, sigma::load_rules(sample(rules, count), logsources).rules);
    sets.emplace_back(rules.size(), loaded.rules);
    for (const std::string& path : event_files) {
        const Events events(path);
        measure_file(events, sets, rounds);
        measure_two_threads(events, loaded.rules, rounds);
    }
    return 0;
}
