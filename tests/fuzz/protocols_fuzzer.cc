// SPDX-License-Identifier: Apache-2.0
//
// Fuzzes one entry of the protocols room, the one that PERSANDIAN_ENTRY() gives. The input is a
// conversation: an octet of settings, then pieces of an octet of control, an octet of size and that
// many bytes. Checks beyond the sanitizers: every event can be written, and after done() nothing
// more is said but at the end.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>

#include "detectors/event/event_json.h"
#include "detectors/protocols/protocol_room.h"

namespace persandian::protocols {
const ProtocolEntry& PERSANDIAN_ENTRY() noexcept;
}

namespace {

using namespace persandian;

constexpr unsigned setting_udp = 1;
constexpr unsigned setting_forced = 2;  ///< the probe is not asked
constexpr unsigned setting_midstream = 4;
constexpr unsigned setting_port = 8;  ///< the entry's first port

constexpr unsigned control_to_client = 1;
constexpr unsigned control_gap = 2;
constexpr unsigned control_cut = 4;
constexpr unsigned control_end = 8;
constexpr unsigned control_large = 16;  ///< the size counts 16 bytes each

class Writer : public EventSink {
  public:
    void on_event(const Event& event) override {
        line_.clear();
        writer_.append(line_, event);
        if (line_.size() < 2 || line_.back() != '}') std::abort();
    }

  private:
    EveJsonWriter writer_;
    std::string line_;
};

protocols::Probe always_mine(ByteView, flow::Direction, const flow::FlowInfo&) noexcept {
    return protocols::Probe::mine;
}

void feed(flow::FlowObserver& observer, const flow::FlowInfo& flow, unsigned settings,
          ByteReader& input) {
    std::uint64_t offsets[2] = {0, 0};
    while (!input.at_end() && !observer.done()) {
        const unsigned control = input.u8();
        std::size_t size = input.u8();
        if ((control & control_large) != 0) size *= 16;
        const ByteView bytes = input.take(std::min(size, input.remaining()));
        const auto direction = (control & control_to_client) != 0 ? flow::Direction::to_client
                                                                  : flow::Direction::to_server;
        std::uint64_t& offset = offsets[control & control_to_client];
        if ((settings & setting_udp) != 0) {
            observer.on_datagram({.flow = flow,
                                  .direction = direction,
                                  .bytes = bytes,
                                  .truncated = (control & control_cut) != 0});
        } else {
            const std::uint64_t gap = (control & control_gap) != 0 ? control * 7 : 0;
            observer.on_chunk({.flow = flow,
                               .direction = direction,
                               .bytes = bytes,
                               .stream_offset_bytes = offset + gap,
                               .gap_bytes = gap,
                               .midstream = (settings & setting_midstream) != 0});
            offset += gap + bytes.size();
        }
        if ((control & control_end) != 0) observer.on_direction_end(flow, direction, {});
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    ByteReader input(std::as_bytes(std::span(data, size)));
    const unsigned settings = input.u8();
    protocols::ProtocolEntry entry = protocols::PERSANDIAN_ENTRY();
    if ((settings & setting_forced) != 0 || entry.probe == nullptr) entry.probe = always_mine;
    entry.transport = protocols::Transport::tcp_and_udp;
    const protocols::ProtocolEntry* const entries[] = {&entry};
    Writer writer;
    protocols::ProtocolRoom room(writer, entries);
    flow::FlowInfo flow;
    flow.client = IpAddress::v4(0xC0000201);
    flow.server = IpAddress::v4(0xC0000202);
    flow.client_port = 40'000;
    flow.server_port = (settings & setting_port) != 0 && !entry.ports.empty() ? entry.ports[0] : 9;
    flow.ip_protocol = (settings & setting_udp) != 0 ? 17 : 6;
    const std::unique_ptr<flow::FlowObserver> observer = room.on_flow_start(flow);
    feed(*observer, flow, settings, input);
    observer->on_end(flow, {});
    return 0;
}
