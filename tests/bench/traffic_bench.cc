// SPDX-License-Identifier: Apache-2.0
//
// traffic_bench CAPTURE [--rules DIR]… [--rules NAME=DIR,DIR]… [--rounds N] [--only NAME]: packets
// through the engine on one core, against tcpdump merely copying them to /dev/null. Contenders
// alternate within one run and each is a process of its own: its CPU time (user and system) is the
// measure, its peak memory its own. The ratio to tcpdump is the figure to compare, because machines
// are noisy. Rules are loaded before the time is taken: cold once, for the time of loading, later
// from a cache. With rules, events are made and matched but not written.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <pcap/pcap.h>
#include <unistd.h>

#include "daemon/config/rule_files.h"
#include "daemon/runtime/parallel.h"
#include "daemon/runtime/rule_cache.h"
#include "daemon/sources/pcap_file.h"
#include "detectors/base/encoding.h"
#include "detectors/engine/event_stage.h"
#include "tests/bench/child.h"
#include "tools/persandian/event_file.h"

namespace {

using namespace persandian;
using bench::Child;
using bench::Measures;
using WallClock = std::chrono::steady_clock;

const std::string event_prefix = "event ";  ///< of measures
const std::string rule_prefix = "rule ";

double process_cpu_seconds() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

double resident_mib() {
    std::ifstream in("/proc/self/status");
    for (std::string line; std::getline(in, line);)
        if (line.starts_with("VmRSS:")) return std::atof(line.c_str() + 6) / 1024;
    return 0;
}

template <class Number>
double real(Number number) {
    return static_cast<double>(number);
}

/// The least a reader can do: libpcap's loop, and every byte looked at.
Measures touch_every_byte(const std::string& path) {
    const double begin = process_cpu_seconds();
    std::string error(PCAP_ERRBUF_SIZE, '\0');
    const std::unique_ptr<pcap_t, void (*)(pcap_t*)> handle(
        pcap_open_offline(path.c_str(), error.data()), pcap_close);
    if (!handle) throw std::runtime_error(error.c_str());
    pcap_pkthdr* header = nullptr;
    const u_char* bytes = nullptr;
    std::uint64_t packets = 0;
    std::uint64_t size = 0;
    std::uint64_t sum = 0;
    while (pcap_next_ex(handle.get(), &header, &bytes) == 1) {
        ++packets;
        size += header->caplen;
        for (std::size_t i = 0; i < header->caplen; ++i) sum += bytes[i];
    }
    // the sum is told so that the compiler must make it
    return {{"cpu_seconds", process_cpu_seconds() - begin},
            {"packets", real(packets)},
            {"bytes", real(size)},
            {"sum", real(sum)}};
}

/// Rules that are measured together.
struct RuleSetChoice {
    std::string name;
    std::vector<std::filesystem::path> folders;
    std::filesystem::path cache;
};

std::string name_of(const RuleSetChoice& choice) {
    return "rules " + choice.name;
}

std::vector<sigma::SourceFile> to_sources(std::vector<config::TextFile> files) {
    std::vector<sigma::SourceFile> out;
    for (config::TextFile& file : files)
        out.push_back({std::move(file.path), std::move(file.text)});
    return out;
}

/// Through the cache, which is filled when it is not there yet.
sigma::LoadResult load(const RuleSetChoice& choice) {
    if (choice.folders.empty()) return sigma::load_rules({}, {});
    config::RuleFiles files = config::read_rule_files(choice.folders);
    runtime::RuleCache cache(choice.cache);
    sigma::LoadOptions options;
    options.parallel = runtime::run_parallel;
    options.cache = &cache;
    sigma::LoadResult out = sigma::load_rules(to_sources(std::move(files.rules)),
                                              to_sources(std::move(files.logsources)), options);
    if (const std::string why = cache.save(); !why.empty()) throw std::runtime_error(why);
    return out;
}

/// Loading alone. Cold: nothing is kept, on all cores or on one.
Measures load_cold(const RuleSetChoice& choice, bool on_all_cores) {
    const auto begin = WallClock::now();
    config::RuleFiles files = config::read_rule_files(choice.folders);
    sigma::LoadOptions options;
    if (on_all_cores) options.parallel = runtime::run_parallel;
    const sigma::LoadResult loaded = sigma::load_rules(
        to_sources(std::move(files.rules)), to_sources(std::move(files.logsources)), options);
    const double seconds = std::chrono::duration<double>(WallClock::now() - begin).count();
    return {{"seconds", seconds},
            {"rules", real(loaded.rules->rules().size())},
            {"refused", real(loaded.refused_count)},
            {"resident_mib", resident_mib()}};
}

Measures load_cached(const RuleSetChoice& choice) {
    const auto begin = WallClock::now();
    const sigma::LoadResult loaded = load(choice);
    return {{"seconds", std::chrono::duration<double>(WallClock::now() - begin).count()},
            {"resident_mib", resident_mib()}};
}

/// Counts findings by rule.
class CountFindings final : public FindingSink {
  public:
    void on_finding(Finding finding) override { ++by_rule_[std::move(finding.rule.title)]; }
    [[nodiscard]] const std::map<std::string, std::uint64_t>& by_rule() const { return by_rule_; }

  private:
    std::map<std::string, std::uint64_t> by_rule_;
};

/// As `persandian replay` drives its stage.
void drive(sources::PcapFile& file, engine::EventStage& stage) {
    Timestamp last{INT64_MIN};
    while (file.next({}) == sources::PacketSource::Next::packet) {
        const RawPacket& packet = file.packet();
        if (packet.time > last + Duration::seconds(1)) stage.on_time(packet.time);
        stage.on_packet(packet);
        last = packet.time;
    }
    stage.finish();
}

Measures run_engine(const std::string& path, const RuleSetChoice& choice, bool with_event_lines) {
    const std::shared_ptr<const sigma::RuleSet> rules = load(choice).rules;
    CountFindings findings;
    std::optional<cli::EventFile> lines;
    if (with_event_lines) lines.emplace("/dev/null");
    const double begin = process_cpu_seconds();
    engine::EventStage stage(
        rules, findings, {.flow_limits = {}, .hash_seed = 1, .events = lines ? &*lines : nullptr});
    stage.name_source(0, path);
    sources::PcapFile file({.path = path, .filter = {}, .index = 0});
    file.open();
    drive(file, stage);
    if (lines) lines->finish();
    const double seconds = process_cpu_seconds() - begin;
    const flow::Counters& counters = stage.flow_counters();
    Measures out{{"cpu_seconds", seconds},
                 {"flows", real(counters.flows)},
                 {"evicted", real(counters.flows_evicted)},
                 {"flow_memory_mib", real(counters.peak_memory_bytes) / real(1_MiB)},
                 {"findings", 0}};
    for (const auto& [title, count] : findings.by_rule()) {
        out["findings"] += real(count);
        out[rule_prefix + escape_for_terminal(title)] = real(count);
    }
    for (const auto& [type, count] : stage.events_by_type())
        out[event_prefix + std::string(type)] = real(count);
    return out;
}

struct Contender {
    std::string name;
    std::function<Child()> run;
    Child best;
    double cpu_seconds = 1e9;

    void go() {
        Child child = run();
        const double seconds = child.cpu_seconds();
        if (child.ok && seconds < cpu_seconds) cpu_seconds = seconds;
        best = std::move(child);
    }
};

struct Capture {
    std::string path;
    double packets = 0;
    double bytes = 0;
};

/// Reading it once also brings it into the page cache.
Capture look_at(const std::string& path) {
    const Child child = bench::run_function([&] { return touch_every_byte(path); });
    if (!child.ok) throw std::runtime_error(child.problem);
    Capture out{path, child.at("packets"), child.at("bytes")};
    fmt::print("{}: {:.0f} packets, {:.1f} MB, {:.0f} bytes/packet\n",
               std::filesystem::path(path).filename().string(), out.packets, out.bytes / 1e6,
               out.bytes / out.packets);
    return out;
}

std::vector<Contender> contenders_of(const std::string& path,
                                     const std::vector<RuleSetChoice>& choices) {
    std::vector<Contender> out;
    const auto add = [&](std::string name, std::function<Child()> run) {
        out.push_back({std::move(name), std::move(run), {}});
    };
    const auto add_engine = [&](std::string name, RuleSetChoice choice, bool with_event_lines) {
        add(std::move(name), [path, choice = std::move(choice), with_event_lines] {
            return bench::run_function([&] { return run_engine(path, choice, with_event_lines); });
        });
    };
    add("tcpdump", [path] {
        return bench::run_program({"tcpdump", "-r", path, "-w", "/dev/null"});
    });
    add("libpcap, bytes touched",
        [path] { return bench::run_function([&] { return touch_every_byte(path); }); });
    add("ndpiReader", [path] { return bench::run_program({"ndpiReader", "-i", path, "-q"}); });
    add_engine("engine, event lines", {}, true);
    add_engine("engine", {}, false);
    for (const RuleSetChoice& choice : choices) add_engine(name_of(choice), choice, false);
    return out;
}

/// False when there is no rule in it.
bool print_load(const RuleSetChoice& choice) {
    const Child all = bench::run_function([&] { return load_cold(choice, true); });
    if (!all.ok || all.at("rules") < 1) {
        fmt::print("{}: {}\n", name_of(choice), all.ok ? "none that are read" : all.problem);
        return false;
    }
    const Child one = bench::run_function([&] { return load_cold(choice, false); });
    (void)bench::run_function([&] { return load_cached(choice); });  // fills the cache
    const Child warm = bench::run_function([&] { return load_cached(choice); });
    fmt::print(
        "{}: {:.0f} loaded, {:.0f} refused; {:.2f} s, on one core {:.2f} s, from a cache "
        "{:.2f} s; {:.0f} MiB, peak {:.0f} MiB, from a cache {:.0f} MiB, peak {:.0f} MiB\n",
        name_of(choice), all.at("rules"), all.at("refused"), all.at("seconds"), one.at("seconds"),
        warm.at("seconds"), one.at("resident_mib"), one.peak_mib, warm.at("resident_mib"),
        warm.peak_mib);
    return true;
}

/// `tcpdump_seconds`: 0 when it did not run.
void print_row(const Contender& contender, const Capture& capture, double tcpdump_seconds) {
    if (!contender.best.ok) return fmt::print("{}: {}\n", contender.name, contender.best.problem);
    const double seconds = contender.cpu_seconds;
    const std::string ratio =
        tcpdump_seconds > 0 ? fmt::format("{:.1f}", seconds / tcpdump_seconds) : "-";
    fmt::print("{:<28} {:>8.2f} {:>12.0f} {:>9.2f} {:>10} {:>9.0f}\n", contender.name, seconds,
               capture.packets / seconds, capture.bytes * 8 / seconds / 1e9, ratio,
               contender.best.peak_mib);
}

/// The measures whose names begin so, the largest first, without the prefix.
std::vector<std::pair<std::string, double>> largest(const Child& child, const std::string& prefix) {
    std::vector<std::pair<std::string, double>> out;
    for (const auto& [name, value] : child.measures)
        if (name.starts_with(prefix)) out.emplace_back(name.substr(prefix.size()), value);
    std::ranges::stable_sort(out, std::greater<>(), &std::pair<std::string, double>::second);
    return out;
}

/// Flows and events by type; they are the same for all that run the engine.
void print_events(const Child& child) {
    fmt::print("\nflows {:.0f}, evicted {:.0f}, peak {:.0f} MiB\nevents", child.at("flows"),
               child.at("evicted"), child.at("flow_memory_mib"));
    double total = 0;
    for (const auto& [type, count] : largest(child, event_prefix)) {
        total += count;
        fmt::print(" {} {:.0f},", type, count);
    }
    fmt::print(" all {:.0f}\n", total);
}

/// The rules that hold most often.
void print_findings(const Contender& contender) {
    constexpr std::size_t most = 5;
    const auto rules = largest(contender.best, rule_prefix);
    if (rules.empty()) return;
    fmt::print("{}: {:.0f} findings of {} rules\n", contender.name, contender.best.at("findings"),
               rules.size());
    for (std::size_t i = 0; i < std::min(most, rules.size()); ++i)
        fmt::print("{:>9.0f} {}\n", rules[i].second, rules[i].first);
}

void measure(const Capture& capture, std::vector<Contender> contenders, int rounds) {
    for (int round = 0; round < rounds; ++round)
        for (Contender& contender : contenders)
            if (round == 0 || contender.best.ok) contender.go();
    const auto tcpdump = std::ranges::find(contenders, "tcpdump", &Contender::name);
    const bool has_tcpdump = tcpdump != contenders.end() && tcpdump->best.ok;
    const double tcpdump_seconds = has_tcpdump ? tcpdump->cpu_seconds : 0;
    fmt::print("\n{:<28} {:>8} {:>12} {:>9} {:>10} {:>9}\n", "", "CPU s", "packets/s", "Gbit/s",
               "x tcpdump", "peak MiB");
    for (const Contender& contender : contenders) print_row(contender, capture, tcpdump_seconds);
    const auto engine = std::ranges::find_if(contenders, [](const Contender& contender) {
        return contender.best.measures.contains("flows");
    });
    if (engine != contenders.end()) print_events(engine->best);
    std::ranges::for_each(contenders, print_findings);
}

/// "DIR" joins our own rules in the set "own+given"; "NAME=DIR,DIR" is a set of its own.
std::vector<RuleSetChoice> choices_of(const std::vector<std::string>& written) {
    RuleSetChoice given{"own+given", {config::vendor_rules_dir()}, {}};
    std::vector<RuleSetChoice> out;
    for (const std::string& text : written) {
        const std::size_t equals = text.find('=');
        if (equals == std::string::npos) {
            given.folders.emplace_back(text);
            continue;
        }
        RuleSetChoice choice{text.substr(0, equals), {}, {}};
        for (const std::string& folder : CLI::detail::split(text.substr(equals + 1), ','))
            choice.folders.emplace_back(folder);
        out.push_back(std::move(choice));
    }
    if (given.folders.size() > 1) out.insert(out.begin(), std::move(given));
    return out;
}

/// A folder for the caches of the rules; gone afterwards.
class CacheFolder {
  public:
    CacheFolder() {
        std::string name = (std::filesystem::temp_directory_path() / "traffic-bench-XXXXXX");
        if (::mkdtemp(name.data()) == nullptr)
            throw std::runtime_error("cannot make a folder for caches: " + name);
        path_ = name;
    }
    ~CacheFolder() {
        std::error_code error;
        std::filesystem::remove_all(path_, error);
    }
    CacheFolder(const CacheFolder&) = delete;
    CacheFolder& operator=(const CacheFolder&) = delete;
    [[nodiscard]] std::filesystem::path file(std::size_t index) const {
        return path_ / fmt::format("{}.cache", index);
    }

  private:
    std::filesystem::path path_;
};

void run(const std::string& path, const std::vector<std::string>& rules, int rounds,
         const std::string& only) {
    const CacheFolder caches;
    const auto is_chosen = [&](const std::string& name) { return only.empty() || name == only; };
    std::vector<RuleSetChoice> choices = choices_of(rules);
    for (std::size_t i = 0; i < choices.size(); ++i) choices[i].cache = caches.file(i);
    const Capture capture = look_at(path);
    std::erase_if(choices, [&](const RuleSetChoice& choice) {
        return !is_chosen(name_of(choice)) || !print_load(choice);
    });
    std::vector<Contender> contenders = contenders_of(path, choices);
    std::erase_if(contenders,
                  [&](const Contender& contender) { return !is_chosen(contender.name); });
    if (contenders.empty()) throw std::runtime_error("no contender is called " + only);
    std::fflush(stdout);
    measure(capture, std::move(contenders), rounds);
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app("The engine against the speed of tcpdump");
    std::string path;
    std::vector<std::string> rules;
    std::string only;
    int rounds = 3;
    app.add_option("capture", path, "a pcap file")->required()->check(CLI::ExistingFile);
    app.add_option("--rules", rules, "DIR: beside our own rules; NAME=DIR,DIR: a set of its own");
    app.add_option("--rounds", rounds, "the best of so many counts")->check(CLI::PositiveNumber);
    app.add_option("--only", only, "the contender of this name alone");
    CLI11_PARSE(app, argc, argv);
    try {
        run(path, rules, rounds, only);
    } catch (const std::exception& error) {
        fmt::print(stderr, "traffic_bench: {}\n", error.what());
        return 1;
    }
    return 0;
}
