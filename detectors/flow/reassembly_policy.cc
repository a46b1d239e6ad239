// SPDX-License-Identifier: Apache-2.0
#include "detectors/flow/reassembly_policy.h"

#include <algorithm>

namespace persandian::flow {

std::optional<ReassemblyPolicy> parse_reassembly_policy(std::string_view name) noexcept {
    const auto found =
        std::find(reassembly_policy_names.begin(), reassembly_policy_names.end(), name);
    if (found == reassembly_policy_names.end()) return std::nullopt;
    return static_cast<ReassemblyPolicy>(found - reassembly_policy_names.begin());
}

bool fragment_replaces(ReassemblyPolicy policy, const ByteRange& earlier,
                       const ByteRange& later) noexcept {
    switch (policy) {
        case ReassemblyPolicy::first:
            return false;
        case ReassemblyPolicy::last:
            return true;
        case ReassemblyPolicy::bsd:
            return later.begin < earlier.begin;
        case ReassemblyPolicy::bsd_right:
            return later.begin >= earlier.begin;
        case ReassemblyPolicy::linux:
            return later.begin <= earlier.begin;
        case ReassemblyPolicy::windows:
        case ReassemblyPolicy::vista:
            return later.begin < earlier.begin && later.end > earlier.end;
        case ReassemblyPolicy::solaris:
            return later.begin < earlier.begin && later.end >= earlier.end;
    }
    return false;
}

bool segment_replaces(ReassemblyPolicy policy, const ByteRange& earlier,
                      const ByteRange& later) noexcept {
    switch (policy) {
        case ReassemblyPolicy::first:
        case ReassemblyPolicy::vista:
        case ReassemblyPolicy::bsd_right:
            return false;
        case ReassemblyPolicy::last:
            return true;
        case ReassemblyPolicy::bsd:
        case ReassemblyPolicy::windows:
            return later.begin < earlier.begin;
        case ReassemblyPolicy::linux:
            return later.begin < earlier.begin ||
                   (later.begin == earlier.begin && later.end > earlier.end);
        case ReassemblyPolicy::solaris:
            return later.begin <= earlier.begin ? later.end >= earlier.end
                                                : later.end > earlier.end;
    }
    return false;
}

bool ReassemblyPolicies::add(const IpNetwork& network, ReassemblyPolicy policy) {
    const auto same = std::find_if(rows_.begin(), rows_.end(),
                                   [&](const Row& row) { return row.network == network; });
    if (same != rows_.end()) {
        same->policy = policy;
        return true;
    }
    if (rows_.size() >= max_networks) return false;
    const auto at = std::find_if(rows_.begin(), rows_.end(), [&](const Row& row) {
        return row.network.prefix_bits < network.prefix_bits;
    });
    rows_.insert(at, {network, policy});
    return true;
}

ReassemblyPolicy ReassemblyPolicies::of(const IpAddress& receiver) const noexcept {
    for (const Row& row : rows_)
        if (row.network.contains(receiver)) return row.policy;
    return ReassemblyPolicy::first;
}

}  // namespace persandian::flow
