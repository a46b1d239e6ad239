// SPDX-License-Identifier: Apache-2.0
//
// Decoding in one call, for tests.
#pragma once

#include "detectors/packet/decoded_packet.h"
#include "tests/support/packet_builder.h"

namespace persandian::packet {

/// A frame and what was read from it; keeps both alive.
struct Decoded {
    explicit Decoded(test::Packet from) : packet(std::move(from)), raw(packet.raw()) {
        decode(raw, out);
    }
    explicit Decoded(test::Bytes frame, std::uint32_t link_type = 1)
        : Decoded(test::Packet{std::move(frame), {}, link_type}) {}
    Decoded(const Decoded&) = delete;
    Decoded& operator=(const Decoded&) = delete;
    const DecodedPacket* operator->() const { return &out; }

    test::Packet packet;
    RawPacket raw;
    DecodedPacket out;
};

inline test::Bytes operator+(test::Bytes left, const test::Bytes& right) {
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

template <std::size_t size>
test::Bytes literal(const char (&text)[size]) {
    return test::to_bytes({text, size - 1});
}

}  // namespace persandian::packet
