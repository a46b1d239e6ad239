// SPDX-License-Identifier: Apache-2.0
#include "detectors/flow/flow_table.h"

#include <algorithm>

namespace persandian::flow {

static_assert(sizeof(FlowNode) <= 1024, "an idle flow is to stay below 1 KiB");

FlowTable::FlowTable(const Limits& limits, std::uint64_t hash_seed)
    : timeouts_{limits.timeouts.tcp_new,     limits.timeouts.tcp_established,
                limits.timeouts.tcp_closing, limits.timeouts.udp,
                limits.timeouts.icmp,        limits.timeouts.other},
      max_flows_(std::max<std::size_t>(limits.max_flows, 1)),
      seed_(hash_seed) {}

FlowNode* FlowTable::find(const FlowKey& key) noexcept {
    return table_.find(key, hash_of(key, seed_));
}

FlowNode& FlowTable::insert(const FlowKey& key, FlowKind kind, Timestamp now) {
    FlowNode& node = table_.insert(key, hash_of(key, seed_), static_cast<std::uint8_t>(kind));
    node.value.last_active = now;
    none_expires_before_ = std::min(none_expires_before_, deadline(node));
    return node;
}

void FlowTable::touch(FlowNode& node, FlowKind kind, Timestamp now) noexcept {
    node.value.last_active = now;
    table_.touch(node, static_cast<std::uint8_t>(kind));
    none_expires_before_ = std::min(none_expires_before_, deadline(node));
}

Timestamp FlowTable::deadline(const FlowNode& node) const noexcept {
    return node.value.last_active + timeouts_[node.list];
}

FlowNode* FlowTable::next_to_expire() noexcept {
    FlowNode* first = nullptr;
    for (std::size_t kind = 0; kind < flow_kind_count; ++kind) {
        FlowNode* node = table_.oldest(kind);
        if (node != nullptr && (first == nullptr || deadline(*node) < deadline(*first)))
            first = node;
    }
    return first;
}

FlowNode* FlowTable::expired(Timestamp now) noexcept {
    if (now < none_expires_before_) return nullptr;
    FlowNode* first = next_to_expire();
    none_expires_before_ = first == nullptr ? Timestamp{INT64_MAX} : deadline(*first);
    return now < none_expires_before_ ? nullptr : first;
}

}  // namespace persandian::flow
