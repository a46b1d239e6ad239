// SPDX-License-Identifier: Apache-2.0
//
// InspectorLink: keeps one inspector running. Starts it, hands it configuration, cursors and rules,
// notices when it dies or hangs, and starts it again after a pause that grows.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "daemon/runtime/child_process.h"
#include "daemon/runtime/loaded_rules.h"
#include "detectors/base/timestamp.h"

namespace persandian::runtime {

struct LinkLimits {
    Duration hello_within = Duration::minutes(2);  ///< compiling rules takes its time
    Duration progress_within = Duration::seconds(30);
    Duration least_pause = Duration::milliseconds(200);
    Duration most_pause = Duration::seconds(10);
};

/// What an inspector needs to begin.
struct InspectorBriefing {
    ConfigText config;
    std::map<std::uint32_t, sources::LogCursor> cursors;
};

/// Single-threaded; times are monotonic. After on_gone() the link waits and start_if_due() starts
/// anew.
class InspectorLink {
  public:
    explicit InspectorLink(const LinkLimits& limits = {}) : limits_(limits) {}

    /// Starts an inspector when none runs and the pause is over. Returns whether it did. The
    /// briefing is sent at once; it says Hello when it is ready.
    bool start_if_due(Timestamp now, const InspectorBriefing& briefing, const LoadedRules& rules);
    /// Sends a new rule set to the running inspector; it answers with Hello.
    bool send_rules(const LoadedRules& rules);
    void send_drain();

    [[nodiscard]] bool running() const noexcept { return child_.has_value(); }
    [[nodiscard]] bool ready() const noexcept { return running() && hello_seen_; }
    [[nodiscard]] int fd() noexcept { return child_->channel().fd(); }
    [[nodiscard]] pid_t process_id() const noexcept { return child_ ? child_->id() : -1; }

    /// As Channel::receive, and keeps account of Hello and Progress.
    Channel::Receive receive(std::optional<Message>& message, Error& error, Timestamp now);
    /// Whether it has been silent for longer than allowed.
    [[nodiscard]] bool is_overdue(Timestamp now) const;
    /// Kills and collects the inspector; says how it ended. The next start waits for the pause.
    [[nodiscard]] std::string on_gone(Timestamp now);

  private:
    LinkLimits limits_;
    std::optional<ChildProcess> child_;
    bool hello_seen_ = false;
    Timestamp last_heard_;
    Timestamp start_at_;
    Duration pause_;
};

}  // namespace persandian::runtime
