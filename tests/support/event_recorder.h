// SPDX-License-Identifier: Apache-2.0
//
// Keeps the events it receives, in text form, for tests to look at.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "detectors/event/event.h"

namespace persandian::test {

struct RecordedEvent {
    std::string type;
    Timestamp time;
    bool has_packet = false;  ///< its origin is a packet
    std::vector<std::pair<std::string, std::string>> fields;

    /// First value of a field in canonical text; empty when absent.
    [[nodiscard]] std::string operator[](std::string_view name) const {
        for (const auto& [key, value] : fields)
            if (key == name) return value;
        return {};
    }
    /// One line: type and name=value of all fields. Equal lines mean equal events.
    [[nodiscard]] std::string line() const {
        std::string out = type + " " + std::to_string(time.ns);
        for (const auto& [key, value] : fields) out += " " + key + "=" + value;
        return out;
    }
};

class EventRecorder : public EventSink {
  public:
    void on_event(const Event& event) override {
        RecordedEvent& record = events.emplace_back();
        record.type = event.type();
        record.time = event.time();
        record.has_packet = event.origin().kind == Origin::Kind::packet;
        std::string storage;
        for (const EventField& field : event.fields())
            record.fields.emplace_back(field.name, field.value.to_text(storage));
    }
    [[nodiscard]] std::vector<RecordedEvent> of_type(std::string_view type) const {
        std::vector<RecordedEvent> found;
        for (const RecordedEvent& event : events)
            if (event.type == type) found.push_back(event);
        return found;
    }

    std::vector<RecordedEvent> events;
};

}  // namespace persandian::test
