// SPDX-License-Identifier: Apache-2.0
//
// What the tests of the logs room share: a sink that keeps events as text, and one call that sends
// lines through the room.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "detectors/logs/log_room.h"

namespace persandian::logs::test {

/// An event as text: each field's values in the order of adding.
struct KeptEvent {
    Timestamp time;
    std::map<std::string, std::vector<std::string>, std::less<>> fields;
    std::string raw;  ///< bytes of the origin

    /// First value; "(absent)" when there is none.
    [[nodiscard]] std::string operator[](std::string_view name) const {
        const auto found = fields.find(name);
        return found == fields.end() ? "(absent)" : found->second.front();
    }
    [[nodiscard]] std::vector<std::string> all(std::string_view name) const {
        const auto found = fields.find(name);
        return found == fields.end() ? std::vector<std::string>{} : found->second;
    }
    [[nodiscard]] bool has(std::string_view name) const { return fields.contains(name); }
};

class KeepingSink : public EventSink {
  public:
    void on_event(const Event& event) override {
        KeptEvent kept;
        kept.time = event.time();
        kept.raw = std::string(as_text(event.origin().bytes));
        std::string storage;
        for (const EventField& field : event.fields())
            kept.fields[std::string(field.name)].emplace_back(field.value.to_text(storage));
        events.push_back(std::move(kept));
    }
    std::vector<KeptEvent> events;
};

/// 2026-08-15T12:00:00Z, when tests receive lines unless they say otherwise.
inline constexpr Timestamp noon = Timestamp::from_seconds(1'786'795'200);

struct RunResult {
    std::vector<KeptEvent> events;
    LogRoom::Counters counters;
};

/// Sends `lines` through a room as one source of `format`.
inline RunResult run(std::string_view format, const std::vector<std::string>& lines,
                     Timestamp received = noon, int zone_offset_minutes = 0) {
    KeepingSink sink;
    LogRoom room(sink);
    std::uint64_t number = 0;
    for (const std::string& line : lines)
        room.on_line({.text = line,
                      .source_name = "test.log",
                      .format = format,
                      .received = received,
                      .number = ++number,
                      .zone_offset_minutes = zone_offset_minutes});
    room.finish();
    return {std::move(sink.events), room.counters()};
}

/// The one event of one line; fails loudly (empty event) when there is not exactly one.
inline KeptEvent parse_one(std::string_view format, const std::string& line,
                           Timestamp received = noon, int zone_offset_minutes = 0) {
    RunResult result = run(format, {line}, received, zone_offset_minutes);
    return result.events.size() == 1 ? std::move(result.events.front()) : KeptEvent{};
}

/// Lines of a file below the shared data, or nullopt when that is not there.
inline std::optional<std::vector<std::string>> shared_lines(std::string_view path) {
    const char* folder = std::getenv("PERSANDIAN_SHARED_DATA");
    if (folder == nullptr) return std::nullopt;
    std::ifstream file(std::filesystem::path(folder) / path, std::ios::binary);
    if (!file) return std::nullopt;
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
}

inline bool adds_up(const LogRoom::Counters& counters) {
    std::uint64_t parsed = 0;
    std::uint64_t joined = 0;
    for (const auto& format : counters.formats) {
        parsed += format.parsed;
        joined += format.joined;
    }
    return counters.lines == counters.parsed + counters.joined + counters.plain &&
           counters.plain == counters.not_understood + counters.malformed + counters.limit &&
           counters.parsed == parsed && counters.joined == joined;
}

}  // namespace persandian::logs::test
