// SPDX-License-Identifier: Apache-2.0
//
// Every tests/golden/logs/<format>/*.log gives exactly the events in the *.events.jsonl beside it,
// both as that format and as "auto". With PERSANDIAN_UPDATE_GOLDEN set the events are written
// instead.
#include <fstream>

#include <gtest/gtest.h>

#include "detectors/event/event_json.h"
#include "tests/detectors/logs/log_test_support.h"
#include "tests/support/temp_dir.h"

namespace persandian::logs::test {
namespace {

namespace fs = std::filesystem;
using persandian::test::read_file;
using persandian::test::source_dir;

class JsonSink : public EventSink {
  public:
    void on_event(const Event& event) override {
        append_eve_json(text, event);
        text += '\n';
    }
    std::string text;
};

std::string events_of(const std::string& log, const std::string& name, std::string_view format) {
    JsonSink sink;
    LogRoom room(sink);
    std::uint64_t number = 0;
    std::string_view rest = log;
    while (!rest.empty()) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        room.on_line({.text = line,
                      .source_name = name,
                      .format = format,
                      .received = noon,
                      .number = ++number,
                      .zone_offset_minutes = 420});
    }
    room.finish();
    return sink.text;
}

TEST(GoldenLogs, GiveTheirEvents) {
    std::size_t found = 0;
    for (const auto& entry : fs::recursive_directory_iterator(source_dir() / "tests/golden/logs")) {
        if (entry.path().extension() != ".log") continue;
        ++found;
        std::string format = entry.path().parent_path().filename().string();
        if (format == "json_lines") format = "json";  // folders are named as the sources are
        const std::string log = read_file(entry.path());
        const std::string name = entry.path().filename().string();
        const fs::path golden = fs::path(entry.path()).replace_extension(".events.jsonl");
        const std::string events = events_of(log, name, format);
        EXPECT_EQ(events_of(log, name, "auto"), events) << entry.path();
        if (std::getenv("PERSANDIAN_UPDATE_GOLDEN") != nullptr) {
            std::ofstream(golden, std::ios::binary) << events;
        } else {
            EXPECT_EQ(events, read_file(golden)) << entry.path();
        }
    }
    EXPECT_GE(found, catalog().size());
}

}  // namespace
}  // namespace persandian::logs::test
