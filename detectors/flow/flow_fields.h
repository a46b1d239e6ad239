// SPDX-License-Identifier: Apache-2.0
//
// The fields of `flow` events and of ICMP flows. Shapes follow EVE (Suricata 8).
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "detectors/event/event.h"
#include "detectors/event/field.h"

namespace persandian::fields {

inline constexpr Field icmp_type{"icmp_type", FieldKind::integer, "ICMP message type", "EVE"};
inline constexpr Field icmp_code{"icmp_code", FieldKind::integer, "ICMP message code", "EVE"};

inline constexpr Field flow_pkts_toserver{"flow.pkts_toserver", FieldKind::integer,
                                          "packets from client to server", "EVE"};
inline constexpr Field flow_pkts_toclient{"flow.pkts_toclient", FieldKind::integer,
                                          "packets from server to client", "EVE"};
inline constexpr Field flow_bytes_toserver{
    "flow.bytes_toserver", FieldKind::integer,
    "bytes of IP packets from client to server, without link headers", "EVE"};
inline constexpr Field flow_bytes_toclient{
    "flow.bytes_toclient", FieldKind::integer,
    "bytes of IP packets from server to client, without link headers", "EVE"};
inline constexpr Field flow_start{"flow.start", FieldKind::time, "time of the first packet", "EVE"};
inline constexpr Field flow_end{"flow.end", FieldKind::time, "time of the last packet", "EVE"};
inline constexpr Field flow_age{"flow.age", FieldKind::integer,
                                "whole seconds from first to last packet", "EVE"};
inline constexpr Field flow_state{"flow.state", FieldKind::text, "new, established or closed",
                                  "EVE"};
inline constexpr Field flow_reason{"flow.reason", FieldKind::text,
                                   "why it ended: timeout, closed, reset, shutdown, evicted",
                                   "EVE, own values"};
inline constexpr Field flow_history{
    "flow.history", FieldKind::text,
    "what happened, capital letters by the client: S SYN, H SYN-ACK, A ACK, D data, F FIN, R RST, "
    "I FIN with RST, Q SYN with FIN or RST, T retransmission, G gap, W window of 0, ^ direction "
    "guessed",
    "Zeek conn.log"};
inline constexpr Field tcp_rtt_us{
    "tcp.rtt_us", FieldKind::integer,
    "microseconds from the client's SYN to its answer to the SYN-ACK; absent without a handshake"};
inline constexpr Field flow_gap_bytes{"persandian.gap_bytes", FieldKind::integer,
                                      "stream bytes of both directions that were not captured"};
inline constexpr Field flow_retransmitted{"persandian.retransmitted_segments", FieldKind::integer,
                                          "TCP segments of both directions that held nothing new"};
inline constexpr Field flow_midstream{"persandian.midstream", FieldKind::boolean,
                                      "the TCP handshake was not captured"};

inline constexpr Field tcp_flags{"tcp.tcp_flags", FieldKind::text,
                                 "union of the flags of both directions, hexadecimal", "EVE"};
inline constexpr Field tcp_flags_ts{"tcp.tcp_flags_ts", FieldKind::text,
                                    "union of the flags to the server, hexadecimal", "EVE"};
inline constexpr Field tcp_flags_tc{"tcp.tcp_flags_tc", FieldKind::text,
                                    "union of the flags to the client, hexadecimal", "EVE"};
inline constexpr Field tcp_syn{"tcp.syn", FieldKind::boolean, "SYN was seen", "EVE"};
inline constexpr Field tcp_fin{"tcp.fin", FieldKind::boolean, "FIN was seen", "EVE"};
inline constexpr Field tcp_rst{"tcp.rst", FieldKind::boolean, "RST was seen", "EVE"};
inline constexpr Field tcp_psh{"tcp.psh", FieldKind::boolean, "PSH was seen", "EVE"};
inline constexpr Field tcp_ack{"tcp.ack", FieldKind::boolean, "ACK was seen", "EVE"};
inline constexpr Field tcp_urg{"tcp.urg", FieldKind::boolean, "URG was seen", "EVE"};
inline constexpr Field tcp_ecn{"tcp.ecn", FieldKind::boolean, "ECE was seen", "EVE"};
inline constexpr Field tcp_cwr{"tcp.cwr", FieldKind::boolean, "CWR was seen", "EVE"};
inline constexpr Field tcp_state{
    "tcp.state", FieldKind::text,
    "syn_sent, syn_recv, established, fin_wait1, closing or closed; none without a connection",
    "EVE"};

/// Everything `flow` and `anomaly` events of this room carry beside the common fields.
inline constexpr std::array<const Field*, 28> flow_room = {&icmp_type,
                                                           &icmp_code,
                                                           &flow_pkts_toserver,
                                                           &flow_pkts_toclient,
                                                           &flow_bytes_toserver,
                                                           &flow_bytes_toclient,
                                                           &flow_start,
                                                           &flow_end,
                                                           &flow_age,
                                                           &flow_state,
                                                           &flow_reason,
                                                           &flow_history,
                                                           &flow_gap_bytes,
                                                           &flow_retransmitted,
                                                           &flow_midstream,
                                                           &tcp_flags,
                                                           &tcp_flags_ts,
                                                           &tcp_flags_tc,
                                                           &tcp_syn,
                                                           &tcp_fin,
                                                           &tcp_rst,
                                                           &tcp_psh,
                                                           &tcp_ack,
                                                           &tcp_urg,
                                                           &tcp_ecn,
                                                           &tcp_cwr,
                                                           &tcp_state,
                                                           &tcp_rtt_us};

}  // namespace persandian::fields

namespace persandian::flow {

/// "TCP", "UDP", …; empty for protocols without a name of ours. Static storage.
[[nodiscard]] std::string_view protocol_name(std::uint8_t ip_protocol) noexcept;
/// Adds proto: the name, or the number in decimal.
void add_protocol(Event& event, std::uint8_t ip_protocol);

}  // namespace persandian::flow
