// SPDX-License-Identifier: Apache-2.0
//
// Writes BER in tests.
#pragma once

#include <cstdint>
#include <string>

#include "tests/detectors/protocols/wire.h"

namespace persandian::protocols::wire {

inline std::string tlv(unsigned tag, const std::string& body) {
    const std::string head = u8(tag);
    if (body.size() < 128) return head + u8(body.size()) + body;
    return head + u8(0x82) + u16(body.size()) + body;
}
inline std::string ber_integer(std::int64_t value, unsigned tag = 2) {
    const auto octets = static_cast<std::uint64_t>(value);
    return tlv(tag, value >= -128 && value < 128 ? u8(octets) : u32(octets));
}
inline std::string octets(const std::string& text, unsigned tag = 4) {
    return tlv(tag, text);
}
inline std::string sequence(const std::string& body) {
    return tlv(0x30, body);
}
inline std::string context(unsigned n, const std::string& body) {
    return tlv(0xA0 | n, body);
}

}  // namespace persandian::protocols::wire
