// SPDX-License-Identifier: Apache-2.0
//
// flow_memory [FLOWS…]: what flows cost in the whole event stage (flow table, protocol observers
// that have not decided, payload tap off), by the allocator's count and by resident memory, and
// what the flow room itself counts. Then what an attacker can make it hold: tiny segments behind
// holes, segments and fragments that overlap, fragments that never become whole.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <malloc.h>

#include "detectors/engine/event_stage.h"
#include "detectors/sigma/rule_set.h"
#include "tests/support/packet_builder.h"

namespace {

using namespace persandian;
using test::Bytes;
using test::PacketBuilder;

class NoFindings final : public FindingSink {
  public:
    void on_finding(Finding) override {}
};

struct Memory {
    double allocated_bytes = 0;
    double resident_bytes = 0;
};

Memory memory_now() {
    const struct mallinfo2 info = mallinfo2();
    Memory out;
    out.allocated_bytes = static_cast<double>(info.uordblks + info.hblkhd);
    std::ifstream status("/proc/self/statm");
    double pages = 0;
    status >> pages >> pages;
    out.resident_bytes = pages * 4096;
    return out;
}

/// An event stage without rules, and what memory it came to hold.
class Stage {
  public:
    explicit Stage(const flow::Limits& limits)
        : stage_(sigma::load_rules({}, {}).rules, findings_,
                 {.flow_limits = limits, .hash_seed = 1, .events = nullptr}),
          before_(memory_now()) {}

    void feed(const Bytes& frame) {
        RawPacket raw;
        raw.bytes = frame;
        raw.wire_length_bytes = static_cast<std::uint32_t>(frame.size());
        raw.time = Timestamp::from_seconds(1'700'000'000);
        raw.number = ++packets_;
        stage_.on_packet(raw);
    }
    void feed(const PacketBuilder& packet) { feed(packet.frame()); }
    [[nodiscard]] const flow::Counters& counters() const { return stage_.flow_counters(); }
    [[nodiscard]] Memory grown() const {
        const Memory now = memory_now();
        return {now.allocated_bytes - before_.allocated_bytes,
                now.resident_bytes - before_.resident_bytes};
    }

  private:
    NoFindings findings_;
    engine::EventStage stage_;
    Memory before_;
    std::uint64_t packets_ = 0;
};

// --- idle flows ---

IpAddress client_of(std::size_t index) {
    return IpAddress::v4(0x0a000000U + static_cast<std::uint32_t>(index));
}

struct Ends {
    std::size_t index;
    [[nodiscard]] PacketBuilder client() const {
        return PacketBuilder()
            .ip(client_of(index), IpAddress::v4(0xc6336401))
            .tcp(40'000, 9999)
            .sequence(1001)
            .acknowledgement(5001);
    }
    [[nodiscard]] PacketBuilder server() const {
        return PacketBuilder()
            .ip(IpAddress::v4(0xc6336401), client_of(index))
            .tcp(9999, 40'000)
            .sequence(5001)
            .acknowledgement(1001);
    }
    void handshake(Stage& stage) const {
        stage.feed(client().sequence(1000).flags(0x02));
        stage.feed(server().sequence(5000).flags(0x12));
        stage.feed(client());
    }
};

struct Kind {
    std::string_view name;
    std::function<void(Stage&, Ends)> start;
};

const std::vector<Kind>& kinds() {
    static const std::vector<Kind> all = {
        {"SYN alone", [](Stage& stage, Ends ends) { stage.feed(ends.client().flags(0x02)); }},
        {"handshake", [](Stage& stage, Ends ends) { ends.handshake(stage); }},
        {"undecided, 3 bytes",
         [](Stage& stage, Ends ends) {
             ends.handshake(stage);
             stage.feed(ends.client().payload("GET"));
         }},
        {"undecided, both sides",
         [](Stage& stage, Ends ends) {
             ends.handshake(stage);
             stage.feed(ends.client().payload("GET"));
             stage.feed(ends.server().acknowledgement(1004).payload("22"));
         }},
        {"unknown protocol",
         [](Stage& stage, Ends ends) {
             ends.handshake(stage);
             stage.feed(ends.client().payload("\x01\x7f\x7e\x7d nobody knows this one"));
         }},
        {"UDP, unknown",
         [](Stage& stage, Ends ends) {
             stage.feed(ends.client().udp(40'000, 9999).payload("\x01\x7f\x7e\x7d unknown"));
         }},
    };
    return all;
}

void measure_idle(const Kind& kind, std::size_t flows) {
    flow::Limits limits;
    limits.max_flows = flows;
    limits.max_memory_bytes = std::size_t{2} << 30U;
    Stage stage(limits);
    for (std::size_t i = 0; i < flows; ++i) kind.start(stage, {i});
    const Memory grown = stage.grown();
    const auto count = static_cast<double>(stage.counters().active_flows);
    fmt::print("{:24}{:>10}{:>14.0f}{:>14.0f}{:>14.0f}{:>12.0f}\n", kind.name, count,
               grown.allocated_bytes / count, grown.resident_bytes / count,
               static_cast<double>(stage.counters().memory_bytes) / count,
               grown.resident_bytes / 1048576);
}

// --- storms ---

struct Storm {
    std::string_view name;
    flow::ReassemblyPolicy policy;
    std::function<void(Stage&)> run;
};

void tiny_segments(Stage& stage) {
    for (std::size_t flow = 0; flow < 2000; ++flow) {
        const Ends ends{flow};
        ends.handshake(stage);
        for (std::uint32_t i = 0; i < 300; ++i)
            stage.feed(ends.client().sequence(1003 + 2 * i).payload("x"));
    }
}

void overlapping_segments(Stage& stage) {
    const std::string text(1400, 'x');
    for (std::size_t flow = 0; flow < 200; ++flow) {
        const Ends ends{flow};
        ends.handshake(stage);
        for (std::uint32_t i = 0; i < 900; ++i)  // each later one begins one byte earlier
            stage.feed(ends.client().sequence(5000 - i).payload(text));
    }
}

void fragments(Stage& stage) {
    const Bytes data(1400, std::byte{'x'});
    for (std::uint32_t id = 0; id < 60'000; ++id)
        stage.feed(PacketBuilder()
                       .ip(client_of(id >> 16U), IpAddress::v4(0xc6336401))
                       .udp(1, 2)
                       .ip_id(id)
                       .fragment(8, data, true));
}

void tiny_fragments(Stage& stage) {
    const Bytes data(8, std::byte{'x'});
    for (std::uint32_t id = 0; id < 4000; ++id)
        for (std::size_t i = 0; i < 128; ++i)
            stage.feed(PacketBuilder().udp(1, 2).ip_id(id).fragment(16 + i * 16, data, true));
}

void overlapping_fragments(Stage& stage) {
    const Bytes data(1400, std::byte{'x'});
    for (std::uint32_t id = 0; id < 4000; ++id)
        for (std::size_t i = 0; i < 128; ++i)
            stage.feed(PacketBuilder().udp(1, 2).ip_id(id).fragment(2048 - i * 8, data, true));
}

void measure_storm(const Storm& storm) {
    flow::Limits limits;
    limits.reassembly.add(*IpNetwork::parse("0.0.0.0/0"), storm.policy);
    Stage stage(limits);
    storm.run(stage);
    const Memory grown = stage.grown();
    const flow::Counters& counters = stage.counters();
    constexpr double mib = 1048576;
    fmt::print("{:34}{:>12.1f}{:>12.1f}{:>12.1f}{:>12.1f}\n", storm.name,
               grown.allocated_bytes / mib, grown.resident_bytes / mib,
               static_cast<double>(counters.memory_bytes) / mib,
               static_cast<double>(counters.peak_memory_bytes) / mib);
}

}  // namespace

int main(int argc, char** argv) {
    std::vector<std::size_t> counts;
    for (int i = 1; i < argc; ++i) counts.push_back(std::strtoull(argv[i], nullptr, 10));
    if (counts.empty()) counts = {136'000, 1'000'000};
    fmt::print("{:24}{:>10}{:>14}{:>14}{:>14}{:>12}\n", "idle flows", "flows", "allocated B",
               "resident B", "counted B", "total MiB");
    for (const std::size_t count : counts)
        for (const Kind& kind : kinds()) {
            measure_idle(kind, count);
            malloc_trim(0);
        }
    fmt::print("\n{:34}{:>12}{:>12}{:>12}{:>12}   (MiB; limit 256)\n", "storms", "allocated",
               "resident", "counted", "peak");
    using flow::ReassemblyPolicy;
    for (const Storm& storm : std::vector<Storm>{
             {"tiny segments behind holes", ReassemblyPolicy::first, tiny_segments},
             {"overlapping segments, first", ReassemblyPolicy::first, overlapping_segments},
             {"overlapping segments, last", ReassemblyPolicy::last, overlapping_segments},
             {"overlapping segments, bsd", ReassemblyPolicy::bsd, overlapping_segments},
             {"fragments", ReassemblyPolicy::first, fragments},
             {"tiny fragments", ReassemblyPolicy::first, tiny_fragments},
             {"overlapping fragments, first", ReassemblyPolicy::first, overlapping_fragments},
             {"overlapping fragments, linux", ReassemblyPolicy::linux, overlapping_fragments}}) {
        measure_storm(storm);
        malloc_trim(0);
    }
    return 0;
}
