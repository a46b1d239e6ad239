// SPDX-License-Identifier: Apache-2.0
//
// FragmentTable: IP fragments in, whole datagrams out (RFC 791 section 3.2, RFC 8200 section 4.5).
#pragma once

#include <cstdint>
#include <vector>

#include "detectors/flow/counters.h"
#include "detectors/flow/flow_anomaly.h"
#include "detectors/flow/flow_key.h"
#include "detectors/flow/limits.h"
#include "detectors/flow/piece_list.h"
#include "detectors/flow/slab_table.h"

namespace persandian::flow {

/// Reassembles datagrams. Overlap: in IPv4 the receiver's policy says which copy of a byte counts
/// (a contradicting one is an anomaly); in IPv6 an overlap that is not an exact copy drops the
/// datagram (RFC 5722). Limits: fragments per datagram, bytes, datagrams at a time (the oldest
/// goes), timeout from the first fragment. Time must not run backwards; clear() starts it anew.
class FragmentTable {
  public:
    enum class Outcome : std::uint8_t { waiting, complete, dropped };
    struct Result {
        Outcome outcome = Outcome::waiting;
        bool has_anomaly = false;
        StreamAnomaly anomaly;
        std::uint8_t protocol = 0;  ///< complete: what the payload is
        ByteView payload;           ///< complete: valid until the next call
    };

    FragmentTable(const Limits& limits, std::uint64_t hash_seed, Counters& counters);

    Result add(const packet::DecodedPacket& fragment, Timestamp now);
    /// Drops datagrams that waited too long.
    void expire(Timestamp now);
    void clear();

  private:
    struct Datagram {
        PieceList pieces;
        Timestamp since;
        std::uint32_t total_bytes = 0;  ///< 0 until the last fragment is seen
        std::uint32_t fragments = 0;
        std::uint8_t protocol = 0;
        bool dropped = false;  ///< stays so that its other fragments are dropped as well
    };
    using Table = SlabTable<FragmentKey, Datagram, 1>;

    Table::Node& datagram_of(const packet::DecodedPacket& fragment, Timestamp now);
    void drop(Datagram& datagram, StreamAnomalyKind kind, std::uint64_t observed,
              std::uint64_t limit, Result& result);
    void erase(Table::Node& node);
    void evict_for(std::size_t cost_bytes, const Table::Node& keep);
    void assemble(Datagram& datagram, Result& result);

    const Limits& limits_;
    std::uint64_t seed_;
    Counters& counters_;
    Table table_;
    std::vector<std::byte> assembled_;
};

}  // namespace persandian::flow
