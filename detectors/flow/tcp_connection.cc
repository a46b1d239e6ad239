// SPDX-License-Identifier: Apache-2.0
#include "detectors/flow/tcp_connection.h"

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
    TcpStream& own = stream(direction);
    TcpStream& peer = stream(opposite(direction));
    if (own.begins_at(tcp.sequence + 1)) {
        own.set_beginning_seen();
    } else if (has_pending_syn_ && direction == Direction::to_server) {
        return;  // nobody has confirmed it yet
    } else if (!own.has_bytes() && !own.fin_seen() &&
               !(own.started() && tcp.has(ack) && !own.midstream())) {
        own.start(tcp.sequence + 1, false);
    } else if (tcp.has(ack) && direction == Direction::to_client && !own.has_bytes() &&
               !own.fin_seen()) {
        other_start_ = tcp.sequence + 1;
        has_other_start_ = true;
    }
    if (tcp.has(ack) && !peer.started()) peer.start(tcp.acknowledgement, false);
    if (!own.midstream() && !peer.midstream()) midstream_ = false;  // it was only out of order
    if (state_ == TcpState::none || state_ == TcpState::reset || state_ == TcpState::syn_sent)
        state_ = tcp.has(ack) ? TcpState::syn_received : TcpState::syn_sent;
}

/// Of several SYN-ACKs the one counts that the client answers (a server that began anew).
void TcpConnection::settle_start(const packet::TcpHeader& tcp, TcpStream& peer) noexcept {
    if (!has_other_start_ || tcp.has(syn)) return;
    has_other_start_ = false;
    if (tcp.acknowledgement == other_start_ && !peer.has_bytes()) peer.start(other_start_, false);
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
    const SegmentReport report = own.add(sequence, packet.payload, packet.payload_wire_bytes, env);
    env.counters.retransmitted_segments += report.retransmission ? 1U : 0U;
    env.counters.out_of_order_segments += report.out_of_order ? 1U : 0U;
    if (report.conflict) {
        ++env.counters.overlap_conflicts;
        listener.on_stream_anomaly({StreamAnomalyKind::overlap_conflict, packet.payload_wire_bytes},
                                   direction);
    }
    if (report.out_of_window) {
        ++env.counters.segments_out_of_window;
        listener.on_stream_anomaly({StreamAnomalyKind::segment_out_of_window, report.ahead_bytes,
                                    env.limits.max_ahead_bytes},
                                   direction);
    }
    if (report.new_bytes && state_ == TcpState::reset && direction == reset_direction_) {
        listener.on_stream_anomaly({StreamAnomalyKind::data_after_reset, packet.payload_wire_bytes},
                                   direction);
        state_ = TcpState::established;
    }
    if (report.new_bytes && state_ < TcpState::established) state_ = TcpState::established;
}

void TcpConnection::on_reset(const packet::TcpHeader& tcp, Direction direction,
                             const Limits& limits) noexcept {
    const TcpStream& own = stream(direction);
    if (own.started()) {
        const std::int64_t ahead = own.distance(tcp.sequence);
        const auto window = static_cast<std::int64_t>(limits.max_ahead_bytes);
        if (ahead > window || ahead < -window) return;
    }
    if (state_ == TcpState::closed) return;
    state_ = TcpState::reset;
    reset_direction_ = direction;
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
    const packet::TcpHeader& tcp = packet.tcp;
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
    if (tcp.has(ack) && !tcp.has(rst)) {
        // the client's first answer tells where the server's bytes begin, if the SYN-ACK was missed
        if (!peer.started() && state_ == TcpState::syn_sent) peer.start(tcp.acknowledgement, false);
        if (direction == Direction::to_server) settle_start(tcp, peer);
        if (peer.started()) peer.acknowledge(tcp.acknowledgement, limits);
        if (state_ == TcpState::syn_received && !tcp.has(syn)) state_ = TcpState::established;
        if (state_ == TcpState::none && !one_sided()) state_ = TcpState::established;
    }
    if (own.started() && packet.payload_wire_bytes > 0 && !tcp.has(rst))
        on_payload(packet, direction, own_env, listener);
    if (tcp.has(fin) && own.started() && !own.finished())
        own.set_fin(tcp.sequence + (tcp.has(syn) ? 1U : 0U) + packet.payload_wire_bytes, limits);
    if (tcp.has(rst)) on_reset(tcp, direction, limits);
    own.on_packet(own_env);
    peer.on_packet(peer_env);
    update_state();
    end_finished(counters, listener);
    return SegmentVerdict::taken;
}

void TcpConnection::finish(const Limits& limits, Counters& counters,
                           ConnectionListener& listener) noexcept {
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
