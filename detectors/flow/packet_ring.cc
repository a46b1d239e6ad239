// SPDX-License-Identifier: Apache-2.0
#include "detectors/flow/packet_ring.h"

#include <algorithm>
#include <cstring>

namespace persandian::flow {

/// Stands in front of each packet's bytes.
struct PacketRing::Header {
    Place previous;
    std::int64_t time_ns;
    std::uint64_t number;
    std::uint32_t wire_length_bytes;
    std::uint32_t link_type;
    std::uint32_t kept_bytes;
    std::uint16_t source;
};

PacketRing::PacketRing(std::size_t size_bytes)
    : size_bytes_(size_bytes),
      bytes_(size_bytes > 0 ? std::make_unique_for_overwrite<std::byte[]>(size_bytes) : nullptr) {}

PacketRing::Place PacketRing::add(const RawPacket& packet, Place previous,
                                  std::size_t most_bytes) noexcept {
    const std::size_t kept = std::min(packet.bytes.size(), most_bytes);
    const std::size_t needed = sizeof(Header) + kept;
    if (needed > size_bytes_) return 0;
    const auto to_end = static_cast<std::size_t>(size_bytes_ - head_ % size_bytes_);
    if (to_end < needed) head_ += to_end;
    std::byte* const at = bytes_.get() + head_ % size_bytes_;
    const Header header{previous,         packet.time.ns,
                        packet.number,    packet.wire_length_bytes,
                        packet.link_type, static_cast<std::uint32_t>(kept),
                        packet.source};
    std::memcpy(at, &header, sizeof(header));
    std::memcpy(at + sizeof(header), packet.bytes.data(), kept);
    const Place place = head_ + 1;
    head_ += needed;
    return place;
}

bool PacketRing::is_there(Place place) const noexcept {
    return place != 0 && place <= head_ && head_ - (place - 1) <= size_bytes_;
}

void PacketRing::visit(Place newest, const std::function<bool(const RawPacket&)>& take) const {
    for (Place place = newest; is_there(place);) {
        const std::byte* const at = bytes_.get() + (place - 1) % size_bytes_;
        Header header;
        std::memcpy(&header, at, sizeof(header));
        RawPacket packet;
        packet.bytes = {at + sizeof(header), header.kept_bytes};
        packet.wire_length_bytes = header.wire_length_bytes;
        packet.link_type = header.link_type;
        packet.time = {header.time_ns};
        packet.number = header.number;
        packet.source = header.source;
        if (!take(packet)) return;
        place = header.previous;
    }
}

}  // namespace persandian::flow
