// SPDX-License-Identifier: Apache-2.0
//
// Big-endian integers and length-prefixed pieces as text, to write messages in tests.
#pragma once

#include <cstdint>
#include <string>

namespace persandian::protocols::wire {

inline std::string big_endian(std::uint64_t value, unsigned octets) {
    std::string out;
    for (unsigned i = octets; i-- > 0;) out += static_cast<char>((value >> (8 * i)) & 0xFFU);
    return out;
}
inline std::string u8(std::uint64_t value) {
    return big_endian(value, 1);
}
inline std::string u16(std::uint64_t value) {
    return big_endian(value, 2);
}
inline std::string u24(std::uint64_t value) {
    return big_endian(value, 3);
}
inline std::string u32(std::uint64_t value) {
    return big_endian(value, 4);
}

/// `body` behind its length in `octets` octets.
inline std::string sized(const std::string& body, unsigned octets) {
    return big_endian(body.size(), octets) + body;
}

}  // namespace persandian::protocols::wire
