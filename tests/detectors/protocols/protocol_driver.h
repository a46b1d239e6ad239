// SPDX-License-Identifier: Apache-2.0
//
// Feeds conversations to the protocols room and collects its events, for the tests of every entry.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "detectors/event/event.h"
#include "detectors/flow/flow.h"
#include "detectors/protocols/protocol_room.h"

namespace persandian::protocols {

/// What one side sends at a time.
struct Turn {
    flow::Direction direction;
    std::string bytes;
};

inline Turn client(std::string bytes) {
    return {flow::Direction::to_server, std::move(bytes)};
}
inline Turn server(std::string bytes) {
    return {flow::Direction::to_client, std::move(bytes)};
}

/// One flow between 192.0.2.10 and 198.51.100.20. All times are one second after the epoch.
class ProtocolDriver : public EventSink {
  public:
    ProtocolDriver(std::uint8_t ip_protocol, std::uint16_t server_port,
                   std::uint16_t client_port = 40'000);

    /// As if a rule read these fields, which are dear to make. Before the first bytes.
    void want(std::vector<const Field*> fields) { room_.set_wanted(std::move(fields)); }
    /// Bytes of a TCP direction, right after the earlier ones.
    void send(const Turn& turn);
    void send_midstream(const Turn& turn);
    void lose(flow::Direction direction, std::uint64_t bytes);
    void datagram(const Turn& turn, bool truncated = false);
    void end_direction(flow::Direction direction);
    void end();

    /// The flow ends, and another one begins; at the same server, unless the ends are exchanged.
    void next_flow(std::uint16_t server_port, std::uint16_t client_port,
                   bool exchange_ends = false);

    /// Sends all turns and ends the flow.
    void converse(const std::vector<Turn>& turns);

    /// The events so far as EVE JSON.
    [[nodiscard]] const std::vector<std::string>& lines() const { return lines_; }
    /// The n-th event's first value of a field as text; "" when absent.
    [[nodiscard]] std::string text(std::size_t event, std::string_view field) const;
    /// All values of a field of the n-th event, joined by '|'.
    [[nodiscard]] std::string texts(std::size_t event, std::string_view field) const;
    [[nodiscard]] std::size_t count() const { return lines_.size(); }
    /// Names of the anomalies, joined by '|'.
    [[nodiscard]] std::string anomalies() const;
    [[nodiscard]] std::string_view app_proto() const { return observer_->app_proto(); }
    [[nodiscard]] bool done() const { return observer_->done(); }
    /// What the entry of this name counted.
    [[nodiscard]] EntryCounters counters_of(std::string_view name) const {
        for (const EntryCounters& counters : room_.counters().entries)
            if (counters.name == name) return counters;
        return {};
    }
    [[nodiscard]] const RoomCounters& counters() const { return room_.counters(); }

    void on_event(const Event& event) override;

  private:
    struct Named {
        std::string name;
        std::string text;
    };
    flow::StreamChunk chunk(const Turn& turn);

    ProtocolRoom room_;
    flow::FlowInfo flow_;
    std::unique_ptr<flow::FlowObserver> observer_;
    std::uint64_t sent_[2] = {0, 0};
    std::uint64_t lost_[2] = {0, 0};
    std::vector<std::string> lines_;
    std::vector<std::vector<Named>> events_;
};

/// Requires that every way to cut each turn in two (and cutting all into single bytes) gives the
/// same events as the whole; and that every truncated conversation is parsed without fault.
void expect_split_invariance(std::uint16_t port, const std::vector<Turn>& turns);

}  // namespace persandian::protocols
