// SPDX-License-Identifier: Apache-2.0
//
// Which copy of a byte a receiver keeps when IP fragments or TCP segments overlap: systems differ,
// and who knows the target's way can make a sensor read something else (Ptacek and Newsham 1998).
// Rules after Novak, "Target-Based Fragmentation Reassembly" (2005), and Novak and Sturges,
// "Target-Based TCP Stream Reassembly" (2007).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "detectors/base/ip_address.h"

namespace persandian::flow {

enum class ReassemblyPolicy : std::uint8_t {
    first,      ///< the copy that came first; Windows since Vista for TCP
    last,       ///< the copy that came last
    bsd,        ///< FreeBSD, OpenBSD, AIX, IRIX, macOS
    bsd_right,  ///< HP JetDirect; TCP: as first
    linux,      ///< TCP: to this day; fragments: before 4.19, which drops what overlaps
    windows,    ///< to XP and 2003
    vista,      ///< Windows since Vista: fragments as windows, TCP as first
    solaris,
};
inline constexpr std::array<std::string_view, 8> reassembly_policy_names = {
    "first", "last", "bsd", "bsd-right", "linux", "windows", "vista", "solaris"};

/// Nullopt for an unknown name.
[[nodiscard]] std::optional<ReassemblyPolicy> parse_reassembly_policy(
    std::string_view name) noexcept;

/// Offsets [begin, end) of a fragment or segment.
struct ByteRange {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
};

/// Whether the bytes of `later` replace those of `earlier` where the two overlap. These are the
/// shapes of PieceList::insert()'s `replaces`.
[[nodiscard]] bool fragment_replaces(ReassemblyPolicy policy, const ByteRange& earlier,
                                     const ByteRange& later) noexcept;
[[nodiscard]] bool segment_replaces(ReassemblyPolicy policy, const ByteRange& earlier,
                                    const ByteRange& later) noexcept;

/// Which policy the receivers of a network have. The smallest network that holds an address counts.
class ReassemblyPolicies {
  public:
    static constexpr std::size_t max_networks = 4096;

    /// Later additions of the same network win. False when there are max_networks.
    bool add(const IpNetwork& network, ReassemblyPolicy policy);
    /// `first` when no network holds the address.
    [[nodiscard]] ReassemblyPolicy of(const IpAddress& receiver) const noexcept;
    [[nodiscard]] std::size_t size() const noexcept { return rows_.size(); }
    bool operator==(const ReassemblyPolicies&) const = default;

  private:
    struct Row {
        IpNetwork network;
        ReassemblyPolicy policy;
        bool operator==(const Row&) const = default;
    };
    std::vector<Row> rows_;  ///< longest prefix first; asked once per flow and per fragment
};

}  // namespace persandian::flow
