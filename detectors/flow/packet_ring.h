// SPDX-License-Identifier: Apache-2.0
//
// PacketRing: copies of the newest packets of all flows in one block of memory, linked by flow, so
// that evidence can show what came before a match.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "detectors/event/raw_packet.h"

namespace persandian::flow {

/// Packets go in at the head and are overwritten in their order; no allocation per packet. Memory:
/// what it was made with, touched as it fills.
class PacketRing {
  public:
    /// Where a packet stands; 0 is nowhere. A place whose packet was overwritten is recognised.
    using Place = std::uint64_t;
    /// Of one packet; longer ones are kept cut, with their length on the wire.
    static constexpr std::size_t max_kept_bytes = 4096;
    /// Of one packet in the midst of a long flow.
    static constexpr std::size_t brief_bytes = 192;

    /// `size_bytes` 0 keeps nothing.
    explicit PacketRing(std::size_t size_bytes);

    /// Keeps a packet; `previous` is where the one before it in its flow stands.
    Place add(const RawPacket& packet, Place previous,
              std::size_t most_bytes = max_kept_bytes) noexcept;

    /// The packets of a flow, newest first, as far back as they are there and `take` says true.
    /// The packet is a view into the ring, valid during the call; its source_name is empty.
    void visit(Place newest, const std::function<bool(const RawPacket&)>& take) const;

  private:
    struct Header;
    [[nodiscard]] bool is_there(Place place) const noexcept;

    std::size_t size_bytes_;
    std::unique_ptr<std::byte[]> bytes_;
    std::uint64_t head_ = 0;  ///< bytes ever written, with what was skipped at the block's end
};

}  // namespace persandian::flow
