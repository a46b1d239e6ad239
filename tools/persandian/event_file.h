// SPDX-License-Identifier: Apache-2.0
//
// EventFile: events as EVE JSON lines.
#pragma once

#include <cstdio>
#include <string>

#include "detectors/event/event.h"
#include "detectors/event/event_json.h"

namespace persandian::cli {

/// Into a file, or "-", standard output.
class EventFile final : public EventSink {
  public:
    /// Throws Failure.
    explicit EventFile(const std::string& path);
    ~EventFile() override;
    EventFile(const EventFile&) = delete;
    EventFile& operator=(const EventFile&) = delete;
    EventFile(EventFile&&) = delete;
    EventFile& operator=(EventFile&&) = delete;

    void on_event(const Event& event) override;
    /// Whether everything so far could be written.
    [[nodiscard]] bool ok() const noexcept { return problem_ == 0; }
    /// Throws Failure when something could not be written.
    void finish();

  private:
    static constexpr std::size_t flush_at_bytes = 64 * 1024;

    void write_buffer();

    std::string path_;
    std::FILE* file_;
    EveJsonWriter writer_;
    std::string buffer_;
    int problem_ = 0;
};

}  // namespace persandian::cli
