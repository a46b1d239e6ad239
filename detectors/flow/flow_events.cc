// SPDX-License-Identifier: Apache-2.0
#include "detectors/flow/flow_events.h"

#include <array>

#include "detectors/event/common_fields.h"
#include "detectors/flow/flow_fields.h"

namespace persandian::flow {
namespace {

std::string_view flow_state(const Flow& flow) noexcept {
    if (flow.info.ip_protocol != 6)
        return flow.counters[0].packets != 0 && flow.counters[1].packets != 0 ? "established"
                                                                              : "new";
    switch (flow.tcp.state()) {
        case TcpState::none:
        case TcpState::syn_sent:
        case TcpState::syn_received:
            return "new";
        case TcpState::established:
        case TcpState::fin_wait:
        case TcpState::closing:
            return "established";
        case TcpState::closed:
        case TcpState::reset:
            return "closed";
    }
    return "new";
}

std::string_view tcp_state(TcpState state) noexcept {
    switch (state) {
        case TcpState::none:
            return "none";
        case TcpState::syn_sent:
            return "syn_sent";
        case TcpState::syn_received:
            return "syn_recv";
        case TcpState::established:
            return "established";
        case TcpState::fin_wait:
            return "fin_wait1";
        case TcpState::closing:
            return "closing";
        case TcpState::closed:
        case TcpState::reset:
            return "closed";
    }
    return "none";
}

void add_count(Event& event, const Field& field, std::uint64_t count) {
    event.add(field, Value::unsigned_integer(count));
}

void add_flags(Event& event, const Field& field, std::uint8_t flags) {
    constexpr std::string_view digits = "0123456789abcdef";
    const std::array<char, 2> text{digits[flags >> 4U], digits[flags & 0x0fU]};
    event.add_copy(field, {text.data(), text.size()});
}

struct FlagField {
    std::uint8_t flag;
    const Field* field;
};
constexpr std::array<FlagField, 8> flag_fields = {{
    {packet::tcp_flag::syn, &fields::tcp_syn},
    {packet::tcp_flag::fin, &fields::tcp_fin},
    {packet::tcp_flag::rst, &fields::tcp_rst},
    {packet::tcp_flag::psh, &fields::tcp_psh},
    {packet::tcp_flag::ack, &fields::tcp_ack},
    {packet::tcp_flag::urg, &fields::tcp_urg},
    {packet::tcp_flag::ece, &fields::tcp_ecn},
    {packet::tcp_flag::cwr, &fields::tcp_cwr},
}};

void add_tcp(Event& event, const Flow& flow) {
    const std::uint8_t to_server = flow.counters[0].tcp_flags;
    const std::uint8_t to_client = flow.counters[1].tcp_flags;
    const auto all = static_cast<std::uint8_t>(to_server | to_client);
    add_flags(event, fields::tcp_flags, all);
    add_flags(event, fields::tcp_flags_ts, to_server);
    add_flags(event, fields::tcp_flags_tc, to_client);
    for (const FlagField& row : flag_fields)
        if ((all & row.flag) != 0) event.add(*row.field, Value::boolean(true));
    event.add(fields::tcp_state, tcp_state(flow.tcp.state()));
    if (const auto round_trip = flow.history.round_trip())
        event.add(fields::tcp_rtt_us, Value::integer(round_trip->ns / 1000));
}

void add_losses(Event& event, const Flow& flow) {
    const std::uint64_t gaps = flow.counters[0].gap_bytes + flow.counters[1].gap_bytes;
    const std::uint64_t again =
        flow.counters[0].retransmitted_segments + flow.counters[1].retransmitted_segments;
    if (gaps != 0) add_count(event, fields::flow_gap_bytes, gaps);
    if (again != 0) add_count(event, fields::flow_retransmitted, again);
    if (flow.tcp.midstream()) event.add(fields::flow_midstream, Value::boolean(true));
}

/// Addresses, ports and protocol of a packet without a flow.
void add_packet_fields(Event& event, const packet::DecodedPacket& packet) {
    for (std::size_t i = 0; i < packet.vlan_ids.size(); ++i)
        if (packet.vlan_ids[i] != 0) event.add(fields::vlan, Value::integer(packet.vlan_ids[i]), i);
    event.add(fields::pcap_cnt, Value::unsigned_integer(packet.raw->number));
    if (packet.ip_version == 0) return;
    event.add(fields::src_ip, Value::address(packet.source));
    if (packet.source_port != 0) event.add(fields::src_port, Value::integer(packet.source_port));
    event.add(fields::dest_ip, Value::address(packet.destination));
    if (packet.destination_port != 0)
        event.add(fields::dest_port, Value::integer(packet.destination_port));
    add_protocol(event, packet.ip_protocol);
}

void add_anomaly(Event& event, std::string_view type, std::string_view name, std::string_view layer,
                 std::uint64_t observed, std::uint64_t limit) {
    event.add(fields::anomaly_type, type);
    event.add(fields::anomaly_event, name);
    event.add(fields::anomaly_layer, layer);
    add_count(event, fields::anomaly_observed, observed);
    add_count(event, fields::anomaly_limit, limit);
}

}  // namespace

std::string_view to_string(FlowEndReason reason) noexcept {
    switch (reason) {
        case FlowEndReason::timeout:
            return "timeout";
        case FlowEndReason::closed:
            return "closed";
        case FlowEndReason::reset:
            return "reset";
        case FlowEndReason::shutdown:
            return "shutdown";
        case FlowEndReason::evicted:
            return "evicted";
    }
    return "unknown";
}

namespace {

void add_summary(Event& event, const Flow& flow, std::string_view reason) {
    add_flow_fields(event, flow.info, Direction::to_server);
    const std::string_view app_proto =
        flow.observer == nullptr ? std::string_view() : flow.observer->app_proto();
    if (!app_proto.empty()) event.add(fields::app_proto, app_proto);
    add_count(event, fields::flow_pkts_toserver, flow.counters[0].packets);
    add_count(event, fields::flow_pkts_toclient, flow.counters[1].packets);
    add_count(event, fields::flow_bytes_toserver, flow.counters[0].bytes);
    add_count(event, fields::flow_bytes_toclient, flow.counters[1].bytes);
    event.add(fields::flow_start, Value::time(flow.info.first_seen));
    event.add(fields::flow_end, Value::time(flow.last_seen));
    const Duration age = flow.last_seen - flow.info.first_seen;
    event.add(fields::flow_age, Value::integer(age.ns / Duration::seconds(1).ns));
    event.add(fields::flow_state, flow_state(flow));
    if (!reason.empty()) event.add(fields::flow_reason, reason);
    if (!flow.history.letters().empty()) event.add(fields::flow_history, flow.history.letters());
    if (flow.info.ip_protocol == 6) add_tcp(event, flow);
    add_losses(event, flow);
}

}  // namespace

void write_flow_event(Event& event, const Flow& flow, FlowEndReason reason, Timestamp time) {
    event.reset("flow", time);
    add_summary(event, flow, to_string(reason));
}

void write_interim_event(Event& event, const Flow& flow, Timestamp time) {
    event.reset("flow_interim", time);
    add_summary(event, flow, {});
}

void write_decode_anomaly(Event& event, const packet::DecodedPacket& packet) {
    event.reset("anomaly", packet.raw->time);
    event.set_origin(origin_of(*packet.raw));
    add_packet_fields(event, packet);
    add_anomaly(event, "decode", packet::to_string(packet.problem.kind),
                packet::to_string(packet.problem.layer), packet.problem.observed,
                packet.problem.limit);
}

void write_stream_anomaly(Event& event, const Flow& flow, Direction direction,
                          const StreamAnomaly& anomaly, Timestamp time) {
    event.reset("anomaly", time);
    add_flow_fields(event, flow.info, direction);
    add_anomaly(event, "stream", to_string(anomaly.kind), "tcp", anomaly.observed, anomaly.limit);
}

void write_fragment_anomaly(Event& event, const packet::DecodedPacket& packet,
                            const StreamAnomaly& anomaly) {
    event.reset("anomaly", packet.raw->time);
    event.set_origin(origin_of(*packet.raw));
    add_packet_fields(event, packet);
    add_anomaly(event, "stream", to_string(anomaly.kind), packet.ip_version == 6 ? "ipv6" : "ipv4",
                anomaly.observed, anomaly.limit);
}

}  // namespace persandian::flow
