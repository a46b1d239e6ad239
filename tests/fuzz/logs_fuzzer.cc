// SPDX-License-Identifier: Apache-2.0
//
// One format of the logs room per program (PERSANDIAN_LOG_ENTRY is its entry function). The input
// is lines; they go through a room as that format and through another as "auto". Whatever the lines
// say: no fault, each line is accounted for once, and the same lines give the same events.
#include <cstdlib>
#include <string>

#include "detectors/event/event_json.h"
#include "detectors/logs/log_room.h"

namespace persandian::logs {
const LogEntry& PERSANDIAN_LOG_ENTRY() noexcept;
}

namespace {

using namespace persandian;

/// Writes every event out, which touches all its values.
class WritingSink : public EventSink {
  public:
    void on_event(const Event& event) override {
        writer_.append(text, event);
        if (event.find("log.format") == nullptr || event.find("log.raw") == nullptr) std::abort();
        if (text.size() > 1U << 22U) text.resize(text.size() / 2);
    }
    std::string text;

  private:
    EveJsonWriter writer_;
};

void check(const logs::LogRoom::Counters& counters) {
    if (counters.lines != counters.parsed + counters.joined + counters.plain) std::abort();
    if (counters.plain != counters.not_understood + counters.malformed + counters.limit)
        std::abort();
    if (counters.events < counters.parsed + counters.plain) std::abort();
    if (counters.events > counters.lines) std::abort();
}

std::string run(std::string_view format, std::string_view input) {
    WritingSink sink;
    logs::LogRoom room(sink);
    Timestamp now = Timestamp::from_seconds(1'786'795'200);
    std::uint64_t number = 0;
    while (!input.empty()) {
        const std::string_view text = input.substr(0, input.find('\n'));
        input.remove_prefix(std::min(text.size() + 1, input.size()));
        room.on_line({.text = text,
                      .source_name = "fuzz.log",
                      .format = format,
                      .received = now,
                      .number = ++number,
                      .zone_offset_minutes = 480,
                      .truncated = text.size() % 16 == 15});
        if (number % 8 == 0) {
            now = now + Duration::seconds(1);
            room.on_time(now);
        }
    }
    check(room.counters());
    room.finish();
    check(room.counters());
    return std::move(sink.text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const std::string_view format = persandian::logs::PERSANDIAN_LOG_ENTRY().name;
    if (run(format, input) != run(format, input)) std::abort();
    (void)run("auto", input);
    return 0;
}
