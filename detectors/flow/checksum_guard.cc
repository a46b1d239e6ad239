// SPDX-License-Identifier: Apache-2.0
#include "detectors/flow/checksum_guard.h"

#include <xxhash.h>

namespace persandian::flow {
namespace {

std::size_t index_of(packet::Layer layer) noexcept {
    switch (layer) {
        case packet::Layer::tcp:
            return 1;
        case packet::Layer::udp:
            return 2;
        case packet::Layer::icmp:
            return 3;
        default:
            return 0;
    }
}

}  // namespace

ChecksumGuard::Verdict ChecksumGuard::judge(const IpAddress& sender,
                                            const packet::Checksum& checksum) noexcept {
    if (!checksum.checked) return Verdict::right;
    const ByteView address = sender.bytes();
    Row& row = rows_[XXH3_64bits_withSeed(address.data(), address.size(), seed_) % senders];
    if (row.sender != sender) row = {sender, {}};
    std::uint8_t& wrong = row.wrong[index_of(checksum.layer)];
    if (checksum.right) {
        wrong = has_right_ones;
        return Verdict::right;
    }
    if (wrong == has_right_ones) return Verdict::wrong;
    if (wrong > offload_packets) return Verdict::doubted;
    return ++wrong <= offload_packets ? Verdict::wrong : Verdict::gives_up;
}

}  // namespace persandian::flow
