// SPDX-License-Identifier: Apache-2.0
//
// EventStage: packets and log lines in, findings of single events out. One per shard; stages share
// nothing but the rule set. What needs more than one event is FindingStage's work.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "detectors/base/units.h"
#include "detectors/engine/shortfall.h"
#include "detectors/event/event.h"
#include "detectors/event/finding.h"
#include "detectors/event/log_line.h"
#include "detectors/event/raw_packet.h"
#include "detectors/flow/flow_room.h"
#include "detectors/flow/payload_tap.h"
#include "detectors/incident/incident_stage.h"
#include "detectors/logs/log_room.h"
#include "detectors/protocols/protocol_room.h"
#include "detectors/sigma/rule_set.h"

namespace persandian::engine {

struct EventStageOptions {
    flow::Limits flow_limits;
    /// Seeds the flow table; random in the daemon, fixed where runs must be alike. Changes no
    /// result.
    std::uint64_t hash_seed = 0;
    /// Sees every event before the rules do; may be null. Must outlive the stage.
    EventSink* events = nullptr;
    /// What tells files apart; null: `fileinfo.magic` is not told. Must outlive the stage, and be
    /// its own.
    const protocols::FileTypes* file_types = nullptr;
};

/// Life-cycle: on_packet, on_line and on_time in any number, in the order of time within each
/// source; finish() when the sources end (more may follow). Single-threaded, deterministic, never
/// throws. Findings carry the source of the input that led to them and a running number, so that
/// findings of several stages have one order.
class EventStage {
  public:
    /// Copied for evidence of what came before matches, in event time; more is left out, counted.
    static constexpr std::size_t max_earlier_bytes_per_second = 4_MiB;

    /// `out` must outlive the stage.
    EventStage(std::shared_ptr<const sigma::RuleSet> rules, FindingSink& out,
               const EventStageOptions& options = {});
    ~EventStage();
    EventStage(const EventStage&) = delete;
    EventStage& operator=(const EventStage&) = delete;

    /// Names a packet source for evidence ("eth0", "office.pcap"). Call before its first packet.
    void name_source(std::uint16_t source, std::string name);

    void on_packet(const RawPacket& packet) noexcept;
    void on_line(const LogLine& line) noexcept;
    /// Time passes without input: silent flows end, joined log records are emitted.
    void on_time(Timestamp now) noexcept;
    /// The sources end: all flows end, what is pending is emitted.
    void finish() noexcept;
    /// From the next event on these rules are applied. Flows and log parsers go on.
    void swap_rules(std::shared_ptr<const sigma::RuleSet> rules);

    /// Number of the first line of this source whose event is still to come, 0 when there is none:
    /// a reader that wants it again after a crash must not go on behind it.
    [[nodiscard]] std::uint64_t oldest_kept_line(std::uint16_t source) const noexcept {
        return logs_.oldest_kept_line(source);
    }

    /// See flow::FlowRoom::set_shed_depth().
    void set_shed_depth(std::uint64_t depth_bytes) noexcept { flow_.set_shed_depth(depth_bytes); }

    /// What limits cut; names are of static storage.
    [[nodiscard]] std::vector<Shortfall> shortfalls() const;
    /// What this stage saw; drops of the capture itself are the source's to add.
    [[nodiscard]] incident::Coverage coverage() const;
    [[nodiscard]] const flow::Counters& flow_counters() const noexcept { return flow_.counters(); }
    [[nodiscard]] const logs::LogRoom::Counters& log_counters() const noexcept {
        return logs_.counters();
    }
    /// Events by type; keys are static storage.
    [[nodiscard]] const std::map<std::string_view, std::uint64_t>& events_by_type() const noexcept {
        return by_type_;
    }
    /// Time of the newest packet or event; far past before the first. Log lines that no parser
    /// understands do not count: their time is only that of reading.
    [[nodiscard]] Timestamp newest() const noexcept { return newest_; }

  private:
    // What the rooms write their events to.
    class EventTap final : public EventSink {
      public:
        explicit EventTap(EventStage& stage) : stage_(&stage) {}
        void on_event(const Event& event) override { stage_->take(event); }

      private:
        EventStage* stage_;
    };
    // What the matcher writes its findings to.
    class FindingTap final : public FindingSink {
      public:
        explicit FindingTap(EventStage& stage) : stage_(&stage) {}
        void on_finding(Finding finding) override { stage_->pass(std::move(finding)); }

      private:
        EventStage* stage_;
    };

    void ask_for_dear_fields(const sigma::RuleSet& rules);
    void take(const Event& event);
    void pass(Finding finding);
    void add_earlier_packets(Finding& finding);
    [[nodiscard]] std::string_view name_of(std::uint16_t source) const;

    FindingSink* out_;
    EventSink* events_;
    EventTap event_tap_{*this};
    FindingTap finding_tap_{*this};
    std::unique_ptr<sigma::Matcher> matcher_;
    protocols::ProtocolRoom protocols_;
    flow::PayloadTap payload_;
    flow::FlowRoom flow_;
    logs::LogRoom logs_;
    std::vector<std::string> source_names_;  ///< by source index
    std::uint16_t source_ = 0;               ///< of the input at work
    std::uint64_t sequence_ = 0;
    std::uint64_t packets_ = 0;
    std::uint64_t event_count_ = 0;
    std::uint64_t findings_ = 0;
    std::int64_t earlier_second_ = 0;  ///< of event time, for max_earlier_bytes_per_second
    std::size_t earlier_bytes_ = 0;
    std::uint64_t findings_without_earlier_ = 0;
    sigma::MatcherCounters before_swaps_;
    std::map<std::string_view, std::uint64_t> by_type_;
    Timestamp newest_;
};

}  // namespace persandian::engine
