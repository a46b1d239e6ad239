// SPDX-License-Identifier: Apache-2.0
#include "detectors/flow/flow_room.h"

#include <algorithm>
#include <array>

#include "detectors/flow/checksum_guard.h"
#include "detectors/flow/flow_events.h"
#include "detectors/flow/flow_table.h"
#include "detectors/flow/fragments.h"
#include "detectors/packet/checksum.h"
#include "detectors/packet/decoded_packet.h"

namespace persandian::flow {
namespace {

using packet::DecodedPacket;
using packet::Transport;

/// Shares the memory cap out: at most 3/8 for stream bytes, 1/8 for fragments, the rest for flows.
Limits share_memory(Limits limits) {
    const std::size_t all = limits.max_memory_bytes;
    limits.max_total_buffered_bytes = std::min(limits.max_total_buffered_bytes, all / 8 * 3);
    limits.max_fragment_bytes = std::min(limits.max_fragment_bytes, all / 8);
    const std::size_t rest = all - limits.max_total_buffered_bytes - limits.max_fragment_bytes;
    limits.max_flows = std::min(limits.max_flows, rest / FlowTable::flow_cost_bytes());
    return limits;
}

/// Times outside 1970…2116 would overflow sums with timeouts.
Timestamp sane(Timestamp time) noexcept {
    return {std::clamp<std::int64_t>(time.ns, 0, INT64_MAX / 2)};
}

bool source_is_client(const DecodedPacket& packet, const FlowPorts& ports) noexcept {
    constexpr std::uint16_t first_unprivileged_port = 1024;
    const bool from_service =
        ports.source < first_unprivileged_port && ports.destination >= first_unprivileged_port;
    switch (packet.transport) {
        case Transport::tcp:
            if (packet.tcp.has(packet::tcp_flag::syn))
                return !packet.tcp.has(packet::tcp_flag::ack);
            return ports.source >= ports.destination;
        case Transport::udp:
        case Transport::sctp:
            return !from_service;
        case Transport::icmp_v4:
            return !is_icmp_answer(false, ports.source);
        case Transport::icmp_v6:
            return !is_icmp_answer(true, ports.source);
        case Transport::none:
        case Transport::other:
            break;
    }
    return true;
}

FlowKind kind_of(const DecodedPacket& packet, const TcpConnection& tcp) noexcept {
    switch (packet.transport) {
        case Transport::udp:
            return FlowKind::udp;
        case Transport::icmp_v4:
        case Transport::icmp_v6:
            return FlowKind::icmp;
        case Transport::tcp:
            break;
        default:
            return FlowKind::other;
    }
    switch (tcp.state()) {
        case TcpState::none:
        case TcpState::syn_sent:
        case TcpState::syn_received:
            return FlowKind::tcp_new;
        case TcpState::established:
            return FlowKind::tcp_established;
        case TcpState::fin_wait:  // half closed; of a one-sided capture we see no more than that
            return tcp.one_sided() ? FlowKind::tcp_closing : FlowKind::tcp_established;
        case TcpState::closing:
        case TcpState::closed:
        case TcpState::reset:
            break;
    }
    return FlowKind::tcp_closing;
}

/// A closed or reset connection is that, whatever removed its record.
FlowEndReason final_reason(const Flow& flow, FlowEndReason cause) noexcept {
    if (flow.info.ip_protocol != 6) return cause;
    if (flow.tcp.state() == TcpState::closed) return FlowEndReason::closed;
    if (flow.tcp.state() == TcpState::reset || flow.tcp.perhaps_reset())
        return FlowEndReason::reset;
    return cause;
}

}  // namespace

class FlowRoom::Impl final : public ConnectionListener {
  public:
    Impl(const Limits& limits, std::uint64_t hash_seed, FlowObserverFactory& factory,
         EventSink& events)
        : limits_(share_memory(limits)),
          factory_(factory),
          events_(events),
          table_(limits_, hash_seed),
          fragments_(limits_, hash_seed, counters_),
          checksums_(limits_.check_checksums, hash_seed),
          ring_(limits_.packet_ring_bytes) {}

    void on_packet(const RawPacket& raw) noexcept;
    void on_time(Timestamp now) noexcept;
    void finish() noexcept;
    void earlier_packets(const std::function<bool(const RawPacket&)>& take) const {
        if (told_ != nullptr) ring_.visit(told_->newest_kept, take);
    }
    void set_shed_depth(std::uint64_t depth_bytes) noexcept { shed_depth_bytes_ = depth_bytes; }
    [[nodiscard]] const Counters& counters() const noexcept { return counters_; }

    void on_stream_bytes(Direction direction, ByteView bytes, std::uint64_t offset,
                         std::uint64_t gap_bytes, bool midstream) noexcept override;
    void on_stream_end(Direction direction) noexcept override;
    void on_stream_anomaly(const StreamAnomaly& anomaly, Direction direction) noexcept override;

  private:
    /// Limits::max_decode_anomalies_per_second for one kind of anomaly.
    struct RateWindow {
        std::int64_t second = -1;
        std::uint32_t sent = 0;
    };
    static constexpr std::size_t fragment_window = packet::problem_kind_count;

    void advance_clock(Timestamp now) noexcept;
    [[nodiscard]] bool count_outcome() noexcept;
    [[nodiscard]] bool accept(const packet::Checksum& checksum) noexcept;
    void on_fragment() noexcept;
    void follow() noexcept;
    FlowNode& start_flow(const FlowKey& key, const FlowPorts& ports, bool source_is_low) noexcept;
    void handle_tcp(FlowNode*& node, const FlowKey& key, const FlowPorts& ports,
                    bool source_is_low) noexcept;
    void handle_datagram(Flow& flow, Direction direction) noexcept;
    void count_packet(Flow& flow, Direction direction) noexcept;
    void keep_packet(Flow& flow) noexcept;
    void shed_beyond_depth(Flow& flow, std::uint64_t seen_bytes) noexcept;
    void report_long_flow(Flow& flow) noexcept;
    void end_flow(FlowNode& node, FlowEndReason cause, Timestamp time) noexcept;
    void end_all(FlowEndReason cause) noexcept;
    [[nodiscard]] bool may_send(std::size_t window) noexcept;
    void emit_decode_anomaly() noexcept;
    void measure_memory() noexcept;

    const Limits limits_;
    FlowObserverFactory& factory_;
    EventSink& events_;
    Counters counters_;
    FlowTable table_;
    FragmentTable fragments_;
    ChecksumGuard checksums_;
    PacketRing ring_;
    Timestamp now_{-1};
    std::uint64_t last_flow_id_ = 0;
    std::uint64_t shed_depth_bytes_ = 0;  ///< 0: nothing is shed
    Event event_;
    std::array<RateWindow, packet::problem_kind_count + 1> anomaly_windows_{};

    DecodedPacket packet_;
    // the flow at work, for the ConnectionListener functions
    Flow* current_ = nullptr;
    const Flow* told_ = nullptr;                 ///< whose events come; see earlier_packets()
    const RawPacket* current_packet_ = nullptr;  ///< null when time ends the flow
    Timestamp current_time_;
};

// --- time ------------------------------------------------------------------------------------

void FlowRoom::Impl::advance_clock(Timestamp now) noexcept {
    if (now_ - now > limits_.timeouts.clock_step_back) {
        ++counters_.clock_steps_back;
        end_all(FlowEndReason::timeout);
        fragments_.clear();
        now_ = now;
        return;
    }
    if (now <= now_) return;
    now_ = now;
    while (FlowNode* node = table_.expired(now_))
        end_flow(*node, FlowEndReason::timeout, table_.deadline(*node));
    fragments_.expire(now_);
}

void FlowRoom::Impl::on_time(Timestamp now) noexcept {
    if (sane(now) > now_) advance_clock(sane(now));
    measure_memory();
}

void FlowRoom::Impl::finish() noexcept {
    end_all(FlowEndReason::shutdown);
    fragments_.clear();
    measure_memory();
}

void FlowRoom::Impl::end_all(FlowEndReason cause) noexcept {
    while (FlowNode* node = table_.next_to_expire()) end_flow(*node, cause, now_);
}

// --- packets -----------------------------------------------------------------------------------

void FlowRoom::Impl::on_packet(const RawPacket& raw) noexcept {
    ++counters_.packets;
    counters_.bytes += raw.wire_length_bytes;
    advance_clock(sane(raw.time));
    packet::decode(raw, packet_);
    if (packet_.problem.kind != packet::ProblemKind::none) emit_decode_anomaly();
    if (count_outcome() &&
        (!limits_.check_checksums || accept(packet::ip_header_checksum(packet_)))) {
        if (packet_.fragment.present) {
            on_fragment();
        } else {
            follow();
        }
    }
    measure_memory();
}

/// Whether the packet is what its receiver takes; counts it when not.
bool FlowRoom::Impl::accept(const packet::Checksum& checksum) noexcept {
    switch (checksums_.judge(packet_.source, checksum)) {
        case ChecksumGuard::Verdict::right:
            return true;
        case ChecksumGuard::Verdict::doubted:
            ++counters_.checksums_doubted;
            return true;
        case ChecksumGuard::Verdict::gives_up:
            packet_.problem = {packet::ProblemKind::checksum_offload, checksum.layer,
                               ChecksumGuard::offload_packets, ChecksumGuard::offload_packets};
            ++counters_.checksums_doubted;
            emit_decode_anomaly();
            return true;
        case ChecksumGuard::Verdict::wrong:
            break;
    }
    packet_.problem = {packet::ProblemKind::bad_checksum, checksum.layer, checksum.observed,
                       checksum.expected};
    ++counters_.packets_bad_checksum;
    emit_decode_anomaly();
    return false;
}

/// Counts the packet unless it goes on; true when it does.
bool FlowRoom::Impl::count_outcome() noexcept {
    switch (packet_.outcome) {
        case packet::Outcome::ok:
            return true;
        case packet::Outcome::not_ip:
            ++counters_.packets_not_ip;
            break;
        case packet::Outcome::unsupported:
            ++counters_.packets_unsupported;
            break;
        case packet::Outcome::malformed:
            ++counters_.packets_malformed;
            break;
        case packet::Outcome::truncated:
            ++counters_.packets_truncated;
            break;
        case packet::Outcome::limit:
            ++counters_.packets_limit;
            break;
    }
    return false;
}

void FlowRoom::Impl::on_fragment() noexcept {
    const FragmentTable::Result result = fragments_.add(packet_, now_);
    if (result.has_anomaly) {
        ++counters_.anomalies;
        if (may_send(fragment_window)) {
            write_fragment_anomaly(event_, packet_, result.anomaly);
            events_.on_event(event_);
        }
    }
    if (result.outcome != FragmentTable::Outcome::complete) {
        ++counters_.packets_fragments;
        return;
    }
    packet_.problem = {};
    packet::decode_reassembled(result.protocol, result.payload, packet_);
    if (packet_.problem.kind != packet::ProblemKind::none) emit_decode_anomaly();
    if (!count_outcome()) return;
    if (packet_.fragment.present) {  // a fragment within the datagram: nobody sends that honestly
        ++counters_.packets_fragments;
        return;
    }
    follow();
}

void FlowRoom::Impl::follow() noexcept {
    if (limits_.check_checksums && !accept(packet::transport_checksum(packet_))) return;
    ++counters_.packets_in_flows;
    current_packet_ = packet_.raw;
    current_time_ = sane(packet_.raw->time);
    const FlowPorts ports = flow_ports(packet_);
    bool source_is_low = true;
    const FlowKey key = make_flow_key(packet_, ports, source_is_low);
    FlowNode* node = table_.find(key);
    if (node == nullptr) node = &start_flow(key, ports, source_is_low);
    if (packet_.transport == Transport::tcp) {
        handle_tcp(node, key, ports, source_is_low);
    } else {
        const Direction direction = source_is_low == node->value.client_is_low
                                        ? Direction::to_server
                                        : Direction::to_client;
        count_packet(node->value, direction);
        if (packet_.transport == Transport::udp) node->value.history.on_udp(direction);
        handle_datagram(node->value, direction);
    }
    table_.touch(*node, kind_of(packet_, node->value.tcp), now_);
    keep_packet(node->value);
    current_packet_ = nullptr;
    report_long_flow(node->value);
    told_ = nullptr;
}

FlowNode& FlowRoom::Impl::start_flow(const FlowKey& key, const FlowPorts& ports,
                                     bool source_is_low) noexcept {
    while (table_.full()) end_flow(*table_.next_to_expire(), FlowEndReason::evicted, now_);
    FlowNode& node = table_.insert(key, kind_of(packet_, TcpConnection{}), now_);
    Flow& flow = node.value;
    const bool from_client = source_is_client(packet_, ports);
    flow.client_is_low = from_client == source_is_low;
    flow.info.id = ++last_flow_id_;
    flow.info.client = from_client ? packet_.source : packet_.destination;
    flow.info.server = from_client ? packet_.destination : packet_.source;
    flow.info.client_port = from_client ? ports.source : ports.destination;
    flow.info.server_port = from_client ? ports.destination : ports.source;
    flow.info.ip_protocol = packet_.ip_protocol;
    flow.info.vlan_ids[0] = packet_.vlan_ids[0];
    flow.info.vlan_ids[1] = packet_.vlan_ids[1];
    flow.info.first_seen = current_time_;
    flow.last_seen = current_time_;
    flow.reported = now_;
    if (!from_client &&
        (packet_.transport == Transport::tcp || packet_.transport == Transport::udp))
        flow.history.on_guessed_direction();
    if (limits_.reassembly.size() != 0)
        flow.tcp.set_policies(limits_.reassembly.of(flow.info.server),
                              limits_.reassembly.of(flow.info.client));
    flow.observer = factory_.on_flow_start(flow.info);
    flow.observer_done = flow.observer == nullptr;
    if (flow.observer_done) flow.tcp.ignore(counters_);
    ++counters_.flows;
    return node;
}

void FlowRoom::Impl::keep_packet(Flow& flow) noexcept {
    constexpr unsigned telling =
        packet::tcp_flag::syn | packet::tcp_flag::fin | packet::tcp_flag::rst;
    const bool bare = packet_.transport == Transport::tcp && packet_.payload.empty() &&
                      (packet_.tcp.flags & telling) == 0;
    if (flow.observer_done || bare) return;
    const bool is_long =
        flow.counters[0].bytes + flow.counters[1].bytes > limits_.packet_ring_depth_bytes;
    flow.newest_kept = ring_.add(*packet_.raw, flow.newest_kept,
                                 is_long ? PacketRing::brief_bytes : PacketRing::max_kept_bytes);
}

void FlowRoom::Impl::count_packet(Flow& flow, Direction direction) noexcept {
    FlowCounters& counters = flow.counters[static_cast<std::size_t>(direction)];
    ++counters.packets;
    counters.bytes += packet_.ip_bytes;
    counters.tcp_flags |= packet_.tcp.flags;
    flow.last_seen = std::max(flow.last_seen, current_time_);
}

void FlowRoom::Impl::handle_tcp(FlowNode*& node, const FlowKey& key, const FlowPorts& ports,
                                bool source_is_low) noexcept {
    const std::uint64_t retransmitted = counters_.retransmitted_segments;
    Direction direction = Direction::to_server;
    for (int attempt = 0; attempt < 2; ++attempt) {
        Flow& flow = node->value;
        direction =
            source_is_low == flow.client_is_low ? Direction::to_server : Direction::to_client;
        current_ = &flow;
        told_ = &flow;
        const bool done_before = flow.observer_done;
        const SegmentVerdict verdict =
            flow.tcp.on_segment(packet_, direction, limits_, counters_, *this);
        current_ = nullptr;
        if (flow.observer_done && !done_before) flow.tcp.ignore(counters_);
        if (verdict == SegmentVerdict::taken) break;
        end_flow(*node, FlowEndReason::closed, current_time_);
        node = &start_flow(key, ports, source_is_low);
    }
    Flow& flow = node->value;
    count_packet(flow, direction);
    flow.history.on_tcp(packet_.tcp, packet_.payload_wire_bytes, direction, current_time_);
    if (counters_.retransmitted_segments == retransmitted) return;
    ++flow.counters[static_cast<std::size_t>(direction)].retransmitted_segments;
    flow.history.on_retransmission(direction);
}

/// Told by the packet after the interval: a flow without packets has nothing new to tell.
void FlowRoom::Impl::report_long_flow(Flow& flow) noexcept {
    if (limits_.interim.ns <= 0 || now_ - flow.reported < limits_.interim) return;
    flow.reported = now_;
    ++counters_.flows_interim;
    write_interim_event(event_, flow, current_time_);
    events_.on_event(event_);
}

void FlowRoom::Impl::handle_datagram(Flow& flow, Direction direction) noexcept {
    const bool carries = packet_.transport == Transport::udp ||
                         packet_.transport == Transport::icmp_v4 ||
                         packet_.transport == Transport::icmp_v6;
    if (!carries || flow.observer_done || packet_.payload.empty()) return;
    told_ = &flow;
    flow.observer->on_datagram({flow.info, direction, packet_.payload, packet_.payload_truncated,
                                current_time_, current_packet_});
    flow.observer_done = flow.observer->done();
    shed_beyond_depth(flow, flow.counters[static_cast<std::size_t>(direction)].bytes);
}

void FlowRoom::Impl::shed_beyond_depth(Flow& flow, std::uint64_t seen_bytes) noexcept {
    if (shed_depth_bytes_ == 0 || flow.observer_done || seen_bytes < shed_depth_bytes_) return;
    flow.observer_done = true;
    ++counters_.flows_shed;
}

// --- what a connection tells ---------------------------------------------------------------------

void FlowRoom::Impl::on_stream_bytes(Direction direction, ByteView bytes, std::uint64_t offset,
                                     std::uint64_t gap_bytes, bool midstream) noexcept {
    current_->counters[static_cast<std::size_t>(direction)].gap_bytes += gap_bytes;
    if (gap_bytes != 0) current_->history.on_gap(direction);
    if (current_->observer_done) return;
    current_->observer->on_chunk({current_->info, direction, bytes, offset, gap_bytes, midstream,
                                  current_time_, current_packet_});
    current_->observer_done = current_->observer->done();
    shed_beyond_depth(*current_, offset + bytes.size());
}

void FlowRoom::Impl::on_stream_end(Direction direction) noexcept {
    const std::uint64_t lost = current_->tcp.untold_gap_bytes(direction);
    current_->counters[static_cast<std::size_t>(direction)].gap_bytes += lost;
    if (lost != 0) current_->history.on_gap(direction);
    if (current_->observer != nullptr)
        current_->observer->on_direction_end(current_->info, direction, current_time_);
}

void FlowRoom::Impl::on_stream_anomaly(const StreamAnomaly& anomaly, Direction direction) noexcept {
    ++counters_.anomalies;
    if (++current_->anomalies > limits_.max_anomalies_per_flow) {
        ++counters_.anomalies_suppressed;
        return;
    }
    write_stream_anomaly(event_, *current_, direction, anomaly, current_time_);
    if (current_packet_ != nullptr) event_.set_origin(origin_of(*current_packet_));
    events_.on_event(event_);
}

// --- the end of flows, events
// ----------------------------------------------------------------------

void FlowRoom::Impl::end_flow(FlowNode& node, FlowEndReason cause, Timestamp time) noexcept {
    Flow& flow = node.value;
    const FlowEndReason reason = final_reason(flow, cause);
    Flow* const before = current_;
    const Flow* const told_before = told_;
    const RawPacket* const packet_before = current_packet_;
    const Timestamp time_before = current_time_;
    current_ = &flow;
    told_ = &flow;
    current_packet_ = nullptr;
    current_time_ = time;
    flow.tcp.finish(limits_, counters_, *this);
    flow.tcp.ignore(counters_);
    if (flow.observer != nullptr) flow.observer->on_end(flow.info, time);
    write_flow_event(event_, flow, reason, time);
    events_.on_event(event_);
    current_ = before;
    told_ = told_before == &flow ? nullptr : told_before;
    current_packet_ = packet_before;
    current_time_ = time_before;

    ++counters_.flows_ended;
    counters_.flows_timeout += reason == FlowEndReason::timeout ? 1U : 0U;
    counters_.flows_closed += reason == FlowEndReason::closed ? 1U : 0U;
    counters_.flows_reset += reason == FlowEndReason::reset ? 1U : 0U;
    counters_.flows_shutdown += reason == FlowEndReason::shutdown ? 1U : 0U;
    counters_.flows_evicted += reason == FlowEndReason::evicted ? 1U : 0U;
    counters_.flows_midstream += flow.tcp.midstream() ? 1U : 0U;
    table_.erase(node);
}

bool FlowRoom::Impl::may_send(std::size_t window) noexcept {
    RateWindow& rate = anomaly_windows_[window];
    const std::int64_t second = now_.ns / Duration::seconds(1).ns;
    if (rate.second != second) rate = {second, 0};
    if (++rate.sent <= limits_.max_decode_anomalies_per_second) return true;
    ++counters_.anomalies_suppressed;
    return false;
}

void FlowRoom::Impl::emit_decode_anomaly() noexcept {
    ++counters_.anomalies;
    if (!may_send(static_cast<std::size_t>(packet_.problem.kind))) return;
    write_decode_anomaly(event_, packet_);
    events_.on_event(event_);
}

void FlowRoom::Impl::measure_memory() noexcept {
    counters_.active_flows = table_.size();
    counters_.memory_bytes =
        table_.memory_bytes() + counters_.buffered_bytes + counters_.fragment_bytes;
    counters_.peak_memory_bytes = std::max(counters_.peak_memory_bytes, counters_.memory_bytes);
}

// --- the room's face
// -------------------------------------------------------------------------------

FlowRoom::FlowRoom(const Limits& limits, std::uint64_t hash_seed, FlowObserverFactory& factory,
                   EventSink& events)
    : impl_(std::make_unique<Impl>(limits, hash_seed, factory, events)) {}

FlowRoom::~FlowRoom() = default;

void FlowRoom::on_packet(const RawPacket& packet) noexcept {
    impl_->on_packet(packet);
}

void FlowRoom::on_time(Timestamp now) noexcept {
    impl_->on_time(now);
}

void FlowRoom::finish() noexcept {
    impl_->finish();
}

void FlowRoom::set_shed_depth(std::uint64_t depth_bytes) noexcept {
    impl_->set_shed_depth(depth_bytes);
}

void FlowRoom::earlier_packets(const std::function<bool(const RawPacket&)>& take) const {
    impl_->earlier_packets(take);
}

const Counters& FlowRoom::counters() const noexcept {
    return impl_->counters();
}

}  // namespace persandian::flow
