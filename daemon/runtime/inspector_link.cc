// SPDX-License-Identifier: Apache-2.0
#include "daemon/runtime/inspector_link.h"

#include <algorithm>

#include "detectors/sigma/rule_set.h"

namespace persandian::runtime {

bool InspectorLink::start_if_due(Timestamp now, const InspectorBriefing& briefing,
                                 const LoadedRules& rules) {
    if (running() || now < start_at_) return false;
    child_.emplace(ChildProcess::start());
    hello_seen_ = false;
    last_heard_ = now;
    Channel& channel = child_->channel();
    channel.queue(briefing.config);
    for (const Cursor& cursor : briefing.cursors) channel.queue(cursor);
    queue_rules(rules);
    flush();
    return true;
}

void InspectorLink::queue_rules(const LoadedRules& rules) {
    Channel& channel = child_->channel();
    for (const RuleText& message : to_messages(rules.files)) channel.queue(message);
    channel.queue(RulesEnd{rules.rules->version()});
}

void InspectorLink::send_rules(const ConfigText& config, const LoadedRules& rules) {
    if (!running()) return;
    child_->channel().queue(config);
    queue_rules(rules);
    flush();
}

void InspectorLink::send_drain() {
    if (!running()) return;
    child_->channel().queue(Drain{});
    flush();
}

void InspectorLink::flush() {
    if (running()) (void)child_->channel().flush_some();
}

void InspectorLink::kill() noexcept {
    if (running()) child_->kill();
}

Channel::Receive InspectorLink::receive(std::optional<Message>& message, Error& error,
                                        Timestamp now) {
    const Channel::Receive outcome = child_->channel().receive(message, error);
    if (outcome != Channel::Receive::message) return outcome;
    last_heard_ = now;
    if (std::holds_alternative<Hello>(*message)) {
        hello_seen_ = true;
        pause_ = {};
    }
    return outcome;
}

bool InspectorLink::is_overdue(Timestamp now) const {
    return running() &&
           now - last_heard_ > (hello_seen_ ? limits_.progress_within : limits_.hello_within);
}

std::string InspectorLink::on_gone(Timestamp now, bool planned) {
    child_->kill();
    std::string how = child_->wait();
    child_.reset();
    hello_seen_ = false;
    pause_ = planned ? Duration{}
                     : std::clamp(Duration{pause_.ns * 2}, limits_.least_pause, limits_.most_pause);
    start_at_ = now + pause_;
    return how;
}

}  // namespace persandian::runtime
