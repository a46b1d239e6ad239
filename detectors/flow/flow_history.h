// SPDX-License-Identifier: Apache-2.0
//
// FlowHistory: what a flow's packets did, in the letters of Zeek's conn.log (field history), and
// how long the TCP handshake took.
//
//   s SYN   h SYN with ACK   a ACK alone   d data   f FIN   r RST   i FIN with RST
//   q SYN with FIN or RST    t data sent again   g gap   w window of 0   ^ direction guessed
//
// Capital letters: the client. A letter stands once per side where it first happened; S, H, F and R
// again when they come with another sequence number; t, g, w again at the 10th, 100th, … time.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "detectors/base/timestamp.h"
#include "detectors/flow/flow.h"
#include "detectors/packet/decoded_packet.h"

namespace persandian::flow {

class FlowHistory {
  public:
    static constexpr std::size_t max_letters = 30;  ///< later ones are left out

    /// The first packet came from the server, as far as ports tell.
    void on_guessed_direction() noexcept { append('^'); }
    void on_tcp(const packet::TcpHeader& tcp, std::uint32_t payload_bytes, Direction direction,
                Timestamp time) noexcept;
    void on_udp(Direction direction) noexcept { once(data, 'D', direction); }
    void on_retransmission(Direction direction) noexcept { scaled(again, 'T', direction); }
    void on_gap(Direction direction) noexcept { scaled(gap, 'G', direction); }

    /// Valid until the next call.
    [[nodiscard]] std::string_view letters() const noexcept PERSANDIAN_LIFETIME_BOUND {
        return {letters_.data(), size_};
    }
    /// From the client's SYN to its answer to the SYN-ACK: the round trip between the two,
    /// wherever it was captured. Nullopt without a complete handshake.
    [[nodiscard]] std::optional<Duration> round_trip() const noexcept;

  private:
    enum Seen : std::uint8_t { syn = 0, fin = 1, rst = 2, ack, data, fin_rst, multi };
    enum Scaled : std::uint8_t { again, gap, zero_window };
    enum class Handshake : std::uint8_t { none, syn, syn_ack, complete };

    void append(char letter) noexcept;
    bool once(Seen what, char capital, Direction direction) noexcept;
    void numbered(Seen what, char capital, std::uint32_t sequence, Direction direction) noexcept;
    void scaled(Scaled what, char capital, Direction direction) noexcept;
    void follow_handshake(const packet::TcpHeader& tcp, Direction direction,
                          Timestamp time) noexcept;

    Timestamp syn_time_;  ///< of the last SYN; from complete on: of its answer, less that
    std::array<std::array<std::uint32_t, 3>, 2> sequences_{};  ///< of the last SYN, FIN, RST
    std::array<std::array<std::uint32_t, 3>, 2> counts_{};
    std::array<std::uint8_t, 2> seen_{};
    Handshake handshake_ = Handshake::none;
    std::uint8_t size_ = 0;
    std::array<char, max_letters> letters_{};
};

}  // namespace persandian::flow
