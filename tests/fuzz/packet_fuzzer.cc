// SPDX-License-Identifier: Apache-2.0
//
// The first octet chooses the link type, the second how much the capture cut; the rest is a frame.
#include <cstdlib>

#include "detectors/packet/decoded_packet.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace persandian;
    constexpr std::uint32_t link_types[] = {1, 0, 108, 12, 101, 228, 229, 113, 276, 14, 147};
    if (size < 2) return 0;
    RawPacket raw;
    raw.link_type = link_types[data[0] % std::size(link_types)];
    raw.bytes = std::as_bytes(std::span(data + 2, size - 2));
    raw.wire_length_bytes = static_cast<std::uint32_t>(size - 2 + data[1]);
    packet::DecodedPacket out;
    packet::decode(raw, out);
    if (out.outcome != packet::Outcome::ok) return 0;
    // what is promised of a decoded packet
    if (out.ip_version != 4 && out.ip_version != 6) std::abort();
    if (out.payload.size() > out.payload_wire_bytes) std::abort();
    if (out.payload_truncated != (out.payload.size() < out.payload_wire_bytes) &&
        out.problem.kind == packet::ProblemKind::none)
        std::abort();
    if (!out.payload.empty() &&
        (out.payload.data() < raw.bytes.data() ||
         out.payload.data() + out.payload.size() > raw.bytes.data() + raw.bytes.size()))
        std::abort();
    if (!out.fragment.present && out.transport == packet::Transport::none) std::abort();
    return 0;
}
