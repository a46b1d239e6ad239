// SPDX-License-Identifier: Apache-2.0
#include "detectors/flow/fragments.h"

#include <cstring>

namespace persandian::flow {
namespace {

FragmentKey key_of(const packet::DecodedPacket& fragment) noexcept {
    FragmentKey key;
    key.source = fragment.source;
    key.destination = fragment.destination;
    key.vlan_ids = fragment.vlan_ids;
    key.id = fragment.fragment.id;
    key.ip_version = fragment.ip_version;
    key.tunnel_count = fragment.tunnel_count;
    if (fragment.ip_version == 4) key.ip_protocol = fragment.ip_protocol;
    return key;
}

}  // namespace

FragmentTable::FragmentTable(const Limits& limits, std::uint64_t hash_seed, Counters& counters)
    : limits_(limits), seed_(hash_seed), counters_(counters) {}

FragmentTable::Table::Node& FragmentTable::datagram_of(const packet::DecodedPacket& fragment,
                                                       Timestamp now) {
    const FragmentKey key = key_of(fragment);
    const std::uint64_t hash = hash_of(key, seed_);
    if (Table::Node* found = table_.find(key, hash)) return *found;
    while (table_.size() >= limits_.max_datagrams && table_.size() > 0) {
        ++counters_.datagrams_evicted;
        erase(*table_.oldest(0));
    }
    Table::Node& node = table_.insert(key, hash, 0);
    node.value.since = now;
    counters_.fragment_bytes += Table::node_cost_bytes;
    return node;
}

void FragmentTable::erase(Table::Node& node) {
    counters_.fragment_bytes -= node.value.pieces.cost_bytes() + Table::node_cost_bytes;
    table_.erase(node);
}

void FragmentTable::drop(Datagram& datagram, StreamAnomalyKind kind, std::uint64_t observed,
                         std::uint64_t limit, Result& result) {
    result.outcome = Outcome::dropped;
    result.has_anomaly = true;
    result.anomaly = {kind, observed, limit};
    ++counters_.datagrams_malformed;
    counters_.fragment_bytes -= datagram.pieces.cost_bytes();
    datagram.pieces.clear();
    datagram.dropped = true;
}

/// Makes room for `cost_bytes` by dropping the oldest datagrams, never `keep`.
void FragmentTable::evict_for(std::size_t cost_bytes, const Table::Node& keep) {
    while (counters_.fragment_bytes + cost_bytes > limits_.max_fragment_bytes) {
        Table::Node* oldest = table_.oldest(0);
        if (oldest == &keep) oldest = oldest->newer;
        if (oldest == nullptr) return;
        ++counters_.datagrams_evicted;
        erase(*oldest);
    }
}

void FragmentTable::assemble(Datagram& datagram, Result& result) {
    assembled_.resize(datagram.total_bytes);
    for (const PieceList::Piece& piece : datagram.pieces.pieces())
        std::memcpy(assembled_.data() + piece.offset, piece.storage.get(), piece.size_bytes);
    result.outcome = Outcome::complete;
    result.protocol = datagram.protocol;
    result.payload = assembled_;
    ++counters_.datagrams_reassembled;
}

FragmentTable::Result FragmentTable::add(const packet::DecodedPacket& fragment, Timestamp now) {
    Result result;
    Table::Node& node = datagram_of(fragment, now);
    Datagram& datagram = node.value;
    const std::uint32_t offset = fragment.fragment.offset_bytes;
    const std::uint32_t end = offset + static_cast<std::uint32_t>(fragment.payload.size());
    if (datagram.dropped || fragment.payload_truncated || fragment.payload.empty()) {
        result.outcome = Outcome::dropped;
        return result;
    }
    if (++datagram.fragments > limits_.max_fragments_per_datagram) {
        drop(datagram, StreamAnomalyKind::fragments_per_datagram, datagram.fragments,
             limits_.max_fragments_per_datagram, result);
        return result;
    }
    const bool last = !fragment.fragment.more;
    const bool contradicts_end = datagram.total_bytes != 0 &&
                                 (last ? end != datagram.total_bytes : end > datagram.total_bytes);
    const bool too_short =
        last && !datagram.pieces.empty() && datagram.pieces.pieces().back().end() > end;
    if (contradicts_end || too_short || end > limits_.max_datagram_bytes) {
        drop(datagram, StreamAnomalyKind::fragment_contradiction, end,
             datagram.total_bytes != 0 ? datagram.total_bytes : limits_.max_datagram_bytes, result);
        return result;
    }
    if (last) datagram.total_bytes = end;
    if (offset == 0) datagram.protocol = fragment.ip_protocol;

    evict_for(fragment.payload.size() + PieceList::piece_overhead_bytes, node);
    const std::size_t cost = datagram.pieces.cost_bytes();
    const PieceList::Inserted inserted = datagram.pieces.insert(
        offset, fragment.payload, limits_.reassembly.of(fragment.destination), fragment_replaces);
    counters_.fragment_bytes += datagram.pieces.cost_bytes() - cost;
    const bool exact_copy = inserted.new_bytes == 0 && !inserted.conflict;
    if (fragment.ip_version == 6 && inserted.overlap_bytes > 0 && !exact_copy) {
        drop(datagram, StreamAnomalyKind::fragment_overlap, inserted.overlap_bytes, 0, result);
        return result;
    }
    if (inserted.conflict) {
        result.has_anomaly = true;
        result.anomaly = {StreamAnomalyKind::fragment_conflict, inserted.overlap_bytes, 0};
    }
    if (datagram.total_bytes != 0 && datagram.pieces.size_bytes() == datagram.total_bytes) {
        assemble(datagram, result);
        erase(node);
    }
    return result;
}

void FragmentTable::expire(Timestamp now) {
    for (Table::Node* node = table_.oldest(0);
         node != nullptr && now - node->value.since > limits_.timeouts.fragments;
         node = table_.oldest(0)) {
        if (!node->value.dropped) ++counters_.datagrams_timed_out;
        erase(*node);
    }
}

void FragmentTable::clear() {
    while (Table::Node* node = table_.oldest(0)) {
        if (!node->value.dropped) ++counters_.datagrams_timed_out;
        erase(*node);
    }
}

}  // namespace persandian::flow
