// SPDX-License-Identifier: Apache-2.0
//
// RawPacket: one captured frame as a source hands it over.
#pragma once

#include <cstdint>
#include <string_view>

#include "detectors/base/bytes.h"
#include "detectors/base/timestamp.h"

namespace persandian {

/// One captured frame. A view into the source's buffer: valid until on_packet() returns.
struct RawPacket {
    ByteView bytes;                       ///< captured octets, at most the snap length
    std::uint32_t wire_length_bytes = 0;  ///< length on the wire; larger than bytes.size() when cut
    std::uint32_t link_type = 1;          ///< libpcap LINKTYPE_/DLT_ number; 1 = Ethernet
    Timestamp time;                       ///< capture time
    std::uint64_t number = 0;             ///< counts from 1 within its source
    std::uint16_t source = 0;             ///< index of the source (interface or file)
    std::string_view source_name;         ///< capture file or interface, for evidence
};

}  // namespace persandian
