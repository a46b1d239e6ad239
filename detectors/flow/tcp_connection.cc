// SPDX-License-Identifier: Apache-2.0
#include "detectors/flow/tcp_connection.h"

#include <utility>

namespace persandian::flow {
namespace {

using namespace packet::tcp_flag;

Direction opposite(Direction direction) noexcept {
    return direction == Direction::to_server ? Direction::to_client : Direction::to_server;
}

}  // namespace

/// Adds the direction to what a stream delivers.
class StreamRelay final : public StreamSink {
  public:
    StreamRelay(Direction direction, const TcpStream& stream, ConnectionListener& listener)
        : direction_(direction), stream_(stream), listener_(listener) {}
    void on_bytes(ByteView bytes, std::uint64_t offset, std::uint64_t gap_bytes) noexcept override {
        listener_.on_stream_bytes(direction_, bytes, offset, gap_bytes, stream_.midstream());
    }

  private:
    Direction direction_;
    const TcpStream& stream_;
    ConnectionListener& listener_;
};

/// A SYN on a live connection is only believed to begin a new one when its peer or its own data
/// confirms it; a forged SYN is answered by neither.
bool TcpConnection::is_new_connection(const packet::TcpHeader& tcp, Direction direction) noexcept {
    const bool over = state_ == TcpState::closed || state_ == TcpState::reset;
    const bool syn_flag = tcp.has(syn);
    TcpStream& own = stream(direction);
    if (syn_flag && !tcp.has(ack)) {
        if (own.begins_at(tcp.sequence + 1)) return false;  // a copy of ours
        if (over) return true;
        if (own.has_bytes() || stream(opposite(direction)).has_bytes() || midstream_) {
            has_pending_syn_ = true;
            pending_syn_ = tcp.sequence;
        }
        return false;
    }
    if (has_pending_syn_ && direction == Direction::to_client && syn_flag)
        return tcp.acknowledgement - pending_syn_ - 1 < 65'536;
    if (has_pending_syn_ && direction == Direction::to_server && !syn_flag)
        return tcp.sequence == pending_syn_ + 1 && tcp.sequence != own.next_sequence();
    // SYN-ACK of a connection whose SYN was not captured
    return syn_flag && (over || own.midstream()) && own.started() &&
           !own.begins_at(tcp.sequence + 1);
}

void TcpConnection::on_syn(const packet::TcpHeader& tcp, Direction direction) noexcept {
    const auto index = static_cast<std::size_t>(direction);
    TcpStream& own = stream(direction);
    TcpStream& peer = stream(opposite(direction));
    if (own.begins_at(tcp.sequence + 1)) {
        own.set_beginning_seen();
    } else if (has_pending_syn_ && direction == Direction::to_server) {
        return;  // nobody has confirmed it yet
    } else if (!own.has_bytes() && !own.fin_seen() &&
               !(own.started() && tcp.has(ack) && !own.midstream())) {
        if (own.started() && !own.midstream()) {  // the server decides which SYN it answers
            other_starts_[index] = own.next_sequence();
            has_other_start_[index] = true;
        }
        own.start(tcp.sequence + 1, false);
    } else if (tcp.has(ack) && direction == Direction::to_client && !own.has_bytes() &&
               !own.fin_seen()) {
        other_starts_[index] = tcp.sequence + 1;
        has_other_start_[index] = true;
    }
    window_shifts_[index] = tcp.has_window_scale ? tcp.window_scale : no_scaling;
    if (tcp.has(ack) && !peer.started()) peer.start(tcp.acknowledgement, false);
    if (tcp.has(ack)) prefer_other_start(opposite(direction), tcp.acknowledgement);
    if (!own.midstream() && !peer.midstream()) midstream_ = false;  // it was only out of order
    if (state_ == TcpState::none || state_ == TcpState::reset || state_ == TcpState::syn_sent)
        state_ = tcp.has(ack) ? TcpState::syn_received : TcpState::syn_sent;
}

/// Of several SYNs the one counts that the server answers, and in the end the one on which the
/// client goes on; of several SYN-ACKs the one that the client acknowledges.
void TcpConnection::settle_starts(const packet::TcpHeader& tcp, Direction direction) noexcept {
    if (tcp.has(syn) || tcp.has(rst)) return;
    prefer_other_start(direction, tcp.sequence);
    has_other_start_[static_cast<std::size_t>(direction)] = false;
    if (direction != Direction::to_server || !tcp.has(ack)) return;
    prefer_other_start(Direction::to_client, tcp.acknowledgement);
    has_other_start_[static_cast<std::size_t>(Direction::to_client)] = false;
}

void TcpConnection::prefer_other_start(Direction direction, std::uint32_t first_sequence) noexcept {
    const auto index = static_cast<std::size_t>(direction);
    TcpStream& own = streams_[index];
    if (!has_other_start_[index] || first_sequence != other_starts_[index] || own.has_bytes())
        return;
    other_starts_[index] = own.next_sequence();
    own.start(first_sequence, false);
}

/// What the sender of `tcp` says it takes; 0 when the scale is not known (RFC 7323 section 2.2).
std::uint32_t TcpConnection::window_bytes(const packet::TcpHeader& tcp,
                                          Direction direction) const noexcept {
    if (window_shifts_[0] == no_syn_seen || window_shifts_[1] == no_syn_seen) return 0;
    const bool scaled = window_shifts_[0] != no_scaling && window_shifts_[1] != no_scaling;
    const std::uint32_t shift =
        scaled && !tcp.has(syn) ? window_shifts_[static_cast<std::size_t>(direction)] : 0U;
    return std::uint32_t{tcp.window} << shift;
}

void TcpConnection::on_acknowledgement(const packet::TcpHeader& tcp, Direction direction,
                                       const StreamEnvironment& peer_env) noexcept {
    TcpStream& peer = stream(opposite(direction));
    // the client's first answer tells where the server's bytes begin, if the SYN-ACK was missed
    if (!peer.started() && state_ == TcpState::syn_sent) peer.start(tcp.acknowledgement, false);
    if (peer.started())
        peer.acknowledge(tcp.acknowledgement, window_bytes(tcp, direction), peer_env);
    if (state_ == TcpState::syn_received && !tcp.has(syn)) state_ = TcpState::established;
    if (state_ == TcpState::none && !one_sided()) state_ = TcpState::established;
}

/// The first packet of a direction is not a SYN.
void TcpConnection::pick_up(const packet::TcpHeader& tcp, Direction direction) noexcept {
    TcpStream& own = stream(direction);
    if (own.started() || tcp.has(rst)) return;
    own.start(tcp.sequence, true);
    if (state_ != TcpState::none) return;
    midstream_ = true;
}

void TcpConnection::on_payload(const packet::DecodedPacket& packet, Direction direction,
                               const StreamEnvironment& env,
                               ConnectionListener& listener) noexcept {
    TcpStream& own = stream(direction);
    const std::uint32_t sequence = packet.tcp.sequence + (packet.tcp.has(syn) ? 1U : 0U);
    const std::int64_t end = own.distance(sequence) + packet.payload_wire_bytes;
    if (own.finished()) {
        if (end > 0 && packet.payload_wire_bytes > 1)
            listener.on_stream_anomaly(
                {StreamAnomalyKind::data_after_fin, packet.payload_wire_bytes}, direction);
        return;
    }
    const bool on_syn_segment = packet.tcp.has(syn) && own.begins_at(sequence);
    const SegmentReport report =
        on_syn_segment && !packet.payload_truncated
            ? own.hold_syn_data(packet.payload, env)
            : own.add(sequence, packet.payload, packet.payload_wire_bytes, env);
    report_segment(report, packet.payload_wire_bytes, direction, env, listener);
    if (packet.tcp.has(urg) && packet.tcp.urgent_pointer != 0) {
        ++env.counters.urgent_segments;
        bool& told = urgent_told_[static_cast<std::size_t>(direction)];
        if (!std::exchange(told, true))
            listener.on_stream_anomaly({StreamAnomalyKind::urgent_data, packet.tcp.urgent_pointer},
                                       direction);
    }
    if (!report.new_bytes) return;
    const bool was_reset = state_ == TcpState::reset || perhaps_reset_;
    if (was_reset && direction == reset_direction_) {
        listener.on_stream_anomaly({StreamAnomalyKind::data_after_reset, packet.payload_wire_bytes},
                                   direction);
        if (state_ == TcpState::reset) state_ = TcpState::established;
    }
    perhaps_reset_ = false;
    if (state_ < TcpState::established && !on_syn_segment) state_ = TcpState::established;
}

void TcpConnection::report_segment(const SegmentReport& report, std::uint32_t wire_bytes,
                                   Direction direction, const StreamEnvironment& env,
                                   ConnectionListener& listener) noexcept {
    env.counters.retransmitted_segments += report.retransmission ? 1U : 0U;
    env.counters.out_of_order_segments += report.out_of_order ? 1U : 0U;
    env.counters.keep_alives += report.keep_alive ? 1U : 0U;
    if (report.conflict) {
        ++env.counters.overlap_conflicts;
        listener.on_stream_anomaly({StreamAnomalyKind::overlap_conflict, wire_bytes}, direction);
    }
    if (report.beyond_window_bytes != 0) {
        ++env.counters.segments_beyond_window;
        bool& told = beyond_window_told_[static_cast<std::size_t>(direction)];
        if (!std::exchange(told, true))
            listener.on_stream_anomaly(
                {StreamAnomalyKind::segment_beyond_window, report.beyond_window_bytes}, direction);
    }
    if (report.out_of_window) {
        ++env.counters.segments_out_of_window;
        listener.on_stream_anomaly({StreamAnomalyKind::segment_out_of_window, report.ahead_bytes,
                                    env.limits.max_ahead_bytes},
                                   direction);
    }
}

/// A receiver obeys a RST at exactly the number it expects (RFC 5961 section 3.2). What it expects
/// is known to us only as far as we saw everything: a RST at another number within reach ends the
/// flow when nothing more comes, but does not shorten its timeout.
void TcpConnection::on_reset(const packet::TcpHeader& tcp, Direction direction,
                             const StreamEnvironment& env, ConnectionListener& listener) noexcept {
    const TcpStream& own = stream(direction);
    if (own.started()) {
        const std::uint64_t outside = own.reset_outside_bytes(tcp.sequence, env.limits);
        env.counters.resets_doubted += own.reset_is_exact(tcp.sequence) ? 0U : 1U;
        if (outside != 0)
            return listener.on_stream_anomaly({StreamAnomalyKind::reset_out_of_window, outside},
                                              direction);
    }
    if (state_ == TcpState::closed) return;
    reset_direction_ = direction;
    if (own.started() && !own.reset_is_exact(tcp.sequence)) {
        perhaps_reset_ = true;
        return;
    }
    state_ = TcpState::reset;
}

void TcpConnection::update_state() noexcept {
    if (state_ == TcpState::reset) return;
    const TcpStream& one = streams_[0];
    const TcpStream& other = streams_[1];
    if (one.fin_acknowledged() && other.fin_acknowledged()) {
        state_ = TcpState::closed;
    } else if (one.fin_seen() && other.fin_seen()) {
        state_ = TcpState::closing;
    } else if (one.fin_seen() || other.fin_seen()) {
        state_ = TcpState::fin_wait;
    }
}

void TcpConnection::end_finished(Counters& counters, ConnectionListener& listener) noexcept {
    for (const Direction direction : {Direction::to_server, Direction::to_client}) {
        const auto index = static_cast<std::size_t>(direction);
        if (ended_[index] || !streams_[index].finished()) continue;
        ended_[index] = true;
        streams_[index].ignore(counters);  // what waits lies behind the FIN
        listener.on_stream_end(direction);
    }
}

SegmentVerdict TcpConnection::on_segment(const packet::DecodedPacket& packet, Direction direction,
                                         const Limits& limits, Counters& counters,
                                         ConnectionListener& listener) noexcept {
    packet::TcpHeader tcp = packet.tcp;
    // whoever gets both obeys the RST or drops the segment
    if (tcp.has(rst)) tcp.flags &= static_cast<std::uint8_t>(~syn);
    if (is_new_connection(tcp, direction)) return SegmentVerdict::new_connection;
    seen_[static_cast<std::size_t>(direction)] = true;
    TcpStream& own = stream(direction);
    TcpStream& peer = stream(opposite(direction));
    StreamRelay own_relay(direction, own, listener);
    StreamRelay peer_relay(opposite(direction), peer, listener);
    const StreamEnvironment own_env{limits, counters, own_relay};
    const StreamEnvironment peer_env{limits, counters, peer_relay};

    if (tcp.has(syn)) {
        on_syn(tcp, direction);
    } else {
        pick_up(tcp, direction);
    }
    settle_starts(tcp, direction);
    if (tcp.has(ack) && !tcp.has(rst)) on_acknowledgement(tcp, direction, peer_env);
    if (own.started() && packet.payload_wire_bytes > 0 && !tcp.has(rst))
        on_payload(packet, direction, own_env, listener);
    if (tcp.has(fin) && own.started() && !own.finished())
        own.set_fin(tcp.sequence + (tcp.has(syn) ? 1U : 0U) + packet.payload_wire_bytes, limits);
    if (tcp.has(rst)) on_reset(tcp, direction, own_env, listener);
    own.on_packet(own_env);
    peer.on_packet(peer_env);
    update_state();
    end_finished(counters, listener);
    return SegmentVerdict::taken;
}

void TcpConnection::finish(const Limits& limits, Counters& counters,
                           ConnectionListener& listener) noexcept {
    if (perhaps_reset_ && state_ != TcpState::closed) state_ = TcpState::reset;
    for (const Direction direction : {Direction::to_server, Direction::to_client}) {
        const auto index = static_cast<std::size_t>(direction);
        if (ended_[index]) continue;
        ended_[index] = true;
        StreamRelay relay(direction, streams_[index], listener);
        streams_[index].flush({limits, counters, relay});
        listener.on_stream_end(direction);
    }
}

void TcpConnection::ignore(Counters& counters) noexcept {
    for (TcpStream& stream : streams_) stream.ignore(counters);
}

}  // namespace persandian::flow
