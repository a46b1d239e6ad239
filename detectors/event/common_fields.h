// SPDX-License-Identifier: Apache-2.0
//
// The fields that events of many kinds share. Shapes follow EVE (Suricata 8); own additions stand
// under persandian.
#pragma once

#include <array>

#include "detectors/event/field.h"

namespace persandian::fields {

inline constexpr Field flow_id{"flow_id", FieldKind::integer, "number of the flow, unique per run",
                               "EVE"};
inline constexpr Field src_ip{"src_ip", FieldKind::address,
                              "address of the sender (for flows: the client)", "EVE"};
inline constexpr Field src_port{"src_port", FieldKind::integer, "port of the sender", "EVE"};
inline constexpr Field dest_ip{"dest_ip", FieldKind::address,
                               "address of the receiver (for flows: the server)", "EVE"};
inline constexpr Field dest_port{"dest_port", FieldKind::integer, "port of the receiver", "EVE"};
inline constexpr Field proto{"proto", FieldKind::text,
                             "TCP, UDP, ICMP, IPv6-ICMP or the protocol number", "EVE"};
inline constexpr Field app_proto{"app_proto", FieldKind::text,
                                 "application protocol found in the flow", "EVE"};
inline constexpr Field community_id{"community_id", FieldKind::text,
                                    "flow identity, version 1, seed 0",
                                    "community-id specification"};
inline constexpr Field vlan{"vlan[]", FieldKind::integer, "VLAN identifiers, outermost first",
                            "IEEE 802.1Q"};
inline constexpr Field pcap_cnt{"pcap_cnt", FieldKind::integer,
                                "number of the packet in its capture", "EVE"};
inline constexpr Field host{"host", FieldKind::text, "name of the machine that wrote the log line",
                            "EVE"};

inline constexpr Field user_name{"user.name", FieldKind::text,
                                 "account that acts or tries to act, as the log names it", "ECS"};

inline constexpr Field anomaly_type{"anomaly.type", FieldKind::text, "decode, stream or applayer",
                                    "EVE"};
inline constexpr Field anomaly_event{"anomaly.event", FieldKind::text, "name of the anomaly",
                                     "EVE"};
inline constexpr Field anomaly_layer{"anomaly.layer", FieldKind::text,
                                     "protocol or layer that noticed it", "EVE"};
inline constexpr Field anomaly_observed{"anomaly.observed", FieldKind::integer,
                                        "observed value, unit of the limit"};
inline constexpr Field anomaly_limit{"anomaly.limit", FieldKind::integer,
                                     "the limit it was held against"};

inline constexpr Field log_format{"log.format", FieldKind::text,
                                  "parser that understood the line, or plain"};
inline constexpr Field log_source{"log.source", FieldKind::text, "file or unit the line came from"};
inline constexpr Field log_line{"log.line", FieldKind::integer,
                                "line number in its source, from 1"};
inline constexpr Field log_raw{"log.raw", FieldKind::text, "the line as read"};
inline constexpr Field log_message{"log.message", FieldKind::text,
                                   "the message without its header"};
inline constexpr Field log_truncated{"log.truncated", FieldKind::boolean,
                                     "the source cut the line at its limit"};

inline constexpr std::array<const Field*, 23> common = {
    &flow_id,       &src_ip,        &src_port,      &dest_ip,       &dest_port,
    &proto,         &app_proto,     &community_id,  &vlan,          &pcap_cnt,
    &host,          &anomaly_type,  &anomaly_event, &anomaly_layer, &anomaly_observed,
    &anomaly_limit, &log_format,    &log_source,    &log_line,      &log_raw,
    &log_message,   &log_truncated, &user_name};

}  // namespace persandian::fields
