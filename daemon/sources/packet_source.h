// SPDX-License-Identifier: Apache-2.0
//
// PacketSource: where packets come from. Life-cycle: construct with options, open() once (throws),
// then next() until it answers end. One thread at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "daemon/sources/source_error.h"
#include "detectors/event/raw_packet.h"

namespace persandian::sources {

using Deadline = std::chrono::steady_clock::time_point;

/// What a source saw and what it knows it did not see. All counts since open().
struct PacketCounters {
    std::uint64_t packets = 0;            ///< handed to the caller
    std::uint64_t bytes = 0;              ///< captured octets of those
    std::uint64_t cut = 0;                ///< packets longer on the wire than captured
    std::uint64_t kernel_dropped = 0;     ///< lost because the ring was full: read too slowly
    std::uint64_t interface_dropped = 0;  ///< lost by the device or its driver
};

class PacketSource {
  public:
    enum class Next : std::uint8_t {
        packet,   ///< packet() holds one
        timeout,  ///< nothing came before the deadline; not an error
        end,      ///< nothing will come any more; fault() says whether something is missing
    };

    virtual ~PacketSource() = default;
    /// Throws SourceError.
    virtual void open() = 0;
    /// Waits until `deadline` at most; a deadline in the past asks without waiting.
    [[nodiscard]] virtual Next next(Deadline deadline) = 0;
    /// The packet of the last next() that answered `packet`. Valid until the following next().
    [[nodiscard]] virtual const RawPacket& packet() const noexcept PERSANDIAN_LIFETIME_BOUND = 0;
    /// Live sources ask the kernel for its drop counters here.
    [[nodiscard]] virtual PacketCounters counters() = 0;
    /// Why the source ended early (truncated file, device gone); empty when it ended well.
    [[nodiscard]] virtual std::string_view fault() const noexcept PERSANDIAN_LIFETIME_BOUND = 0;
    /// Readable when next() would not wait; -1 when it never waits (files).
    [[nodiscard]] virtual int poll_descriptor() const noexcept { return -1; }
    /// File or interface, as configured.
    [[nodiscard]] virtual std::string_view name() const noexcept PERSANDIAN_LIFETIME_BOUND = 0;
};

}  // namespace persandian::sources
