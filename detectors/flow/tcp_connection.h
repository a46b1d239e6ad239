// SPDX-License-Identifier: Apache-2.0
//
// TcpConnection: both directions of a TCP connection, its state, and when it is really over.
#pragma once

#include <array>
#include <cstdint>

#include "detectors/flow/flow.h"
#include "detectors/flow/flow_anomaly.h"
#include "detectors/flow/tcp_stream.h"
#include "detectors/packet/decoded_packet.h"

namespace persandian::flow {

enum class TcpState : std::uint8_t {
    none,  ///< no packet that belongs to a connection yet
    syn_sent,
    syn_received,
    established,
    fin_wait,  ///< one side has sent FIN
    closing,   ///< both have
    closed,    ///< both FIN acknowledged
    reset,
};

/// What a connection tells the room while it handles a segment.
class ConnectionListener {
  public:
    virtual ~ConnectionListener() = default;
    virtual void on_stream_bytes(Direction direction, ByteView bytes, std::uint64_t offset,
                                 std::uint64_t gap_bytes, bool midstream) noexcept = 0;
    virtual void on_stream_end(Direction direction) noexcept = 0;
    virtual void on_stream_anomaly(const StreamAnomaly& anomaly, Direction direction) noexcept = 0;
};

/// What on_segment answers.
enum class SegmentVerdict : std::uint8_t {
    taken,
    new_connection,  ///< belongs to a new connection of the same addresses and ports: end this one,
                     ///< make another and give it the segment again
};

/// Follows one connection. FIN counts when it is acknowledged and RST never stops reassembly: a
/// forged one that the receiver ignores must not blind us (decision 0004).
class TcpConnection {
  public:
    [[nodiscard]] SegmentVerdict on_segment(const packet::DecodedPacket& packet,
                                            Direction direction, const Limits& limits,
                                            Counters& counters,
                                            ConnectionListener& listener) noexcept;
    /// The connection is over: delivers what waits and ends both directions.
    void finish(const Limits& limits, Counters& counters, ConnectionListener& listener) noexcept;
    /// Nobody listens any more.
    void ignore(Counters& counters) noexcept;

    void set_policies(ReassemblyPolicy server, ReassemblyPolicy client) noexcept {
        streams_[0].set_policy(server);
        streams_[1].set_policy(client);
    }
    [[nodiscard]] TcpState state() const noexcept { return state_; }
    /// Whether the handshake was not captured.
    [[nodiscard]] bool midstream() const noexcept { return midstream_; }
    /// A RST came that the receiver may have ignored, and nothing new since.
    [[nodiscard]] bool perhaps_reset() const noexcept { return perhaps_reset_; }
    [[nodiscard]] std::uint64_t untold_gap_bytes(Direction direction) const noexcept {
        return streams_[static_cast<std::size_t>(direction)].untold_gap_bytes();
    }
    /// Whether only one side was ever seen.
    [[nodiscard]] bool one_sided() const noexcept { return !seen_[0] || !seen_[1]; }

  private:
    static constexpr std::uint8_t no_syn_seen = 0xff, no_scaling = 0xfe;

    [[nodiscard]] TcpStream& stream(Direction direction) noexcept {
        return streams_[static_cast<std::size_t>(direction)];
    }
    [[nodiscard]] bool is_new_connection(const packet::TcpHeader& tcp,
                                         Direction direction) noexcept;
    void on_syn(const packet::TcpHeader& tcp, Direction direction) noexcept;
    void on_acknowledgement(const packet::TcpHeader& tcp, Direction direction,
                            const StreamEnvironment& peer_env) noexcept;
    [[nodiscard]] std::uint32_t window_bytes(const packet::TcpHeader& tcp,
                                             Direction direction) const noexcept;
    void report_segment(const SegmentReport& report, std::uint32_t wire_bytes, Direction direction,
                        const StreamEnvironment& env, ConnectionListener& listener) noexcept;
    void on_payload(const packet::DecodedPacket& packet, Direction direction,
                    const StreamEnvironment& env, ConnectionListener& listener) noexcept;
    void on_reset(const packet::TcpHeader& tcp, Direction direction, const StreamEnvironment& env,
                  ConnectionListener& listener) noexcept;
    void settle_starts(const packet::TcpHeader& tcp, Direction direction) noexcept;
    void prefer_other_start(Direction direction, std::uint32_t first_sequence) noexcept;
    void pick_up(const packet::TcpHeader& tcp, Direction direction) noexcept;
    void update_state() noexcept;
    void end_finished(Counters& counters, ConnectionListener& listener) noexcept;

    std::array<TcpStream, 2> streams_;
    std::array<bool, 2> seen_{};
    std::array<bool, 2> ended_{};
    std::uint32_t pending_syn_ = 0;  ///< sequence of a SYN that may begin a new connection
    /// After a second SYN or SYN-ACK with another number: the start that is not in use.
    std::array<std::uint32_t, 2> other_starts_{};
    std::array<bool, 2> has_other_start_{};
    /// RFC 7323: how far each side's window field is shifted.
    std::array<std::uint8_t, 2> window_shifts_{no_syn_seen, no_syn_seen};
    std::array<bool, 2> urgent_told_{};
    std::array<bool, 2> beyond_window_told_{};
    bool has_pending_syn_ = false;
    Direction reset_direction_ = Direction::to_server;
    TcpState state_ = TcpState::none;
    bool midstream_ = false;
    bool perhaps_reset_ = false;
};

}  // namespace persandian::flow
