// SPDX-License-Identifier: Apache-2.0
//
// A capture in memory that can be replayed with other addresses. One number, the key, is XORed
// onto the host part of every address, so hosts stay distinct, and private, link-local and
// multicast addresses stay what they are. Checksums are kept and therefore wrong afterwards.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "detectors/base/timestamp.h"
#include "detectors/base/units.h"

namespace persandian::bench {

/// What traffic is, by its TCP port.
enum class TrafficKind : std::uint8_t { http, tls, smb, other };
inline constexpr std::size_t traffic_kind_count = 4;
inline constexpr std::array<std::string_view, traffic_kind_count> traffic_kind_names = {
    "http", "tls", "smb", "other"};
using BytesByKind = std::array<std::uint64_t, traffic_kind_count>;

/// Where in a frame an IP header has its two addresses, one behind the other.
struct AddressPair {
    std::size_t offset = 0;
    std::size_t address_bytes = 0;  ///< 4 or 16; 0: there is none
};

/// A frame of a capture; its bytes are in ReplayedCapture::bytes.
struct Frame {
    std::size_t begin = 0;
    std::size_t size = 0;
    Duration pause;            ///< since the frame before it, at most max_pause
    AddressPair outer, inner;  ///< inner: of the innermost tunnel
};

/// IPv4 and IPv6 frames of a capture file, as long as they are whole.
struct ReplayedCapture {
    static constexpr std::size_t max_file_bytes = 64_MiB;
    static constexpr std::size_t max_frame_bytes = 65'535;  ///< larger frames are left out
    static constexpr Duration max_pause = Duration::seconds(1);
    // So many flows with fewer packets each are a scan or a flood: replayed, they would be most of
    // the flows and of the findings.
    static constexpr std::size_t min_scan_flows = 100;
    static constexpr std::size_t min_packets_per_flow = 3;

    std::vector<std::byte> bytes;
    std::vector<Frame> frames;
    BytesByKind bytes_by_kind{};
    std::uint64_t flows = 0;

    /// nullopt when the file cannot be read, is larger than max_file_bytes, is not all Ethernet,
    /// has frames that were cut, holds no IP, or is a scan. A file that breaks off is taken as far
    /// as it goes.
    [[nodiscard]] static std::optional<ReplayedCapture> read(const std::string& path);

    /// The kind that has the most bytes.
    [[nodiscard]] TrafficKind kind() const;
    /// Puts a frame into `out`, its addresses changed by `key`; 0 changes none.
    void replay(const Frame& frame, std::uint32_t key, std::vector<std::byte>& out) const;
};

}  // namespace persandian::bench
