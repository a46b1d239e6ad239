// SPDX-License-Identifier: Apache-2.0
#include "daemon/runtime/inspector.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include "daemon/config/config.h"
#include "daemon/ledger/system_clock.h"
#include "daemon/runtime/capture_share.h"
#include "daemon/runtime/clocks.h"
#include "daemon/runtime/followed_log.h"
#include "daemon/runtime/loaded_rules.h"
#include "daemon/runtime/machine_file_types.h"
#include "daemon/runtime/privileges.h"
#include "daemon/runtime/shard.h"
#include "daemon/sources/pcap_live.h"
#include "detectors/engine/event_stage.h"
#include "detectors/engine/finding_merger.h"

namespace persandian::runtime {
namespace {

using config::LogLevel;

constexpr int exit_source = 69;
constexpr int exit_protocol = 70;
constexpr Duration progress_interval = Duration::seconds(1);
/// After work, before idling: what was read last need not be read again should we crash.
constexpr Duration progress_after_work = Duration::milliseconds(100);
constexpr int idle_poll_ms = 100;
/// How much of one log is read before the others get their turn.
constexpr int lines_per_turn = 500;
/// What shards that are drained may take to end.
constexpr Duration end_within = Duration::seconds(10);

/// Thrown when the recorder is gone: there is nobody to work for.
struct RecorderGone {};

/// What the recorder says before the inspector can begin.
struct Briefing {
    config::Config config;
    std::map<std::uint32_t, sources::LogCursor> cursors;
    std::map<std::uint32_t, sources::LogCursor> windows;  ///< begin there, up to `cursors` again
    LoadedRules rules;
};

/// Sends findings to the recorder. Called from code that must not throw, so a recorder that is gone
/// is only remembered; the loop ends at the next report.
class ChannelSink : public FindingSink {
  public:
    explicit ChannelSink(Channel& channel) : channel_(channel) {}
    void on_finding(Finding finding) override {
        gone_ = gone_ || !channel_.send(std::move(finding));
    }
    [[nodiscard]] bool gone() const noexcept { return gone_; }

  private:
    Channel& channel_;
    bool gone_ = false;
};

class Inspector {
  public:
    explicit Inspector(FileDescriptor socket) : channel_(std::move(socket)), sink_(channel_) {}
    int run();

  private:
    void receive_briefing();
    void open_sources();
    std::vector<Captures> open_captures();
    void make_shards(std::vector<Captures> captures, const engine::EventStageOptions& options);
    void open_log(std::uint32_t i, std::uint16_t source);
    void tell_caught_up(std::uint32_t i);
    void loop();
    bool read_packets();
    bool collect_from_shards();
    bool read_lines();
    void read_channel();
    void handle(Message message);
    void begin_compile();
    void adopt_compiled();
    void report(bool drained);
    void report_cursors(bool drained);
    void report_source_faults();
    void wait_for_input();
    void drain();
    void end_shards();
    void send(Message message);
    void note(LogLevel level, std::string text) {
        send(Note{static_cast<std::uint8_t>(level), std::move(text)});
    }

    Channel channel_;
    ChannelSink sink_;
    Briefing briefing_;
    bool briefed_ = false;
    bool drain_asked_ = false;
    config::RuleFiles incoming_;  ///< rule files that arrived, until RulesEnd
    std::future<LoadedRules> compiling_;
    std::vector<std::unique_ptr<FollowedLog>> logs_;
    std::vector<std::string> known_faults_;
    std::optional<engine::FindingMerger> merger_;  ///< with shards; its input 0 is our own stage
    MachineFileTypes file_types_;
    std::unique_ptr<engine::EventStage> stage_;
    std::optional<CaptureShare> share_;  ///< what this thread reads itself
    std::vector<std::unique_ptr<Shard>> shards_;
    std::vector<FindingSink*> shard_inputs_;
    std::vector<Shard::Report> shard_reports_;  ///< the last of each
    Timestamp last_report_;                     ///< monotonic
    bool unreported_ = false;
};

void Inspector::send(Message message) {
    if (!channel_.send(message)) throw RecorderGone{};
}

int Inspector::run() {
    try {
        receive_briefing();
        if (drain_asked_) {
            send(Bye{});
            return channel_.flush() ? 0 : exit_protocol;
        }
        open_sources();
        drop_all_capabilities();
        for (const auto& shard : shards_) shard->start();  // threads have capabilities of their own
        // First where each log begins: from "ready" on no line of it may be lost, whoever dies.
        report_cursors(false);
        send(Hello{briefing_.rules.rules->version(), static_cast<std::uint64_t>(::getpid())});
        report(false);
        loop();
        drain();
        return 0;
    } catch (const RecorderGone&) {
        return 0;
    } catch (const std::exception& error) {
        // Start-up errors: a device or a right is missing. The recorder says it and tries again.
        note(LogLevel::error, error.what());
        (void)channel_.flush();
        return exit_source;
    }
}

void Inspector::receive_briefing() {
    while (!briefed_ && !drain_asked_) {
        pollfd wait{channel_.fd(), POLLIN, 0};
        ::poll(&wait, 1, -1);
        read_channel();
        if (compiling_.valid()) {
            briefing_.rules = compiling_.get();
            briefed_ = true;
        }
    }
}

void Inspector::read_channel() {
    while (true) {
        std::optional<Message> message;
        Error error;
        switch (channel_.receive(message, error)) {
            case Channel::Receive::nothing:
                return;
            case Channel::Receive::closed:
                throw RecorderGone{};
            case Channel::Receive::broken:
                std::exit(exit_protocol);
            case Channel::Receive::message:
                handle(std::move(*message));
        }
    }
}

void Inspector::handle(Message message) {
    if (const auto* const text = std::get_if<ConfigText>(&message)) {
        config::Config config = config::parse_config(text->path, text->text, text->overrides);
        // Once the sources are open, only what concerns rules can change.
        if (briefed_) {
            briefing_.config.rules = std::move(config.rules);
        } else {
            briefing_.config = std::move(config);
        }
    } else if (const auto* const cursor = std::get_if<Cursor>(&message)) {
        (cursor->again ? briefing_.windows : briefing_.cursors)[cursor->index] = cursor->place;
    } else if (auto* const file = std::get_if<RuleText>(&message)) {
        add_message(incoming_, std::move(*file));
    } else if (std::holds_alternative<RulesEnd>(message)) {
        begin_compile();
    } else if (std::holds_alternative<Drain>(message)) {
        drain_asked_ = true;
    }
}

void Inspector::begin_compile() {
    // Beside the work: packets are read on while thousands of rules compile.
    compiling_ = std::async(std::launch::async, [files = std::exchange(incoming_, {}),
                                                 rules = briefing_.config.rules]() mutable {
        return compile_rules(std::move(files), rules);
    });
}

void Inspector::adopt_compiled() {
    if (!compiling_.valid() ||
        compiling_.wait_for(std::chrono::seconds(0)) != std::future_status::ready)
        return;
    briefing_.rules = compiling_.get();
    stage_->swap_rules(briefing_.rules.rules);
    for (const auto& shard : shards_) shard->use(briefing_.rules.rules);
    send(Hello{briefing_.rules.rules->version(), static_cast<std::uint64_t>(::getpid())});
    if (!channel_.flush()) throw RecorderGone{};
}

void Inspector::open_sources() {
    std::vector<Captures> captures = open_captures();
    engine::EventStageOptions options;
    options.flow_limits.max_memory_bytes =
        briefing_.config.limits.flow_memory_bytes / captures.size();
    const config::FlowsConfig& flows = briefing_.config.flows;
    options.flow_limits.interim = flows.interim;
    options.flow_limits.check_checksums = flows.check_checksums;
    options.flow_limits.reassembly = flows.reassembly;
    ledger::SystemRandom random;
    random.fill(std::as_writable_bytes(std::span(&options.hash_seed, 1)));
    make_shards(std::move(captures), options);
    std::uint16_t index = 0;
    for (const config::CaptureConfig& capture : briefing_.config.captures)
        stage_->name_source(index++, capture.interface);
    for (std::uint32_t i = 0; i < briefing_.config.logs.size(); ++i) open_log(i, index++);
    known_faults_.resize(logs_.size() + share_->captures().size() +
                         shards_.size() * briefing_.config.captures.size());
}

/// The captures of each shard, at least of one.
std::vector<Captures> Inspector::open_captures() {
    std::vector<Captures> out(1);
    std::uint16_t index = 0;
    for (const config::CaptureConfig& capture : briefing_.config.captures) {
        sources::PcapLiveOptions live;
        live.interface = capture.interface;
        live.filter = capture.filter;
        live.snap_length_bytes = static_cast<std::uint32_t>(capture.snap_length_bytes);
        live.buffer_bytes = capture.buffer_bytes;
        live.promiscuous = capture.promiscuous;
        const auto shards = static_cast<std::size_t>(capture.shards);
        if (out.size() < shards) out.resize(shards);
        for (std::size_t i = 0; i < shards; ++i) {
            out[i].push_back(std::make_unique<sources::PcapLive>(live, index));
            out[i].back()->open();
        }
        std::uint16_t group = 0;
        for (std::size_t i = 0; shards > 1 && i < shards; ++i)
            group = out[i].back()->join_fanout(group);
        ++index;
    }
    return out;
}

void Inspector::make_shards(std::vector<Captures> captures,
                            const engine::EventStageOptions& options) {
    if (captures.size() > 1) merger_.emplace(sink_);
    FindingSink& own = merger_ ? merger_->add_input() : static_cast<FindingSink&>(sink_);
    engine::EventStageOptions of_own = options;
    of_own.file_types = file_types_.get();
    stage_ = std::make_unique<engine::EventStage>(briefing_.rules.rules, own, of_own);
    share_.emplace(std::move(captures[0]), *stage_);
    for (std::size_t i = 1; i < captures.size(); ++i) {
        std::optional<std::int64_t> cpu;
        for (const config::CaptureConfig& capture : briefing_.config.captures)
            if (!cpu && i < capture.cpus.size()) cpu = capture.cpus[i];
        shards_.push_back(
            std::make_unique<Shard>(std::move(captures[i]), briefing_.rules.rules, options, cpu));
        shard_inputs_.push_back(&merger_->add_input());
    }
    shard_reports_.resize(shards_.size());
    for (const config::CaptureConfig& capture : briefing_.config.captures) {
        if (capture.cpus.empty()) continue;
        pin_this_thread(capture.cpus.front());
        break;
    }
}

void Inspector::open_log(std::uint32_t i, std::uint16_t source) {
    const config::LogConfig& log = briefing_.config.logs[i];
    sources::LogTailOptions tail;
    tail.source.path = log.path.string();
    tail.source.format = log.format;
    tail.source.index = source;
    tail.source.zone_offset_minutes = log.zone_offset_minutes;
    tail.from_start = log.from_start;
    const auto told = [i](const std::map<std::uint32_t, sources::LogCursor>& places) {
        const auto found = places.find(i);
        return found == places.end() ? std::nullopt : std::optional(found->second);
    };
    logs_.push_back(std::make_unique<FollowedLog>(std::move(tail), told(briefing_.cursors),
                                                  told(briefing_.windows)));
    logs_.back()->open();
    tell_caught_up(i);
}

/// What the recorder hears from here on of this log is new to it.
void Inspector::tell_caught_up(std::uint32_t i) {
    if (logs_[i]->take_caught_up()) send(Cursor{i, *logs_[i]->begin(), true});
}

void Inspector::loop() {
    while (!drain_asked_) {
        if (sink_.gone()) throw RecorderGone{};
        const bool packets = read_packets();
        const bool lines = read_lines();
        read_channel();
        adopt_compiled();
        unreported_ = unreported_ || packets || lines;
        if (!packets && !lines) {
            stage_->on_time(wall_now());
            if (!channel_.flush()) throw RecorderGone{};
            if (unreported_ && monotonic_now() - last_report_ >= progress_after_work) report(false);
            wait_for_input();
        }
        if (monotonic_now() - last_report_ >= progress_interval) report(false);
    }
}

bool Inspector::read_packets() {
    const bool any = share_->read(monotonic_now());
    if (merger_) merger_->advance(0, any ? share_->reached() : wall_now() - Shard::kernel_delay);
    return collect_from_shards() || any;
}

bool Inspector::collect_from_shards() {
    bool any = false;
    for (std::size_t i = 0; i < shards_.size(); ++i) {
        Shard::Report& report = shard_reports_[i];
        const std::uint64_t before = report.coverage.packets_received;
        report = shards_[i]->take();
        any = any || report.coverage.packets_received != before;
        for (Finding& finding : report.findings) shard_inputs_[i]->on_finding(std::move(finding));
        report.findings.clear();
        report.ended ? merger_->end(i + 1) : merger_->advance(i + 1, report.reached);
    }
    return any;
}

bool Inspector::read_lines() {
    bool any = false;
    for (std::uint32_t i = 0; i < logs_.size(); ++i) {
        for (int line = 0; line < lines_per_turn; ++line) {
            const bool is_there = logs_[i]->next();
            tell_caught_up(i);
            if (!is_there) break;
            stage_->on_line(logs_[i]->line());
            any = true;
        }
    }
    return any;
}

void Inspector::wait_for_input() {
    std::vector<pollfd> waits = {{channel_.fd(), POLLIN, 0}};
    for (const auto& capture : share_->captures())
        if (capture->poll_descriptor() >= 0)
            waits.push_back({capture->poll_descriptor(), POLLIN, 0});
    for (const auto& log : logs_)
        if (log->tail().poll_descriptor() >= 0)
            waits.push_back({log->tail().poll_descriptor(), POLLIN, 0});
    ::poll(waits.data(), waits.size(), idle_poll_ms);
}

void Inspector::report(bool drained) {
    last_report_ = monotonic_now();
    unreported_ = false;
    Progress progress;
    progress.coverage = stage_->coverage();
    progress.event_time = stage_->newest();
    share_->add_drops(progress.coverage);
    for (const Shard::Report& shard : shard_reports_) {
        incident::add_coverage(progress.coverage, shard.coverage);
        progress.event_time = std::max(progress.event_time, shard.newest);
    }
    for (const auto& log : logs_) progress.coverage.lines_lost += log->tail().counters().lost;
    report_cursors(drained);
    report_source_faults();
    send(progress);
    if (!drained && !channel_.flush()) throw RecorderGone{};
}

/// Says how far each log file is read.
void Inspector::report_cursors(bool drained) {
    for (std::uint32_t i = 0; i < logs_.size(); ++i) {
        const auto source = static_cast<std::uint16_t>(briefing_.config.captures.size() + i);
        const std::uint64_t kept = drained ? 0 : stage_->oldest_kept_line(source);
        if (const std::optional<sources::LogCursor> place = logs_[i]->newly_read(kept))
            send(Cursor{i, *place, false});
    }
}

void Inspector::report_source_faults() {
    const auto say = [&](std::size_t slot, std::string_view what, std::string_view name,
                         std::string_view fault) {
        if (known_faults_[slot] == fault) return;
        known_faults_[slot] = fault;
        if (fault.empty()) return;
        note(LogLevel::warning, fmt::format("{}: {}", name, fault));
        send(
            Loss{std::string(what), fmt::format("{}: {}", name, fault), wall_now(), wall_now(), 0});
    };
    std::size_t slot = 0;
    for (const auto& capture : share_->captures())
        say(slot++, "capture", capture->name(), capture->fault());
    for (const Shard::Report& shard : shard_reports_)
        for (const Shard::Fault& fault : shard.faults)
            say(slot++, "capture", fault.interface, fault.text);
    for (const auto& log : logs_) say(slot++, "log", log->tail().name(), log->tail().fault());
}

void Inspector::drain() {
    // What the kernel holds already is still read, for a while; lines wait in their files.
    const Timestamp until = monotonic_now() + Shard::drain_within;
    while (read_packets() && monotonic_now() < until) continue;
    read_lines();
    stage_->finish();
    end_shards();
    report(true);
    send(Bye{});
    if (!channel_.flush()) throw RecorderGone{};
}

void Inspector::end_shards() {
    if (!merger_) return;
    for (const auto& shard : shards_) shard->drain();
    const auto running = [&] {
        return std::any_of(shard_reports_.begin(), shard_reports_.end(),
                           [](const Shard::Report& report) { return !report.ended; });
    };
    const Timestamp until = monotonic_now() + end_within;
    while (running() && monotonic_now() < until) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
        collect_from_shards();
    }
    for (std::size_t i = 0; i <= shards_.size(); ++i) merger_->end(i);
}

}  // namespace

int run_inspector(FileDescriptor channel) {
    return Inspector(std::move(channel)).run();
}

}  // namespace persandian::runtime
