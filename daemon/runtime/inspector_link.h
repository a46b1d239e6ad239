// SPDX-License-Identifier: Apache-2.0
//
// InspectorLink: keeps one inspector running. Starts it, hands it configuration, cursors and rules,
// notices when it dies or hangs, and starts it again after a pause that grows.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "daemon/runtime/child_process.h"
#include "daemon/runtime/loaded_rules.h"
#include "detectors/base/timestamp.h"

namespace persandian::runtime {

struct LinkLimits {
    Duration hello_within = Duration::minutes(2);      ///< compiling rules takes its time
    Duration progress_within = Duration::seconds(30);  ///< limits.inspector-silence
    Duration least_pause = Duration::milliseconds(200);
    Duration most_pause = Duration::seconds(10);
};

/// What an inspector needs to begin.
struct InspectorBriefing {
    ConfigText config;
    std::vector<Cursor> cursors;
};

/// Single-threaded; times are monotonic. After on_gone() the link waits and start_if_due() starts
/// anew. Never waits for the inspector: what it does not take yet is sent by flush(), so that a
/// hung inspector, or one that itself waits for us, holds up nothing.
class InspectorLink {
  public:
    explicit InspectorLink(const LinkLimits& limits = {}) : limits_(limits) {}

    /// Starts an inspector when none runs and the pause is over. Returns whether it did. The
    /// briefing is sent at once; it says Hello when it is ready.
    bool start_if_due(Timestamp now, const InspectorBriefing& briefing, const LoadedRules& rules);
    /// Sends new rules, and the configuration they are compiled under, to the running inspector; it
    /// answers with Hello.
    void send_rules(const ConfigText& config, const LoadedRules& rules);
    void send_drain();
    /// Whether something waits to be sent: poll fd() for writing, then flush().
    [[nodiscard]] bool wants_to_send() const noexcept {
        return child_ && child_->channel().has_outgoing();
    }
    /// Sends what the inspector takes. That it is gone is noticed when the channel is read.
    void flush();

    [[nodiscard]] bool running() const noexcept { return child_.has_value(); }
    [[nodiscard]] bool ready() const noexcept { return running() && hello_seen_; }
    [[nodiscard]] int fd() noexcept { return child_->channel().fd(); }
    [[nodiscard]] pid_t process_id() const noexcept { return child_ ? child_->id() : -1; }

    /// As Channel::receive, and keeps account of Hello and Progress.
    Channel::Receive receive(std::optional<Message>& message, Error& error, Timestamp now);
    /// Whether it has been silent for longer than allowed.
    [[nodiscard]] bool is_overdue(Timestamp now) const;
    /// Ends the inspector without collecting it: what it had sent can still be received.
    void kill() noexcept;
    /// Kills and collects the inspector; says how it ended. The next start waits for the pause,
    /// unless the end was `planned`.
    [[nodiscard]] std::string on_gone(Timestamp now, bool planned = false);

  private:
    LinkLimits limits_;
    std::optional<ChildProcess> child_;
    bool hello_seen_ = false;
    Timestamp last_heard_;
    Timestamp start_at_;
    Duration pause_;

    void queue_rules(const LoadedRules& rules);
};

}  // namespace persandian::runtime
