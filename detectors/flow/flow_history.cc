// SPDX-License-Identifier: Apache-2.0
#include "detectors/flow/flow_history.h"

namespace persandian::flow {
namespace {

char letter_of(char capital, Direction direction) noexcept {
    constexpr char to_small = 'a' - 'A';
    return direction == Direction::to_server ? capital : static_cast<char>(capital + to_small);
}

bool is_power_of_ten(std::uint32_t count) noexcept {
    while (count >= 10 && count % 10 == 0) count /= 10;
    return count == 1;
}

}  // namespace

void FlowHistory::append(char letter) noexcept {
    if (size_ < max_letters) letters_[size_++] = letter;
}

/// True the first time.
bool FlowHistory::once(Seen what, char capital, Direction direction) noexcept {
    std::uint8_t& seen = seen_[static_cast<std::size_t>(direction)];
    const auto bit = static_cast<std::uint8_t>(1U << what);
    if ((seen & bit) != 0) return false;
    seen |= bit;
    append(letter_of(capital, direction));
    return true;
}

void FlowHistory::numbered(Seen what, char capital, std::uint32_t sequence,
                           Direction direction) noexcept {
    std::uint32_t& last = sequences_[static_cast<std::size_t>(direction)][what];
    if (!once(what, capital, direction) && last != sequence) append(letter_of(capital, direction));
    last = sequence;
}

void FlowHistory::scaled(Scaled what, char capital, Direction direction) noexcept {
    std::uint32_t& count = counts_[static_cast<std::size_t>(direction)][what];
    if (count == UINT32_MAX) return;
    if (is_power_of_ten(++count)) append(letter_of(capital, direction));
}

void FlowHistory::on_tcp(const packet::TcpHeader& tcp, std::uint32_t payload_bytes,
                         Direction direction, Timestamp time) noexcept {
    using namespace packet;
    const bool has_syn = tcp.has(tcp_flag::syn);
    const bool has_fin = tcp.has(tcp_flag::fin);
    const bool has_rst = tcp.has(tcp_flag::rst);
    if (has_fin && has_rst) {
        once(fin_rst, 'I', direction);
    } else if (has_syn && (has_fin || has_rst)) {
        once(multi, 'Q', direction);
    } else if (has_syn) {
        numbered(syn, tcp.has(tcp_flag::ack) ? 'H' : 'S', tcp.sequence, direction);
    } else if (has_fin) {
        numbered(fin, 'F', tcp.sequence + payload_bytes, direction);
    } else if (has_rst) {
        numbered(rst, 'R', tcp.sequence, direction);
    } else if (payload_bytes != 0) {
        once(data, 'D', direction);
    } else if (tcp.has(tcp_flag::ack)) {
        once(ack, 'A', direction);
    }
    // a side that has sent FIN, or gets no more data, says nothing with a window of 0
    const bool peer_sends = (seen_[direction == Direction::to_server ? 1 : 0] & (1U << fin)) == 0;
    const bool reset = (seen_[static_cast<std::size_t>(direction)] & (1U << rst)) != 0;
    if (tcp.window == 0 && !has_rst && !reset && peer_sends) scaled(zero_window, 'W', direction);
    follow_handshake(tcp, direction, time);
}

void FlowHistory::follow_handshake(const packet::TcpHeader& tcp, Direction direction,
                                   Timestamp time) noexcept {
    using namespace packet;
    if (handshake_ == Handshake::complete || tcp.has(tcp_flag::rst)) return;
    const bool from_client = direction == Direction::to_server;
    const bool has_syn = tcp.has(tcp_flag::syn);
    const bool has_ack = tcp.has(tcp_flag::ack);
    if (from_client && has_syn && !has_ack && handshake_ != Handshake::syn_ack) {
        handshake_ = Handshake::syn;
        syn_time_ = time;
    } else if (!from_client && has_syn && has_ack && handshake_ == Handshake::syn) {
        handshake_ = Handshake::syn_ack;
    } else if (from_client && !has_syn && has_ack && handshake_ == Handshake::syn_ack) {
        handshake_ = Handshake::complete;
        syn_time_ = Timestamp{(time - syn_time_).ns};
    }
}

std::optional<Duration> FlowHistory::round_trip() const noexcept {
    if (handshake_ != Handshake::complete || syn_time_.ns < 0) return std::nullopt;
    return Duration{syn_time_.ns};
}

}  // namespace persandian::flow
