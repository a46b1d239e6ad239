// SPDX-License-Identifier: Apache-2.0
//
// Writes the events of the flow room: `flow` at the end of each flow, `flow_interim` of long ones,
// `anomaly`.
#pragma once

#include "detectors/event/event.h"
#include "detectors/flow/flow_anomaly.h"
#include "detectors/flow/flow_table.h"
#include "detectors/packet/decoded_packet.h"

namespace persandian::flow {

/// Name as in flow.reason. Static storage.
[[nodiscard]] std::string_view to_string(FlowEndReason reason) noexcept;

/// Fills `event` (reset by it) with the summary of a flow that ends at `time`.
void write_flow_event(Event& event, const Flow& flow, FlowEndReason reason, Timestamp time);

/// Fills `event` with what a flow that goes on was so far: as write_flow_event(), without a reason.
/// Of a type of its own, so that who counts flows counts each once.
void write_interim_event(Event& event, const Flow& flow, Timestamp time);

/// Fills `event` with an anomaly that headers show; addresses and ports as far as they were read.
void write_decode_anomaly(Event& event, const packet::DecodedPacket& packet);

/// Fills `event` with an anomaly of a flow.
void write_stream_anomaly(Event& event, const Flow& flow, Direction direction,
                          const StreamAnomaly& anomaly, Timestamp time);

/// Fills `event` with an anomaly of IP fragments, which have no flow yet.
void write_fragment_anomaly(Event& event, const packet::DecodedPacket& packet,
                            const StreamAnomaly& anomaly);

}  // namespace persandian::flow
