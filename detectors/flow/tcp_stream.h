// SPDX-License-Identifier: Apache-2.0
//
// TcpStream: one direction of a TCP connection, from segments to bytes in order.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "detectors/base/bytes.h"
#include "detectors/flow/counters.h"
#include "detectors/flow/limits.h"
#include "detectors/flow/piece_list.h"

namespace persandian::flow {

/// Where a stream's bytes go.
class StreamSink {
  public:
    virtual ~StreamSink() = default;
    /// In order, each byte once. `offset` counts from the first byte of the stream, `gap_bytes`
    /// were lost immediately before. `bytes` valid until it returns.
    virtual void on_bytes(ByteView bytes, std::uint64_t offset,
                          std::uint64_t gap_bytes) noexcept = 0;
};

/// What all streams of a room share.
struct StreamEnvironment {
    const Limits& limits;
    Counters& counters;  ///< buffered_bytes is held against limits.max_total_buffered_bytes
    StreamSink& sink;
};

/// What a segment turned out to be, for counters and anomalies.
struct SegmentReport {
    bool retransmission = false;  ///< nothing new in it
    bool out_of_order = false;    ///< buffered
    bool conflict = false;        ///< differs from bytes that came before
    bool out_of_window = false;   ///< too far ahead to be believed
    bool new_bytes = false;       ///< something in it was not known yet
    bool keep_alive = false;      ///< the last acknowledged byte again (RFC 9293 section 3.8.4)
    std::uint64_t ahead_bytes = 0;
    std::uint64_t beyond_window_bytes = 0;  ///< from the receiver's window to its first byte
};

/// Reassembles one direction (RFC 9293 section 3.10.7.4, seen from outside).
///
/// Bytes that come next are delivered at once, without copy and without waiting for their
/// acknowledgement. Bytes behind a hole wait, at most max_buffered_bytes in max_buffered_segments
/// pieces; the hole is given up (delivered as gap) when the receiver has acknowledged it and
/// acknowledged_hole_packets went by, when the buffer is full, and at the end. Overlap: what was
/// delivered stays, as with every receiver; which copy of waiting bytes counts is up to the policy.
/// A differing copy is found as long as the first one waits; of delivered
/// segments, for the last few, by a hash of their first bytes. Sequence numbers may wrap; offsets
/// do not (64 bit). Data on a SYN wait until it is clear that the receiver took them.
class TcpStream {
  public:
    /// Of the receiver of this direction.
    void set_policy(ReassemblyPolicy policy) noexcept { policy_ = policy; }
    [[nodiscard]] bool started() const noexcept { return started_; }
    /// Whether bytes before the first delivered one were not captured.
    [[nodiscard]] bool midstream() const noexcept { return midstream_; }
    /// `sequence` is the number of the first payload byte (the one after SYN).
    void start(std::uint32_t sequence, bool midstream) noexcept;
    /// A SYN came late: if it belongs to this stream, the start is known after all.
    [[nodiscard]] bool begins_at(std::uint32_t sequence) const noexcept {
        return started_ && first_sequence_ == sequence;
    }
    void set_beginning_seen() noexcept { midstream_ = false; }
    [[nodiscard]] bool has_bytes() const noexcept { return next_offset_ != 0 || !waiting_.empty(); }
    [[nodiscard]] std::uint32_t next_sequence() const noexcept { return next_sequence_; }
    /// Bytes of `sequence` beyond the next expected one, negative for old ones.
    [[nodiscard]] std::int64_t distance(std::uint32_t sequence) const noexcept {
        return static_cast<std::int32_t>(sequence - next_sequence_);
    }

    /// Payload of one segment. `wire_bytes` >= bytes.size() when the capture cut it.
    SegmentReport add(std::uint32_t sequence, ByteView bytes, std::uint32_t wire_bytes,
                      const StreamEnvironment& environment) noexcept;
    /// Payload of a SYN. Most receivers drop it, unless both know TCP Fast Open (RFC 7413): held
    /// until acknowledged, or the sender goes on behind it; replaced when the sender repeats it.
    SegmentReport hold_syn_data(ByteView bytes, const StreamEnvironment& environment) noexcept;
    /// FIN with this sequence number (the one after the last byte). Until it is acknowledged a
    /// later FIN corrects it.
    void set_fin(std::uint32_t sequence, const Limits& limits) noexcept;
    /// The other side has everything before `sequence` and takes `window_bytes` more (0: not
    /// known). More than up to a FIN: the FIN was forged.
    void acknowledge(std::uint32_t sequence, std::uint32_t window_bytes,
                     const StreamEnvironment& environment) noexcept;
    /// A packet of the flow went by: gives up a hole that was acknowledged long enough ago.
    void on_packet(const StreamEnvironment& environment) noexcept;
    /// Delivers what waits, with gaps.
    void flush(const StreamEnvironment& environment) noexcept;
    /// Nobody listens: drops what waits, from now on only counts. Not to be called by the sink.
    void ignore(Counters& counters) noexcept;

    /// Whether a RST with `sequence` is one that the receiver obeys (RFC 5961 section 3.2): exactly
    /// the next byte that we, or it, expect.
    [[nodiscard]] bool reset_is_exact(std::uint32_t sequence) const noexcept;
    /// Bytes of a RST outside everything that its receiver could expect; 0 when inside.
    [[nodiscard]] std::uint64_t reset_outside_bytes(std::uint32_t sequence,
                                                    const Limits& limits) const noexcept;
    /// Lost bytes behind which nothing came that could have told of them.
    [[nodiscard]] std::uint64_t untold_gap_bytes() const noexcept { return pending_gap_; }
    [[nodiscard]] bool fin_seen() const noexcept { return fin_seen_; }
    /// FIN acknowledged and every byte before it delivered or given up.
    [[nodiscard]] bool finished() const noexcept {
        return fin_acknowledged() && next_offset_ >= fin_offset_;
    }
    [[nodiscard]] bool fin_acknowledged() const noexcept {
        return fin_seen_ && acknowledged_ == fin_offset_ + 1;
    }

  private:
    [[nodiscard]] bool has_room(std::size_t size, const StreamEnvironment& env) const noexcept;
    [[nodiscard]] bool far_segment_believed(std::uint32_t sequence,
                                            std::uint32_t wire_bytes) noexcept;
    void skip_to(std::uint64_t offset, const StreamEnvironment& env) noexcept;
    void deliver(ByteView bytes, const StreamEnvironment& env) noexcept;
    bool deliver_in_order(ByteView bytes, const StreamEnvironment& env) noexcept;
    bool deliver_by_policy(ByteView bytes, const StreamEnvironment& env) noexcept;
    void drain(const StreamEnvironment& env) noexcept;
    void jump_to(std::uint64_t offset, Counters& counters) noexcept;
    void give_up_hole(const StreamEnvironment& env) noexcept;
    void buffer(std::uint64_t offset, ByteView bytes, const StreamEnvironment& env,
                SegmentReport& report) noexcept;
    [[nodiscard]] bool hole_acknowledged() const noexcept;
    bool settle_syn_data(std::int64_t ahead, ByteView bytes, const StreamEnvironment& env) noexcept;
    void check_window(std::int64_t ahead, std::uint32_t wire_bytes,
                      SegmentReport& report) const noexcept;
    void remember(std::uint64_t offset, ByteView bytes) noexcept;
    [[nodiscard]] bool contradicts_delivered(std::int64_t ahead, ByteView bytes) const noexcept;

    /// A delivered segment, to recognise a copy that differs.
    struct Mark {
        std::uint64_t offset = 0;
        std::uint32_t size_bytes = 0;  ///< 0: unused
        std::uint32_t hash = 0;        ///< of its first marked_bytes
    };
    static constexpr std::size_t marked_bytes = 128;

    PieceList waiting_;
    std::array<Mark, 4> marks_;
    std::uint64_t next_offset_ = 0;   ///< of the next byte to deliver
    std::uint64_t acknowledged_ = 0;  ///< offset up to which the other side has everything
    std::uint64_t window_end_ = 0;    ///< highest offset ever offered by the receiver; 0: unknown
    std::uint64_t fin_offset_ = 0;
    std::uint64_t pending_gap_ = 0;     ///< to be told with the next bytes
    std::uint32_t next_sequence_ = 0;   ///< of next_offset_
    std::uint32_t first_sequence_ = 0;  ///< of offset 0
    std::uint32_t far_sequence_ = 0;    ///< end of the last segment that was not believed
    std::uint32_t hole_packets_ = 0;    ///< packets since the hole was acknowledged
    std::uint8_t next_mark_ = 0;
    ReassemblyPolicy policy_ = ReassemblyPolicy::first;
    bool started_ = false;
    bool midstream_ = false;
    bool fin_seen_ = false;
    bool far_seen_ = false;
    bool ignoring_ = false;
    bool holds_syn_data_ = false;  ///< as the first of waiting_, at offset 0
};

}  // namespace persandian::flow
