// SPDX-License-Identifier: Apache-2.0
//
// The input is a list of packets: a length octet pair, a time step, then the frame; or, when the
// length's top bit is set, a short recipe for a valid TCP segment of one connection, so that
// reassembly is reached without guessing headers. Limits are small, so that they are reached too.
#include <cstdlib>
#include <map>
#include <vector>

#include "detectors/base/bytes.h"
#include "detectors/flow/flow_room.h"

namespace {

using namespace persandian;

/// Checks what an observer is promised.
class Checker : public flow::FlowObserver {
  public:
    void on_chunk(const flow::StreamChunk& chunk) noexcept override {
        const auto way = static_cast<std::size_t>(chunk.direction);
        if (ended_ || direction_ended_[way] || chunk.bytes.empty()) std::abort();
        if (chunk.stream_offset_bytes != next_[way] + chunk.gap_bytes) std::abort();
        next_[way] = chunk.stream_offset_bytes + chunk.bytes.size();
        for (const std::byte b : chunk.bytes) sum_ += std::to_integer<unsigned>(b);
    }
    void on_datagram(const flow::Datagram& datagram) noexcept override {
        if (ended_) std::abort();
        for (const std::byte b : datagram.bytes) sum_ += std::to_integer<unsigned>(b);
    }
    void on_direction_end(const flow::FlowInfo&, flow::Direction direction,
                          Timestamp) noexcept override {
        const auto way = static_cast<std::size_t>(direction);
        if (ended_ || direction_ended_[way]) std::abort();
        direction_ended_[way] = true;
    }
    void on_end(const flow::FlowInfo&, Timestamp) noexcept override {
        if (ended_) std::abort();
        ended_ = true;
    }
    [[nodiscard]] std::string_view app_proto() const noexcept override { return {}; }
    [[nodiscard]] bool done() const noexcept override { return sum_ % 4099 == 4098; }

  private:
    std::uint64_t next_[2] = {0, 0};
    bool direction_ended_[2] = {false, false};
    bool ended_ = false;
    std::uint64_t sum_ = 0;
};

class CheckerFactory : public flow::FlowObserverFactory {
  public:
    std::unique_ptr<flow::FlowObserver> on_flow_start(
        const flow::FlowInfo& flow) noexcept override {
        if (flow.id % 7 == 0) return nullptr;
        return std::make_unique<Checker>();
    }
};

class NullSink : public EventSink {
  public:
    void on_event(const Event& event) override {
        if (event.fields().empty()) std::abort();
    }
};

/// A valid IPv4/TCP segment between two hosts: flags, direction, small sequence numbers.
std::vector<std::byte> segment(ByteReader& in) {
    const std::uint8_t flags = in.u8();
    const std::uint8_t way = in.u8();
    const std::uint16_t sequence = in.u16();
    const std::uint16_t acknowledgement = in.u16();
    const ByteView payload = in.take(std::min<std::size_t>(in.u8() & 0x3fU, in.remaining()));
    std::vector<std::byte> out(40);
    const auto put16 = [&](std::size_t at, std::size_t value) {
        out[at] = static_cast<std::byte>(value >> 8U);
        out[at + 1] = static_cast<std::byte>(value & 0xffU);
    };
    const bool reply = (way & 1U) != 0;
    out[0] = std::byte{0x45};
    put16(2, 40 + payload.size());
    out[8] = std::byte{64};
    out[9] = std::byte{6};
    out[15] = std::byte{static_cast<std::uint8_t>(reply ? 2 : 1)};
    out[19] = std::byte{static_cast<std::uint8_t>(reply ? 1 : 2)};
    put16(20, reply ? 80 : 4000);
    put16(22, reply ? 4000 : 80);
    if ((way & 2U) != 0) put16(24, 0xffff);
    put16(26, sequence);
    if ((way & 4U) != 0) put16(28, 0xffff);
    put16(30, acknowledgement);
    out[32] = std::byte{0x50};
    out[33] = std::byte{flags};
    out.insert(out.end(), payload.begin(), payload.end());
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    CheckerFactory factory;
    NullSink sink;
    flow::Limits limits;
    limits.max_flows = 8;
    limits.max_buffered_bytes = 600;
    limits.max_buffered_segments = 6;
    limits.max_total_buffered_bytes = 1000;
    limits.max_ahead_bytes = 4096;
    limits.max_datagrams = 4;
    limits.max_fragment_bytes = 4096;
    limits.packet_ring_bytes = 64 * 1024;
    // what the input's own octets leave open: every policy, with and without checksums
    limits.interim = Duration::seconds(10);
    limits.check_checksums = size % 16 == 15;
    limits.reassembly.add(
        {}, static_cast<flow::ReassemblyPolicy>(size % flow::reassembly_policy_names.size()));
    flow::FlowRoom room(limits, 1, factory, sink);
    ByteReader in(std::as_bytes(std::span(data, size)));
    RawPacket raw;
    while (in.remaining() > 3) {
        const std::uint16_t length = in.u16();
        raw.time = raw.time + Duration::milliseconds((in.u8() & 0x7fU) * 300);
        ++raw.number;
        std::vector<std::byte> frame;
        if ((length & 0x8000U) != 0) {
            raw.link_type = 228;
            frame = segment(in);
        } else {
            raw.link_type = (length & 0x4000U) != 0 ? 1 : 101;
            const ByteView bytes = in.take(std::min<std::size_t>(length & 0x7ffU, in.remaining()));
            frame.assign(bytes.begin(), bytes.end());
        }
        raw.bytes = frame;
        raw.wire_length_bytes =
            static_cast<std::uint32_t>(frame.size() + (length & 0x2000U ? 9 : 0));
        room.on_packet(raw);
        // pieces that a segment or a policy divides cost more than the segment was counted for
        if (room.counters().buffered_bytes > limits.max_total_buffered_bytes + 2048) std::abort();
        if (room.counters().fragment_bytes > limits.max_fragment_bytes + 2048) std::abort();
        if (room.counters().active_flows > limits.max_flows) std::abort();
    }
    room.finish();
    if (room.counters().memory_bytes != 0) std::abort();
    return 0;
}
