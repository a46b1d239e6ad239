// SPDX-License-Identifier: Apache-2.0
//
// ChecksumGuard: which wrong checksums mean that the receiver drops the packet, and which only that
// the sender's network card computes them behind the capture.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "detectors/base/ip_address.h"
#include "detectors/packet/checksum.h"

namespace persandian::flow {

/// A sender with offload never shows a right checksum of that layer; whoever has shown one must
/// have all right. Of a sender of whom none was right so far, the first `offload_packets` wrong
/// ones count as wrong; then its checksums of that layer are no longer held against it, until one
/// is right. Remembers the latest `senders` or so: who is pushed out begins anew.
class ChecksumGuard {
  public:
    static constexpr std::uint8_t offload_packets = 4;
    static constexpr std::size_t senders = 4096;

    enum class Verdict : std::uint8_t {
        right,     ///< or nothing to check
        wrong,     ///< the receiver drops it
        gives_up,  ///< wrong, and from now on doubted
        doubted,   ///< wrong as always with this sender
    };

    ChecksumGuard(bool enabled, std::uint64_t seed) : seed_(seed), rows_(enabled ? senders : 0) {}

    [[nodiscard]] Verdict judge(const IpAddress& sender, const packet::Checksum& checksum) noexcept;

  private:
    static constexpr std::uint8_t has_right_ones = 0xff;
    struct Row {
        IpAddress sender;
        std::array<std::uint8_t, 4> wrong{};  ///< by layer; or has_right_ones
    };

    std::uint64_t seed_;
    std::vector<Row> rows_;  ///< by hash of the address
};

}  // namespace persandian::flow
