// SPDX-License-Identifier: Apache-2.0
//
// What a parser's events go through on their way out of the protocols room. Private to
// protocol_room.cc.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "detectors/event/common_fields.h"
#include "detectors/protocols/file_types.h"
#include "detectors/protocols/protocol_room.h"

namespace persandian::protocols {

/// Hands a parser's events on, with the flow's fields in front. Lives for one call of a parser.
class RoomEmitter final : public EventEmitter {
  public:
    RoomEmitter(ProtocolRoom& room, const flow::FlowInfo& flow, std::size_t entry,
                std::uint8_t& anomalies) noexcept
        : EventEmitter(room.wanted_),
          room_(room),
          flow_(flow),
          entry_(entry),
          anomalies_(anomalies) {}

    Event& begin(std::string_view type, flow::Direction direction, Timestamp time) override {
        fill(room_.event_, type, direction, time);
        return room_.event_;
    }
    void commit() override {
        ++counters().events;
        room_.sink_.on_event(room_.event_);
    }
    void anomaly(const ParseProblem& problem, flow::Direction direction, Timestamp time) override {
        ++counters().anomalies;
        report(problem, direction, time);
    }

    void announce(Announcement announcement, Timestamp time) override {
        room_.announce(std::move(announcement), time);
    }
    std::string magic(ByteView head) override {
        return room_.file_types_ != nullptr ? room_.file_types_->describe(head) : std::string{};
    }

    void report(const ParseProblem& problem, flow::Direction direction, Timestamp time) {
        if (anomalies_ >= RoomLimits::anomalies_per_flow) {
            ++counters().anomalies_suppressed;
            return;
        }
        ++anomalies_;
        Event& event = room_.anomaly_;
        fill(event, "anomaly", direction, time);
        event.add(fields::anomaly_type, "applayer");
        event.add(fields::anomaly_event, problem.event);
        event.add(fields::anomaly_layer, room_.entries_[entry_]->name);
        event.add(fields::anomaly_observed, Value::unsigned_integer(problem.observed));
        event.add(fields::anomaly_limit, Value::unsigned_integer(problem.limit));
        room_.sink_.on_event(event);
    }
    EntryCounters& counters() { return room_.counters_.entries[entry_]; }

  private:
    void fill(Event& event, std::string_view type, flow::Direction direction, Timestamp time) {
        event.reset(type, time);
        event.set_origin(room_.origin_);
        flow::add_flow_fields(event, flow_, direction);
        event.add(fields::app_proto, room_.entries_[entry_]->name);
        if (room_.origin_.kind == Origin::Kind::packet && room_.origin_.number != 0)
            event.add(fields::pcap_cnt, Value::unsigned_integer(room_.origin_.number));
    }

    ProtocolRoom& room_;
    const flow::FlowInfo& flow_;
    std::size_t entry_;
    std::uint8_t& anomalies_;
};

}  // namespace persandian::protocols
