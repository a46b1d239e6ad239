// SPDX-License-Identifier: Apache-2.0
//
// A FlowObserver that keeps what it is told, and a room set up around it.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "detectors/flow/flow_room.h"
#include "tests/support/event_recorder.h"
#include "tests/support/packet_builder.h"

namespace persandian::flow {

/// One flow as its observer saw it. Gaps appear as "<gap N>" in the text.
struct RecordedFlow {
    std::string client, server, community_id;
    std::uint16_t client_port = 0, server_port = 0;
    std::uint8_t ip_protocol = 0;
    std::string text[2];  ///< bytes to the server, to the client
    std::vector<std::string> datagrams[2];
    std::vector<std::string> ends;  ///< "to_server", "to_client", "end", in order of arrival
    bool midstream = false;
    bool offsets_right = true;   ///< every chunk's offset continued the one before
    bool zero_copy_only = true;  ///< every chunk pointed into its packet
    std::uint64_t next_offset[2] = {0, 0};
};

class FlowRecorder : public FlowObserverFactory {
  public:
    std::unique_ptr<FlowObserver> on_flow_start(const FlowInfo& flow) noexcept override {
        auto& record = flows[flow.id];
        record.client = flow.client.to_string();
        record.server = flow.server.to_string();
        record.community_id = flow.community_id();
        record.client_port = flow.client_port;
        record.server_port = flow.server_port;
        record.ip_protocol = flow.ip_protocol;
        return std::make_unique<Observer>(record, done_after_chunks);
    }

    std::map<std::uint64_t, RecordedFlow> flows;  ///< by id; ids count from 1
    int done_after_chunks = -1;                   ///< observers say done() after so many; -1: never

  private:
    class Observer : public FlowObserver {
      public:
        Observer(RecordedFlow& record, int done_after) : record_(record), left_(done_after) {}
        void on_chunk(const StreamChunk& chunk) noexcept override {
            const auto way = static_cast<std::size_t>(chunk.direction);
            if (chunk.gap_bytes != 0)
                record_.text[way] += "<gap " + std::to_string(chunk.gap_bytes) + ">";
            record_.text[way] += as_text(chunk.bytes);
            record_.midstream = record_.midstream || chunk.midstream;
            const std::uint64_t expected = record_.next_offset[way] + chunk.gap_bytes;
            if (chunk.stream_offset_bytes != expected) record_.offsets_right = false;
            record_.next_offset[way] = chunk.stream_offset_bytes + chunk.bytes.size();
            if (chunk.packet == nullptr || chunk.bytes.data() < chunk.packet->bytes.data() ||
                chunk.bytes.data() >= chunk.packet->bytes.data() + chunk.packet->bytes.size())
                record_.zero_copy_only = false;
            if (left_ > 0) --left_;
        }
        void on_datagram(const Datagram& datagram) noexcept override {
            record_.datagrams[static_cast<std::size_t>(datagram.direction)].emplace_back(
                as_text(datagram.bytes));
        }
        void on_direction_end(const FlowInfo&, Direction direction, Timestamp) noexcept override {
            record_.ends.emplace_back(direction == Direction::to_server ? "to_server"
                                                                        : "to_client");
        }
        void on_end(const FlowInfo&, Timestamp) noexcept override {
            record_.ends.emplace_back("end");
        }
        [[nodiscard]] std::string_view app_proto() const noexcept override { return "test"; }
        [[nodiscard]] bool done() const noexcept override { return left_ == 0; }

      private:
        RecordedFlow& record_;
        int left_;
    };
};

/// A room, its observers and its events.
struct RoomUnderTest {
    explicit RoomUnderTest(const Limits& limits = {}, std::uint64_t seed = 1)
        : room(limits, seed, recorder, events) {}

    void feed(const test::Packet& packet) { room.on_packet(packet.raw(++number)); }
    void feed(const std::vector<test::Packet>& packets) {
        for (const test::Packet& packet : packets) feed(packet);
    }
    void feed(const test::Bytes& frame) { feed(test::Packet{frame}); }
    [[nodiscard]] const RecordedFlow& flow(std::uint64_t id) const { return recorder.flows.at(id); }

    FlowRecorder recorder;
    test::EventRecorder events;
    FlowRoom room;
    std::uint64_t number = 0;
};

}  // namespace persandian::flow
