// SPDX-License-Identifier: Apache-2.0
#include "daemon/runtime/recorder.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "daemon/runtime/clocks.h"
#include "daemon/runtime/program_log.h"
#include "daemon/runtime/service_manager.h"

namespace persandian::runtime {
namespace {

using config::LogLevel;

/// A record waits at most this long for others to be committed with.
constexpr Duration group_commit_delay = Duration::milliseconds(50);
constexpr Duration drain_within = Duration::seconds(30);
constexpr Duration status_interval = Duration::seconds(5);
constexpr Duration remember_interval = Duration::seconds(1);
constexpr Duration windows_interval = Duration::seconds(10);
constexpr int poll_ms = 200;
/// Messages handled, and time spent on them, before time and clients get their turn.
constexpr int messages_per_turn = 4096;
constexpr Duration messages_within = Duration::milliseconds(200);

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
              [this](const Cursors& cursors) { store_cursors(cursors); }),
      control_(setup_.config.runtime_directory / "control.sock",
               [this](const Request& request, uid_t user) { return answer(request, user); }),
      link_(LinkLimits{.progress_within = setup_.config.limits.inspector_silence}),
      windows_(window_span(*setup_.rules.rules)),
      started_at_(wall_now()) {
    keeper_.on_start(setup_.last_record, setup_.was_closed, started_at_);
    // Before any finding: a window that a finding opened by its own, older time would seem idle,
    // and be forgotten, as soon as the clock is told.
    keeper_.on_time(started_at_);
    keeper_.commit();
    remember_head();
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
    remember_head();
    store_windows();
    program_log(LogLevel::info, "stopped; the ledger is closed");
    return 0;
}

void Recorder::start_inspector() {
    if (link_.running()) return;
    const config::Config& config = reloading_ ? reloading_->config : setup_.config;
    InspectorBriefing briefing{{config.path.string(), config.text, setup_.overrides}, {}};
    std::vector<std::string> logs;
    std::set<std::size_t> reread;
    for (const config::LogConfig& log : config.logs) {
        const auto index = static_cast<std::uint32_t>(logs.size());
        const auto place = setup_.cursors.find(log.path.string());
        if (place != setup_.cursors.end())
            briefing.cursors.push_back({index, place->second, false});
        // Only the first one: later ones find our windows as they are.
        const auto window = setup_.windows.find(log.path.string());
        if (inspectors_ == 0 && window != setup_.windows.end() && place != setup_.cursors.end() &&
            is_worth_reading_again(window->second, place->second)) {
            briefing.cursors.push_back({index, window->second, true});
            windows_.note(log.path.string(), window->second, started_at_);
            reread.insert(config.captures.size() + index);
        }
        logs.push_back(log.path.string());
    }
    if (!link_.start_if_due(monotonic_now(), briefing,
                            reloading_ ? reloading_->rules : setup_.rules))
        return;
    inspected_logs_ = std::move(logs);
    first_log_source_ = config.captures.size();
    reread_ = std::move(reread);
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
    if (now >= next_remember_) remember_head();
    if (now >= next_windows_) store_windows();
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
    const Timestamp until = monotonic_now() + messages_within;
    for (int i = 0; i < messages_per_turn && link_.running(); ++i) {
        const Timestamp now = monotonic_now();
        if (now > until) return;
        std::optional<Message> message;
        Error error;
        switch (link_.receive(message, error, now)) {
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
        if (reread_.contains(finding->source)) {
            keeper_.on_finding_again(std::move(*finding));
        } else {
            keeper_.on_finding(std::move(*finding));
        }
    } else if (const auto* const progress = std::get_if<Progress>(&message)) {
        keeper_.on_progress(*progress, wall);
    } else if (const auto* const cursor = std::get_if<Cursor>(&message)) {
        on_cursor(*cursor, wall);
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

void Recorder::on_cursor(const Cursor& cursor, Timestamp wall) {
    if (cursor.index >= inspected_logs_.size()) return;
    if (cursor.again) {
        reread_.erase(first_log_source_ + cursor.index);
        return;
    }
    const std::string& log = inspected_logs_[cursor.index];
    const bool is_first = !setup_.cursors.contains(log);
    setup_.cursors[log] = cursor.place;  // where the next inspector goes on
    if (is_first) {
        keeper_.on_first_cursor(log, cursor.place);
    } else {
        keeper_.on_cursor(log, cursor.place);
    }
    windows_.note(log, cursor.place, wall);
}

void Recorder::on_hello(const Hello& hello, Timestamp wall) {
    if (blind_since_) {
        keeper_.on_inspector_gap(*blind_since_, wall, blind_reason_);
        blind_since_.reset();
    }
    if (inspectors_ > greeted_) keeper_.on_inspector_start();
    greeted_ = inspectors_;
    keeper_.commit();  // where the logs begin is durable before anybody is told that we watch
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
        blind_reason_ = fmt::format(
            "the inspector {} ({}); log lines it had read last are read again", why, how);
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
    if (reloading_ && told_new_ && !was_ready)
        refuse_reload("the inspector does not start with the new configuration and rules");
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

/// Not with each commit: an older head than the ledger's last is as good a witness of what was
/// there before it, and costs nothing while much is written.
void Recorder::remember_head() {
    next_remember_ = monotonic_now() + remember_interval;
    const std::string& note = setup_.writer.checkpoint_note();
    if (note == remembered_note_ || !setup_.remember_head(note)) return;
    remembered_note_ = note;
    remembered_size_ = setup_.writer.checkpoint().size;
}

/// Cursors stand behind what windows still hold, so the next run must know first where that began.
void Recorder::store_cursors(const Cursors& cursors) {
    if (!windows_.covers(setup_.windows, cursors)) store_windows();
    setup_.store_cursors(cursors);
}

void Recorder::store_windows() {
    next_windows_ = monotonic_now() + windows_interval;
    Cursors places = windows_.at(wall_now());
    if (places == setup_.windows) return;
    setup_.windows = std::move(places);
    setup_.store_windows(setup_.windows, setup_.rules.rules->version());
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
