// SPDX-License-Identifier: Apache-2.0
#include "detectors/flow/tcp_stream.h"

#include <algorithm>

#include <xxhash.h>

namespace persandian::flow {

void TcpStream::start(std::uint32_t sequence, bool midstream) noexcept {
    started_ = true;
    midstream_ = midstream;
    first_sequence_ = sequence;
    next_sequence_ = sequence;
    next_offset_ = 0;
    acknowledged_ = 0;
    window_end_ = 0;
    fin_seen_ = false;
    far_seen_ = false;
}

SegmentReport TcpStream::add(std::uint32_t sequence, ByteView bytes, std::uint32_t wire_bytes,
                             const StreamEnvironment& env) noexcept {
    SegmentReport report;
    if (wire_bytes == 0) return report;
    std::int64_t ahead = distance(sequence);
    if (holds_syn_data_) {
        report.conflict = settle_syn_data(ahead, bytes, env);
        ahead = distance(sequence);
    }
    const std::int64_t end = ahead + wire_bytes;
    if (ahead < 0 && !ignoring_)
        report.conflict = contradicts_delivered(ahead, bytes) || report.conflict;
    if (end <= 0) {
        report.keep_alive = ahead == -1 && acknowledged_ >= next_offset_;
        report.retransmission = !report.keep_alive;
        return report;
    }
    if (ahead > static_cast<std::int64_t>(env.limits.max_ahead_bytes) &&
        !far_segment_believed(sequence, wire_bytes)) {
        report.out_of_window = true;
        report.ahead_bytes = static_cast<std::uint64_t>(ahead);
        return report;
    }
    check_window(ahead, wire_bytes, report);
    report.new_bytes = true;
    if (ignoring_) {
        next_offset_ += static_cast<std::uint64_t>(end);
        next_sequence_ += static_cast<std::uint32_t>(end);
        return report;
    }
    if (ahead < 0) {  // the front is old
        const auto old = std::min<std::size_t>(static_cast<std::size_t>(-ahead), bytes.size());
        bytes = bytes.subspan(old);
        ahead = 0;
    }
    const std::uint64_t end_offset = next_offset_ + static_cast<std::uint64_t>(end);
    if (ahead > 0) {
        buffer(next_offset_ + static_cast<std::uint64_t>(ahead), bytes, env, report);
        return report;
    }
    const bool cut = bytes.size() < wire_bytes && next_offset_ + bytes.size() < end_offset;
    remember(next_offset_, bytes);
    report.conflict = deliver_in_order(bytes, env) || report.conflict;
    if (cut) skip_to(end_offset, env);
    return report;
}

/// The receiver drops what begins behind the window that it offered. When a sender goes on where it
/// was, an acknowledgement is more likely missing from the capture. A single byte may probe a
/// window of 0 (RFC 9293 section 3.8.6.1).
void TcpStream::check_window(std::int64_t ahead, std::uint32_t wire_bytes,
                             SegmentReport& report) const noexcept {
    if (window_end_ == 0 || wire_bytes <= 1 || ahead <= 0) return;
    const std::uint64_t offset = next_offset_ + static_cast<std::uint64_t>(ahead);
    if (offset >= window_end_) report.beyond_window_bytes = offset - window_end_ + 1;
}

SegmentReport TcpStream::hold_syn_data(ByteView bytes, const StreamEnvironment& env) noexcept {
    if (ignoring_ || next_offset_ != 0 || !has_room(bytes.size(), env))
        return add(first_sequence_, bytes, static_cast<std::uint32_t>(bytes.size()), env);
    SegmentReport report;
    const std::size_t cost = waiting_.cost_bytes();
    const PieceList::Inserted inserted = waiting_.insert(0, bytes);
    env.counters.buffered_bytes += waiting_.cost_bytes() - cost;
    holds_syn_data_ = true;
    report.conflict = inserted.conflict;
    report.retransmission = inserted.new_bytes == 0;
    report.new_bytes = inserted.new_bytes != 0;
    return report;
}

/// The segment at `ahead` shows what became of the data on SYN: behind them, they were taken;
/// within them, they are sent again. Answers whether that copy differs.
bool TcpStream::settle_syn_data(std::int64_t ahead, ByteView bytes,
                                const StreamEnvironment& env) noexcept {
    const PieceList::Piece& held = waiting_.pieces().front();
    if (ahead >= static_cast<std::int64_t>(held.size_bytes)) {
        drain(env);
        return false;
    }
    if (ahead < 0) {
        bytes = bytes.subspan(std::min(bytes.size(), static_cast<std::size_t>(-ahead)));
        ahead = 0;
    }
    if (bytes.empty()) return false;  // nothing of it is in the stream
    const bool conflict = differs(held, static_cast<std::uint64_t>(ahead), bytes);
    const std::size_t cost = waiting_.cost_bytes();
    waiting_.erase_front(1);
    env.counters.buffered_bytes -= cost - waiting_.cost_bytes();
    holds_syn_data_ = false;
    return conflict;
}

void TcpStream::remember(std::uint64_t offset, ByteView bytes) noexcept {
    const ByteView front = bytes.first(std::min(bytes.size(), marked_bytes));
    marks_[next_mark_] = {offset, static_cast<std::uint32_t>(bytes.size()),
                          static_cast<std::uint32_t>(XXH3_64bits(front.data(), front.size()))};
    next_mark_ = static_cast<std::uint8_t>((next_mark_ + 1U) % marks_.size());
}

/// Only a copy that begins where a remembered segment began can be compared, and only when both
/// reach as far as the hash does. One byte may be a keep-alive (RFC 9293 section 3.8.4).
bool TcpStream::contradicts_delivered(std::int64_t ahead, ByteView bytes) const noexcept {
    if (bytes.size() <= 1) return false;
    const std::uint64_t offset = next_offset_ - static_cast<std::uint64_t>(-ahead);
    const ByteView front = bytes.first(std::min(bytes.size(), marked_bytes));
    for (const Mark& mark : marks_) {
        if (mark.size_bytes == 0 || mark.offset != offset) continue;
        if (mark.size_bytes != bytes.size() &&
            std::min<std::size_t>(mark.size_bytes, bytes.size()) < marked_bytes)
            continue;
        if (mark.hash != static_cast<std::uint32_t>(XXH3_64bits(front.data(), front.size())))
            return true;
    }
    return false;
}

/// What the capture cut off will not come: a retransmission would be cut as well.
void TcpStream::skip_to(std::uint64_t offset, const StreamEnvironment& env) noexcept {
    while (next_offset_ < offset) {
        const bool waits = !waiting_.empty() && waiting_.pieces().front().offset < offset;
        jump_to(waits ? waiting_.pieces().front().offset : offset, env.counters);
        drain(env);
    }
}

/// A segment far ahead may be forged, or follow a long loss. The second one in a row is believed.
bool TcpStream::far_segment_believed(std::uint32_t sequence, std::uint32_t wire_bytes) noexcept {
    const bool follows = far_seen_ && sequence == far_sequence_;
    far_seen_ = true;
    far_sequence_ = sequence + wire_bytes;
    return follows;
}

void TcpStream::deliver(ByteView bytes, const StreamEnvironment& env) noexcept {
    if (bytes.empty()) return;
    const std::uint64_t offset = next_offset_;
    const std::uint64_t gap = pending_gap_;
    pending_gap_ = 0;
    next_offset_ += bytes.size();
    next_sequence_ += static_cast<std::uint32_t>(bytes.size());
    env.counters.stream_bytes += bytes.size();
    env.sink.on_bytes(bytes, offset, gap);
}

/// Delivers `bytes`, which start at next_offset_, and what waited right behind them. Answers
/// whether they contradict bytes that waited.
bool TcpStream::deliver_in_order(ByteView bytes, const StreamEnvironment& env) noexcept {
    bool conflict = false;
    if (policy_ != ReassemblyPolicy::first && !waiting_.empty() &&
        waiting_.pieces().front().offset < next_offset_ + bytes.size())
        return deliver_by_policy(bytes, env);
    for (const PieceList::Piece& piece : waiting_.pieces()) {
        if (piece.offset >= next_offset_ + bytes.size()) break;
        conflict = conflict || differs(piece, next_offset_, bytes);
    }
    while (!waiting_.empty()) {
        const std::uint64_t end = next_offset_ + bytes.size();
        const std::uint64_t first = waiting_.pieces().front().offset;
        if (first > end) break;
        const auto before = static_cast<std::size_t>(first - next_offset_);
        deliver(bytes.first(before), env);
        drain(env);
        if (next_offset_ >= end) return conflict;
        bytes = bytes.last(static_cast<std::size_t>(end - next_offset_));
    }
    deliver(bytes, env);
    return conflict;
}

/// As deliver_in_order(), when the new bytes may count more than those that waited.
bool TcpStream::deliver_by_policy(ByteView bytes, const StreamEnvironment& env) noexcept {
    const std::size_t cost = waiting_.cost_bytes();
    const PieceList::Inserted inserted =
        waiting_.insert(next_offset_, bytes, policy_, segment_replaces);
    env.counters.buffered_bytes += waiting_.cost_bytes();
    env.counters.buffered_bytes -= cost;
    drain(env);
    return inserted.conflict;
}

/// Delivers the pieces that are next.
void TcpStream::drain(const StreamEnvironment& env) noexcept {
    std::size_t count = 0;
    const std::size_t cost = waiting_.cost_bytes();
    while (count < waiting_.pieces().size() && waiting_.pieces()[count].offset == next_offset_)
        deliver(waiting_.pieces()[count++].bytes(), env);
    if (count == 0) return;
    holds_syn_data_ = false;
    waiting_.erase_front(count);
    env.counters.buffered_bytes -= cost - waiting_.cost_bytes();
    hole_packets_ = 0;
}

void TcpStream::jump_to(std::uint64_t offset, Counters& counters) noexcept {
    const std::uint64_t gap = offset - next_offset_;
    counters.gaps += gap != 0 ? 1U : 0U;
    counters.gap_bytes += gap;
    pending_gap_ += gap;
    next_offset_ = offset;
    next_sequence_ += static_cast<std::uint32_t>(gap);
    hole_packets_ = 0;
}

void TcpStream::give_up_hole(const StreamEnvironment& env) noexcept {
    if (!waiting_.empty()) {
        jump_to(waiting_.pieces().front().offset, env.counters);
        drain(env);
    } else if (fin_seen_ && next_offset_ < fin_offset_) {
        jump_to(fin_offset_, env.counters);
    }
}

bool TcpStream::has_room(std::size_t size, const StreamEnvironment& env) const noexcept {
    const std::size_t cost = size + PieceList::piece_overhead_bytes;
    return waiting_.cost_bytes() + cost <= env.limits.max_buffered_bytes &&
           waiting_.pieces().size() < env.limits.max_buffered_segments &&
           env.counters.buffered_bytes + cost <= env.limits.max_total_buffered_bytes;
}

/// Keeps bytes that lie behind a hole; makes room by giving holes up.
void TcpStream::buffer(std::uint64_t offset, ByteView bytes, const StreamEnvironment& env,
                       SegmentReport& report) noexcept {
    while (!has_room(bytes.size(), env)) {
        ++env.counters.buffer_limit_hits;
        if (waiting_.empty() || waiting_.pieces().front().offset > offset) {
            jump_to(offset, env.counters);
            report.conflict = deliver_in_order(bytes, env);
            return;
        }
        give_up_hole(env);
        if (next_offset_ < offset) continue;
        const auto old =
            static_cast<std::size_t>(std::min<std::uint64_t>(next_offset_ - offset, bytes.size()));
        report.conflict = deliver_in_order(bytes.subspan(old), env);
        return;
    }
    const std::size_t cost = waiting_.cost_bytes();
    const PieceList::Inserted inserted = waiting_.insert(offset, bytes, policy_, segment_replaces);
    env.counters.buffered_bytes += waiting_.cost_bytes();
    env.counters.buffered_bytes -= cost;  // replacing may leave less
    report.conflict = inserted.conflict;
    report.out_of_order = inserted.new_bytes != 0;
    report.retransmission = inserted.new_bytes == 0;
    report.new_bytes = inserted.new_bytes != 0;
}

void TcpStream::set_fin(std::uint32_t sequence, const Limits& limits) noexcept {
    const std::int64_t ahead = distance(sequence);
    if (fin_acknowledged() || ahead > static_cast<std::int64_t>(limits.max_ahead_bytes)) return;
    if (ahead < 0 && static_cast<std::uint64_t>(-ahead) > next_offset_) return;
    fin_seen_ = true;
    fin_offset_ = next_offset_ + static_cast<std::uint64_t>(ahead);
}

void TcpStream::acknowledge(std::uint32_t sequence, std::uint32_t window_bytes,
                            const StreamEnvironment& env) noexcept {
    const std::int64_t ahead = distance(sequence);
    if (fin_acknowledged() || ahead > static_cast<std::int64_t>(env.limits.max_ahead_bytes)) return;
    if (ahead < 0 && static_cast<std::uint64_t>(-ahead) > next_offset_) return;
    const std::uint64_t offset = next_offset_ + static_cast<std::uint64_t>(ahead);
    acknowledged_ = std::max(acknowledged_, offset);
    if (window_bytes != 0) window_end_ = std::max(window_end_, offset + window_bytes);
    if (fin_seen_ && acknowledged_ > fin_offset_ + 1) fin_seen_ = false;
    if (holds_syn_data_ && acknowledged_ != 0) drain(env);
}

bool TcpStream::reset_is_exact(std::uint32_t sequence) const noexcept {
    if (sequence == next_sequence_) return true;
    const std::uint64_t offset =
        next_offset_ + static_cast<std::uint64_t>(distance(sequence));  // wraps back when negative
    return offset == acknowledged_ || (fin_seen_ && offset == fin_offset_ + 1);
}

std::uint64_t TcpStream::reset_outside_bytes(std::uint32_t sequence,
                                             const Limits& limits) const noexcept {
    const std::int64_t ahead = distance(sequence);
    if (ahead < 0) {
        const auto back = static_cast<std::uint64_t>(-ahead);
        const std::uint64_t known = midstream_ ? limits.max_ahead_bytes : next_offset_ + 1;
        return back > known ? back : 0;
    }
    const auto front = static_cast<std::uint64_t>(ahead);
    const std::uint64_t reach = std::max(window_end_, next_offset_);
    const std::uint64_t window = window_end_ == 0 ? limits.max_ahead_bytes : reach - next_offset_;
    return front > window + 1 ? front : 0;
}

bool TcpStream::hole_acknowledged() const noexcept {
    if (holds_syn_data_) return false;
    if (!waiting_.empty()) return acknowledged_ >= waiting_.pieces().front().offset;
    return fin_seen_ && next_offset_ < fin_offset_ && acknowledged_ >= fin_offset_;
}

void TcpStream::on_packet(const StreamEnvironment& env) noexcept {
    if (!hole_acknowledged()) return;
    if (++hole_packets_ > env.limits.acknowledged_hole_packets) give_up_hole(env);
}

void TcpStream::flush(const StreamEnvironment& env) noexcept {
    while (!waiting_.empty()) give_up_hole(env);
    if (!ignoring_ && hole_acknowledged()) give_up_hole(env);  // in front of the FIN
}

void TcpStream::ignore(Counters& counters) noexcept {
    counters.buffered_bytes -= waiting_.cost_bytes();
    waiting_.clear();
    holds_syn_data_ = false;
    ignoring_ = true;
}

}  // namespace persandian::flow
