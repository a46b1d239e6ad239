// SPDX-License-Identifier: Apache-2.0
#include "tests/detectors/protocols/capture_events.h"

#include <utility>

#include "daemon/sources/pcap_file.h"
#include "detectors/event/event_json.h"
#include "detectors/flow/flow_room.h"
#include "detectors/protocols/protocol_room.h"

namespace persandian::protocols {
namespace {

class Lines : public EventSink {
  public:
    void on_event(const Event& event) override { writer_.append(lines.emplace_back(), event); }
    std::vector<std::string> lines;

  private:
    EveJsonWriter writer_;
};

}  // namespace

std::vector<std::string> capture_events(const std::string& path) {
    sources::PcapFile file({.path = path});
    file.open();
    Lines sink;
    ProtocolRoom protocols(sink);
    flow::FlowRoom flows(flow::Limits{}, 1, protocols, sink);
    while (file.next({}) == sources::PacketSource::Next::packet) {
        protocols.set_origin(flow::origin_of(file.packet()));
        flows.on_packet(file.packet());
    }
    protocols.set_origin({});
    flows.finish();
    return std::move(sink.lines);
}

}  // namespace persandian::protocols
