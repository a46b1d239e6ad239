// SPDX-License-Identifier: Apache-2.0
#include "daemon/runtime/recorder.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <tuple>
#include <utility>

#include <fmt/format.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "daemon/runtime/program_log.h"
#include "daemon/runtime/service_manager.h"

namespace persandian::runtime {
namespace {

using config::LogLevel;

/// A record waits at most this long for others to be committed with.
constexpr Duration group_commit_delay = Duration::milliseconds(50);
constexpr Duration drain_within = Duration::seconds(30);
constexpr Duration status_interval = Duration::seconds(5);
constexpr int poll_ms = 200;
/// Messages handled before time and clients get their turn.
constexpr int messages_per_turn = 4096;

Timestamp clock_now(clockid_t clock) {
    timespec now{};
    ::clock_gettime(clock, &now);
    return Timestamp::from_seconds(now.tv_sec, now.tv_nsec);
}
Timestamp wall_now() {
    return clock_now(CLOCK_REALTIME);
}
/// Without the time that the machine slept: nobody is late for that.
Timestamp monotonic_now() {
    return clock_now(CLOCK_MONOTONIC);
}

sigset_t handled_signals() {
    sigset_t set;
    ::sigemptyset(&set);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGCHLD}) ::sigaddset(&set, signal);
    return set;
}

FileDescriptor catch_signals() {
    hold_signals();
    const sigset_t set = handled_signals();
    return FileDescriptor(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

ConfigText text_of(const config::Config& config, const std::vector<std::string>& overrides) {
    return {config.path.string(), config.text, overrides};
}

/// Whether both read the same sources in the same way.
bool same_sources(const config::Config& a, const config::Config& b) {
    const auto capture_key = [](const config::CaptureConfig& item) {
        return std::tie(item.interface, item.filter, item.snap_length_bytes, item.buffer_bytes,
                        item.promiscuous);
    };
    const auto log_key = [](const config::LogConfig& item) {
        return std::tie(item.path, item.format, item.zone_offset_minutes, item.from_start);
    };
    return a.limits.flow_memory_bytes == b.limits.flow_memory_bytes &&
           std::equal(
               a.captures.begin(), a.captures.end(), b.captures.begin(), b.captures.end(),
               [&](const auto& x, const auto& y) { return capture_key(x) == capture_key(y); }) &&
           std::equal(a.logs.begin(), a.logs.end(), b.logs.begin(), b.logs.end(),
                      [&](const auto& x, const auto& y) { return log_key(x) == log_key(y); });
}

/// Settings that only a new start can change; "" when none of them changed.
std::string fixed_changes(const config::Config& now, const config::Config& next) {
    std::string out;
    const auto note = [&out](bool changed, std::string_view name) {
        if (changed) out += (out.empty() ? "" : ", ") + std::string(name);
    };
    note(now.origin() != next.origin(), "sensor");
    note(now.ledger.directory != next.ledger.directory, "ledger.directory");
    note(now.ledger.key != next.ledger.key, "ledger.key");
    note(now.state_directory != next.state_directory, "state-directory");
    note(now.runtime_directory != next.runtime_directory, "runtime-directory");
    note(now.user != next.user, "user");
    note(now.assets != next.assets, "assets");
    note(now.limits.incident_window != next.limits.incident_window, "limits.incident-window");
    note(now.limits.inspector_silence != next.limits.inspector_silence, "limits.inspector-silence");
    return out;
}

}  // namespace

void hold_signals() {
    const sigset_t set = handled_signals();
    ::sigprocmask(SIG_BLOCK, &set, nullptr);
}

Recorder::Recorder(RecorderSetup setup)
    : setup_(std::move(setup)),
      signals_(catch_signals()),
      keeper_(setup_.config, setup_.rules, setup_.assets, setup_.writer, setup_.random,
              setup_.next_incident_number,
              [this](const Cursors& cursors) {
                  for (const auto& [log, place] : cursors) setup_.cursors[log] = place;
                  setup_.store_cursors(cursors);
              }),
      control_(setup_.config.runtime_directory / "control.sock",
               [this](const Request& request, uid_t user) { return answer(request, user); }),
      link_(LinkLimits{.progress_within = setup_.config.limits.inspector_silence}),
      started_at_(wall_now()) {
    keeper_.on_start(setup_.last_record, started_at_);
    keeper_.commit();
    introduce_suppressions();
    if (setup_.last_record) {
        blind_since_ = started_at_;
        blind_reason_ = "the inspector was starting";
    }
}

int Recorder::run() {
    while (!drained_) {
        if (!draining_) start_inspector();
        poll_once();
    }
    if (blind_since_)
        keeper_.on_inspector_gap(*blind_since_, wall_now(), blind_reason_ + ", then stopped");
    keeper_.close("stopped");
    program_log(LogLevel::info, "stopped; the ledger is closed");
    return 0;
}

void Recorder::start_inspector() {
    if (link_.running()) return;
    const config::Config& config = reloading_ ? reloading_->config : setup_.config;
    InspectorBriefing briefing{text_of(config, setup_.overrides), {}};
    std::vector<std::string> logs;
    for (const config::LogConfig& log : config.logs) {
        const auto place = setup_.cursors.find(log.path.string());
        if (place != setup_.cursors.end())
            briefing.cursors.push_back({static_cast<std::uint32_t>(logs.size()), place->second});
        logs.push_back(log.path.string());
    }
    if (!link_.start_if_due(monotonic_now(), briefing,
                            reloading_ ? reloading_->rules : setup_.rules))
        return;
    inspected_logs_ = std::move(logs);
    told_new_ = reloading_.has_value();
    ++inspectors_;
    heard_at_ = wall_now();
    program_log(LogLevel::info, fmt::format("inspector started (process {})", link_.process_id()));
}

void Recorder::wait() {
    std::vector<pollfd> waits = {{signals_.get(), POLLIN, 0}};
    if (link_.running()) {
        const auto events = static_cast<short>(POLLIN | (link_.wants_to_send() ? POLLOUT : 0));
        waits.push_back({link_.fd(), events, 0});
    }
    for (const int fd : control_.descriptors()) waits.push_back({fd, POLLIN, 0});
    const int timeout_ms =
        keeper_.has_pending() ? static_cast<int>(group_commit_delay.ns / 1'000'000) : poll_ms;
    ::poll(waits.data(), waits.size(), timeout_ms);
}

void Recorder::poll_once() {
    wait();
    const Timestamp wall = wall_now();
    on_signal();
    link_.flush();
    read_inspector(wall);
    on_loaded();
    control_.serve(monotonic_now());
    keeper_.on_time(wall);
    commit_if_due();
    mind_the_time(wall);
}

/// Limits of time: a silent inspector, a drain that takes too long; and what is said regularly.
void Recorder::mind_the_time(Timestamp wall) {
    const Timestamp now = monotonic_now();
    if (link_.is_overdue(now)) on_inspector_end("did not answer any more", wall);
    if (draining_ && !drained_ && now > drain_until_)
        on_inspector_end("did not drain in time", wall);
    mind_expiries(wall);
    say_status(now);
    pet_watchdog(now);
}

void Recorder::on_signal() {
    signalfd_siginfo info{};
    while (::read(signals_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
        if (info.ssi_signo == SIGHUP) {
            begin_reload();
        } else if (info.ssi_signo == SIGUSR1) {
            program_log(LogLevel::info, status_text());
        } else if (info.ssi_signo != SIGCHLD && !draining_) {
            begin_drain();
        }
    }
}

void Recorder::begin_drain() {
    program_log(LogLevel::info, "stopping: draining the inspector");
    notify_stopping();
    draining_ = true;
    drain_until_ = monotonic_now() + drain_within;
    link_.send_drain();
    drained_ = !link_.running();
}

void Recorder::read_inspector(Timestamp wall) {
    for (int i = 0; i < messages_per_turn && link_.running(); ++i) {
        std::optional<Message> message;
        Error error;
        switch (link_.receive(message, error, monotonic_now())) {
            case Channel::Receive::nothing:
                return;
            case Channel::Receive::closed:
                return on_inspector_end("ended", wall);
            case Channel::Receive::broken:
                return on_inspector_end(std::string("broke the message format: ") + error.text,
                                        wall);
            case Channel::Receive::message:
                handle(std::move(*message), wall);
        }
    }
}

void Recorder::handle(Message message, Timestamp wall) {
    heard_at_ = wall;
    if (auto* const finding = std::get_if<Finding>(&message)) {
        keeper_.on_finding(std::move(*finding));
    } else if (const auto* const progress = std::get_if<Progress>(&message)) {
        keeper_.on_progress(*progress, wall);
    } else if (const auto* const cursor = std::get_if<Cursor>(&message)) {
        if (cursor->index < inspected_logs_.size())
            keeper_.on_cursor(inspected_logs_[cursor->index], cursor->place);
    } else if (const auto* const loss = std::get_if<Loss>(&message)) {
        keeper_.on_loss(*loss);
    } else if (const auto* const note = std::get_if<Note>(&message)) {
        program_log(static_cast<LogLevel>(std::min<std::uint8_t>(note->level, 3)), note->text);
    } else if (const auto* const hello = std::get_if<Hello>(&message)) {
        on_hello(*hello, wall);
    } else if (std::holds_alternative<Bye>(message)) {
        on_bye(wall);
    }
    // Everything else is not the inspector's to say; it changes nothing.
}

void Recorder::on_hello(const Hello& hello, Timestamp wall) {
    if (blind_since_) {
        keeper_.on_inspector_gap(*blind_since_, wall, blind_reason_);
        blind_since_.reset();
    }
    if (inspectors_ > greeted_) keeper_.on_inspector_start();
    greeted_ = inspectors_;
    if (reloading_ && hello.rule_set == reloading_->rules.rules->version()) {
        adopt(wall);
    } else if (hello.rule_set != setup_.rules.rules->version()) {
        program_log(
            LogLevel::error,
            "the inspector runs other rules than the recorder; incidents name the recorder's");
    }
    if (was_ready_) return;
    was_ready_ = true;
    program_log(LogLevel::info,
                fmt::format("ready: {} rules, {} refused", setup_.rules.rules->rules().size(),
                            setup_.rules.refused.size()));
    notify_ready(status_text());
}

/// The inspector drained as it was told: because we stop, or because another one takes its place.
void Recorder::on_bye(Timestamp wall) {
    const bool planned = draining_ || replacing_;
    const std::string how = link_.on_gone(monotonic_now(), planned);
    drained_ = draining_;
    if (draining_ || blind_since_) return;
    blind_since_ = wall;
    blind_reason_ = replacing_ ? "the sources of the configuration changed: another inspector "
                                 "took over"
                               : "the inspector ended by itself (" + how + ")";
    replacing_ = false;
}

void Recorder::on_inspector_end(const std::string& why, Timestamp wall) {
    if (!link_.running()) return;
    const bool was_ready = link_.ready();
    link_.kill();
    // What it had sent is still good.
    std::optional<Message> message;
    Error error;
    while (link_.running() &&
           link_.receive(message, error, monotonic_now()) == Channel::Receive::message) {
        const Timestamp heard_at = heard_at_;
        handle(std::move(*message), wall);
        heard_at_ = heard_at;
    }
    if (!link_.running()) return;  // it had said Bye
    const std::string how = link_.on_gone(monotonic_now());
    if (!blind_since_) {
        blind_since_ = heard_at_;
        blind_reason_ = fmt::format("the inspector {} ({})", why, how);
    }
    replacing_ = false;
    if (draining_) {
        program_log(LogLevel::warning,
                    fmt::format("the inspector {} ({}) while it drained", why, how));
        drained_ = true;
        return;
    }
    program_log(LogLevel::error,
                fmt::format("the inspector is gone: it {} ({}); it is started again", why, how));
    keeper_.commit();  // the next one goes on where this one stood
    if (reloading_ && told_new_ && !was_ready)
        refuse_reload("the inspector does not start with the new configuration and rules");
}

void Recorder::begin_reload() {
    if (draining_) return;
    if (loading_.valid() || reloading_) {
        reload_again_ = true;
        return;
    }
    notify_reloading();
    loading_ = std::async(
        std::launch::async, [path = setup_.config.path, overrides = setup_.overrides]() -> Reload {
            config::Config config =
                config::parse_config(path, config::read_text_file(path), overrides);
            LoadedRules rules = load_rules(config);
            return {std::move(config), std::move(rules)};
        });
}

void Recorder::on_loaded() {
    if (draining_ || !loading_.valid() ||
        loading_.wait_for(std::chrono::seconds(0)) != std::future_status::ready)
        return;
    try {
        pass_on(loading_.get());
    } catch (const std::exception& error) {
        refuse_reload(error.what());
    }
}

void Recorder::pass_on(Reload reload) {
    const std::string fixed = fixed_changes(setup_.config, reload.config);
    if (!fixed.empty())
        program_log(LogLevel::warning,
                    fmt::format("changed, but in force only after a restart: {}", fixed));
    const bool same = same_sources(setup_.config, reload.config);
    reloading_ = std::move(reload);
    if (same) {
        // Without an inspector the next one starts with them.
        link_.send_rules(text_of(reloading_->config, setup_.overrides), reloading_->rules);
    } else if (link_.running()) {
        replacing_ = true;
        link_.send_drain();
    }
}

void Recorder::adopt(Timestamp wall) {
    const Reload taken = std::move(*reloading_);
    reloading_.reset();
    keeper_.on_time(wall);
    setup_.rules = taken.rules;
    setup_.config.text = taken.config.text;
    setup_.config.captures = taken.config.captures;
    setup_.config.logs = taken.config.logs;
    setup_.config.rules = taken.config.rules;
    setup_.config.suppressions = taken.config.suppressions;
    setup_.config.ledger.heartbeat = taken.config.ledger.heartbeat;
    setup_.config.limits.flow_memory_bytes = taken.config.limits.flow_memory_bytes;
    keeper_.on_rules(setup_.rules, setup_.config);
    keeper_.commit();
    set_program_log_level(taken.config.log_level);
    program_log(LogLevel::info,
                fmt::format("reloaded: {} rules, {} refused", setup_.rules.rules->rules().size(),
                            setup_.rules.refused.size()));
    introduce_suppressions();
    end_reload(status_text());
}

void Recorder::refuse_reload(const std::string& why) {
    reloading_.reset();
    program_log(LogLevel::error,
                fmt::format("reload refused, the rules before stay in force: {}", why));
    end_reload("reload refused, the rules before stay in force; see the log");
}

void Recorder::end_reload(std::string_view status) {
    if (was_ready_) notify_ready(status);
    if (!std::exchange(reload_again_, false)) return;
    begin_reload();
}

void Recorder::commit_if_due() {
    if (!keeper_.has_pending()) {
        pending_since_ = {};
        return;
    }
    const Timestamp now = monotonic_now();
    if (pending_since_ == Timestamp{}) pending_since_ = now;
    if (now - pending_since_ < group_commit_delay) return;
    keeper_.commit();
    pending_since_ = {};
}

Reply Recorder::answer(const Request& request, uid_t peer_user) {
    if (request.verb == "status") return {0, status_text()};
    if (request.verb == "status.json") return {0, status_json()};
    if (request.verb == "suppressions.json") return {0, suppressions_json()};
    if (request.verb != "append") return {64, "unknown request"};
    const bool administrator = peer_user == 0 || peer_user == ::geteuid();
    if (request.draft.kind == "key" && !administrator)
        return {77, "officers are made known by root or the daemon's own user"};
    incident::RecordDraft draft = request.draft;
    Reply reply = setup_.check_draft(draft);
    if (reply.exit_code != 0) return reply;
    const Result<std::uint64_t> index = keeper_.append_now(std::move(draft));
    if (!index) return {74, index.error().text};
    return {0, std::to_string(*index)};
}

void Recorder::say_status(Timestamp now) {
    if (now < next_status_ || !was_ready_ || draining_) return;
    next_status_ = now + status_interval;
    notify_status(status_text());
}

/// The recorder lives as long as this loop turns; a hung inspector is its own affair.
void Recorder::pet_watchdog(Timestamp now) {
    if (watchdog_every_ == Duration{} || now < next_watchdog_) return;
    next_watchdog_ = now + watchdog_every_;
    notify_watchdog();
}

}  // namespace persandian::runtime
