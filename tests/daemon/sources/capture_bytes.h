// SPDX-License-Identifier: Apache-2.0
//
// Capture files built byte by byte, so that tests of the reader do not need the reader's library.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace persandian::sources::test {

inline std::string le16(std::uint32_t v) {
    return {static_cast<char>(v & 0xFFU), static_cast<char>((v >> 8U) & 0xFFU)};
}
inline std::string le32(std::uint32_t v) {
    return le16(v & 0xFFFFU) + le16(v >> 16U);
}

/// Header of a pcap file; magic 0xa1b2c3d4 counts microseconds, 0xa1b23c4d nanoseconds.
inline std::string pcap_header(std::uint32_t magic, std::uint32_t link_type = 1) {
    return le32(magic) + le16(2) + le16(4) + le32(0) + le32(0) + le32(65'535) + le32(link_type);
}
inline std::string pcap_record(std::uint32_t seconds, std::uint32_t fraction, std::string_view data,
                               std::uint32_t wire_length = 0) {
    return le32(seconds) + le32(fraction) + le32(static_cast<std::uint32_t>(data.size())) +
           le32(wire_length == 0 ? static_cast<std::uint32_t>(data.size()) : wire_length) +
           std::string(data);
}

inline std::string pcapng_block(std::uint32_t type, std::string body) {
    body.resize((body.size() + 3) / 4 * 4);
    const auto length = static_cast<std::uint32_t>(body.size() + 12);
    return le32(type) + le32(length) + body + le32(length);
}
/// Section header, then one interface whose timestamps count nanoseconds.
inline std::string pcapng_header(std::uint32_t link_type = 1) {
    const std::string nanoseconds = le16(9) + le16(1) + std::string("\x09\0\0\0", 4) + le32(0);
    return pcapng_block(0x0A0D0D0A, le32(0x1A2B3C4D) + le16(1) + le16(0) +
                                        std::string(8, static_cast<char>(0xFF))) +
           pcapng_block(1, le16(link_type) + le16(0) + le32(65'535) + nanoseconds);
}
inline std::string pcapng_packet(std::uint64_t ns, std::string_view data) {
    const auto size = static_cast<std::uint32_t>(data.size());
    return pcapng_block(6, le32(0) + le32(static_cast<std::uint32_t>(ns >> 32U)) +
                               le32(static_cast<std::uint32_t>(ns & 0xFFFFFFFFU)) + le32(size) +
                               le32(size) + std::string(data));
}

/// An Ethernet frame with an IPv4 UDP datagram from 192.0.2.1:1000 to 192.0.2.2:`port`.
inline std::string udp_frame(std::uint16_t port, std::string_view payload) {
    const auto be16 = [](std::size_t v) {
        return std::string{static_cast<char>((v >> 8U) & 0xFFU), static_cast<char>(v & 0xFFU)};
    };
    return std::string("\x02\0\0\0\0\x02\x02\0\0\0\0\x01\x08\0", 14) + "\x45" +
           std::string(1, '\0') + be16(28 + payload.size()) +
           std::string("\0\0\0\0\x40\x11\0\0", 8) + std::string("\xC0\0\x02\x01\xC0\0\x02\x02", 8) +
           be16(1000) + be16(port) + be16(8 + payload.size()) + be16(0) + std::string(payload);
}

}  // namespace persandian::sources::test
