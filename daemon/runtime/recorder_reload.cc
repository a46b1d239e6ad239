// SPDX-License-Identifier: Apache-2.0
//
// SIGHUP: configuration and rules are read and compiled beside the work, passed on to the
// inspector, and in force when it says that it has them.
#include <algorithm>
#include <chrono>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "daemon/runtime/program_log.h"
#include "daemon/runtime/read_config.h"
#include "daemon/runtime/recorder.h"

namespace persandian::runtime {
namespace {

using config::LogLevel;

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
    return a.limits.flow_memory_bytes == b.limits.flow_memory_bytes && a.flows == b.flows &&
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

void Recorder::begin_reload() {
    if (draining_) return;
    if (loading_.valid() || reloading_) {
        reload_again_ = true;
        return;
    }
    notify_reloading();
    loading_ = std::async(std::launch::async,
                          [path = setup_.config.path, overrides = setup_.overrides]() -> Reload {
                              config::Config config = read_config(path, overrides);
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
    if (taken.rules.rules->version() != setup_.rules.rules->version()) {
        // What was read under other rules tells the next run nothing.
        windows_ = WindowPlaces(window_span(*taken.rules.rules));
        setup_.windows.clear();
        for (const auto& [log, place] : setup_.cursors) windows_.note(log, place, wall);
    }
    setup_.rules = taken.rules;
    setup_.config.text = taken.config.text;
    setup_.config.captures = taken.config.captures;
    setup_.config.logs = taken.config.logs;
    setup_.config.rules = taken.config.rules;
    setup_.config.suppressions = taken.config.suppressions;
    setup_.config.ledger.heartbeat = taken.config.ledger.heartbeat;
    setup_.config.flows = taken.config.flows;
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

}  // namespace persandian::runtime
