// SPDX-License-Identifier: Apache-2.0
#include "daemon/runtime/recorder.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

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
Timestamp monotonic_now() {
    return clock_now(CLOCK_BOOTTIME);
}

FileDescriptor catch_signals() {
    sigset_t set;
    ::sigemptyset(&set);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGCHLD}) ::sigaddset(&set, signal);
    ::sigprocmask(SIG_BLOCK, &set, nullptr);
    return FileDescriptor(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

}  // namespace

Recorder::Recorder(RecorderSetup setup)
    : setup_(std::move(setup)),
      signals_(catch_signals()),
      keeper_(setup_.config, setup_.rules, setup_.assets, setup_.writer, setup_.random,
              setup_.next_incident_number,
              [this](const Cursors& cursors) {
                  for (const auto& [index, place] : cursors) setup_.cursors[index] = place;
                  setup_.store_cursors(cursors);
              }),
      control_(setup_.config.runtime_directory / "control.sock",
               [this](const Request& request, uid_t user) { return answer(request, user); }) {
    const Timestamp now = wall_now();
    keeper_.on_start(setup_.last_record, now);
    keeper_.commit();
}

int Recorder::run() {
    while (!drained_) {
        const InspectorBriefing briefing{
            {setup_.config.path.string(), setup_.config.text, setup_.overrides}, setup_.cursors};
        if (!draining_ && link_.start_if_due(monotonic_now(), briefing, setup_.rules))
            program_log(LogLevel::info,
                        fmt::format("inspector started (process {})", link_.process_id()));
        poll_once();
    }
    keeper_.close("stopped");
    program_log(LogLevel::info, "stopped; the ledger is closed");
    return 0;
}

void Recorder::poll_once() {
    std::vector<pollfd> waits = {{signals_.get(), POLLIN, 0}};
    if (link_.running()) waits.push_back({link_.fd(), POLLIN, 0});
    for (const int fd : control_.descriptors()) waits.push_back({fd, POLLIN, 0});
    const int timeout_ms =
        keeper_.has_pending() ? static_cast<int>(group_commit_delay.ns / 1'000'000) : poll_ms;
    ::poll(waits.data(), waits.size(), timeout_ms);

    const Timestamp wall = wall_now();
    on_signal();
    read_inspector(wall);
    control_.serve();
    keeper_.on_time(wall);
    commit_if_due();
    if (link_.is_overdue(monotonic_now())) on_inspector_end("it did not answer any more", wall);
    if (draining_ && monotonic_now() > drain_until_) {
        program_log(LogLevel::warning,
                    "the inspector did not drain in time; what it still held is lost");
        on_inspector_end("it did not drain in time", wall);
        drained_ = true;
    }
    say_status();
}

void Recorder::on_signal() {
    signalfd_siginfo info{};
    while (::read(signals_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
        if (info.ssi_signo == SIGHUP) {
            reload();
        } else if (info.ssi_signo == SIGUSR1) {
            program_log(LogLevel::info, status_text());
        } else if (info.ssi_signo != SIGCHLD && !draining_) {
            program_log(LogLevel::info, "stopping: draining the inspector");
            notify_stopping();
            draining_ = true;
            drain_until_ = monotonic_now() + drain_within;
            link_.send_drain();
            drained_ = !link_.running();
        }
    }
}

void Recorder::read_inspector(Timestamp wall) {
    for (int i = 0; i < messages_per_turn && link_.running(); ++i) {
        std::optional<Message> message;
        Error error;
        switch (link_.receive(message, error, monotonic_now())) {
            case Channel::Receive::nothing:
                return;
            case Channel::Receive::closed:
                return on_inspector_end("it ended", wall);
            case Channel::Receive::broken:
                return on_inspector_end(error.text, wall);
            case Channel::Receive::message:
                handle(std::move(*message), wall);
        }
    }
}

void Recorder::handle(Message message, Timestamp wall) {
    if (auto* const finding = std::get_if<Finding>(&message)) {
        keeper_.on_finding(std::move(*finding));
    } else if (const auto* const progress = std::get_if<Progress>(&message)) {
        keeper_.on_progress(*progress, wall);
        notify_watchdog();
    } else if (const auto* const cursor = std::get_if<Cursor>(&message)) {
        keeper_.on_cursor(*cursor);
    } else if (const auto* const loss = std::get_if<Loss>(&message)) {
        keeper_.on_loss(*loss);
    } else if (const auto* const note = std::get_if<Note>(&message)) {
        program_log(static_cast<LogLevel>(std::min<std::uint8_t>(note->level, 3)), note->text);
    } else if (const auto* const hello = std::get_if<Hello>(&message)) {
        on_hello(*hello, wall);
    } else if (std::holds_alternative<Bye>(message)) {
        (void)link_.on_gone(monotonic_now());
        drained_ = draining_;
        if (!draining_) blind_since_ = blind_since_.value_or(wall);
    }
    // Everything else is not the inspector's to say; it changes nothing.
}

void Recorder::on_hello(const Hello& hello, Timestamp wall) {
    const LoadedRules& expected = reloading_ ? *reloading_ : setup_.rules;
    if (hello.rule_set != expected.rules->version())
        program_log(
            LogLevel::error,
            "the inspector runs other rules than the recorder; incidents name the recorder's");
    if (blind_since_) {
        keeper_.on_inspector_gap(*blind_since_, wall, blind_reason_);
        blind_since_.reset();
    }
    if (reloading_) {
        setup_.rules = std::move(*reloading_);
        setup_.config.text = reloading_config_->text;
        setup_.config.ledger.heartbeat = reloading_config_->ledger.heartbeat;
        reloading_.reset();
        keeper_.on_rules(setup_.rules, setup_.config);
        set_program_log_level(reloading_config_->log_level);
        program_log(LogLevel::info,
                    fmt::format("reloaded: {} rules", setup_.rules.rules->rules().size()));
        notify_ready(status_text());
    } else if (!was_ready_) {
        was_ready_ = true;
        program_log(LogLevel::info,
                    fmt::format("ready: {} rules, {} refused", setup_.rules.rules->rules().size(),
                                setup_.rules.refused.size()));
        notify_ready(status_text());
    }
}

void Recorder::on_inspector_end(const std::string& why, Timestamp wall) {
    if (!link_.running()) return;
    const std::string how = link_.on_gone(monotonic_now());
    if (draining_) {
        drained_ = true;
        return;
    }
    program_log(LogLevel::error,
                fmt::format("the inspector is gone: {} ({}); it is started again", why, how));
    if (!blind_since_) {
        blind_since_ = wall;
        blind_reason_ = how;
    }
    // A reload that it had not answered is answered by the next one.
    if (reloading_) setup_.rules = *reloading_;
}

void Recorder::reload() {
    if (reloading_ || draining_) return;
    notify_reloading();
    try {
        config::Config config = config::parse_config(
            setup_.config.path, config::read_text_file(setup_.config.path), setup_.overrides);
        LoadedRules rules = load_rules(config.rules);
        if (!link_.ready() || !link_.send_rules(rules)) {
            program_log(
                LogLevel::warning,
                "no inspector is running to take the new rules; it gets them when it starts");
        }
        reloading_ = std::move(rules);
        reloading_config_ = std::move(config);
    } catch (const std::exception& error) {
        program_log(
            LogLevel::error,
            fmt::format("reload refused, the rules before stay in force: {}", error.what()));
        notify_ready("reload refused, the rules before stay in force; see the log");
    }
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

std::string Recorder::status_text() const {
    const incident::Coverage seen = keeper_.coverage();
    return fmt::format(
        "{}; {} packets ({} dropped), {} log lines ({} not understood), {} events, {} findings, {} "
        "incident records, "
        "{} rules ({} refused), ledger size {}",
        draining_       ? "stopping"
        : link_.ready() ? "watching"
                        : "no inspector is ready",
        seen.packets_received, seen.packets_dropped_kernel + seen.packets_dropped_interface,
        seen.lines_read, seen.lines_unparsed, seen.events, seen.findings,
        keeper_.incident_records(), setup_.rules.rules->rules().size(), setup_.rules.refused.size(),
        setup_.writer.checkpoint().size);
}

void Recorder::say_status() {
    const Timestamp now = monotonic_now();
    if (now < next_status_ || !was_ready_ || draining_) return;
    next_status_ = now + status_interval;
    notify_status(status_text());
}

}  // namespace persandian::runtime
