// SPDX-License-Identifier: Apache-2.0
//
// Evidence blobs: log lines as text, packets as a capture file that Wireshark and tcpdump open.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "detectors/event/finding.h"
#include "detectors/incident/record_draft.h"

namespace persandian::incident {

/// Any bytes under their SHA-256.
[[nodiscard]] EvidenceBlob make_blob(std::string media_type, std::string bytes);

/// The blobs of `samples`: one per different log line (its bytes and a line feed), then one capture
/// file per link type with all its packets, see make_pcapng().
[[nodiscard]] std::vector<EvidenceBlob> evidence_blobs(const std::vector<Evidence>& samples,
                                                       std::string_view comment);

/// A capture file of the packets, which have `link_type`: each once, in order of time, with the
/// interface or file it came from and a comment whether it matched. `comment` stands in its header.
/// Format: pcapng 1.0 (draft-ietf-opsawg-pcapng), little-endian, nanoseconds. Times before 1970
/// become 0.
[[nodiscard]] std::string make_pcapng(std::vector<const Evidence*> packets, std::uint32_t link_type,
                                      std::string_view comment);

}  // namespace persandian::incident
