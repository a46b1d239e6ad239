// SPDX-License-Identifier: Apache-2.0
//
// Evidence blobs: log lines as text, packets as a classic capture file that Wireshark and tcpdump
// open.
#pragma once

#include <string>
#include <vector>

#include "detectors/event/finding.h"
#include "detectors/incident/record_draft.h"

namespace persandian::incident {

/// Any bytes under their SHA-256.
[[nodiscard]] EvidenceBlob make_blob(std::string media_type, std::string bytes);

/// The blobs of `samples`: one per different log line (its bytes and a line feed), then one capture
/// file per link type with all its packets in order of time.
[[nodiscard]] std::vector<EvidenceBlob> evidence_blobs(const std::vector<Evidence>& samples);

/// A capture file with nanosecond times, little-endian, of the packets with `link_type`.
/// Format: draft-ietf-opsawg-pcap section 4. Times before 1970 or after 2106 become 0.
[[nodiscard]] std::string make_pcap(const std::vector<const Evidence*>& packets,
                                    std::uint32_t link_type);

}  // namespace persandian::incident
