// SPDX-License-Identifier: Apache-2.0
//
// The keys of QUIC's Initial packets, which anybody who sees the first one can compute, and how to
// open packets with them (OpenSSL). Source: RFC 9001 section 5, RFC 9369 section 3.3.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "detectors/base/bytes.h"

namespace persandian::protocols::quic {

inline constexpr std::uint32_t version_1 = 0x00000001;
inline constexpr std::uint32_t version_2 = 0x6B3343CF;

/// Whether Initial packets of this version can be opened: 1, 2, drafts 23
/// to 34, and the reserved ones, whose packets are sealed as those of draft 29 or of version 1.
[[nodiscard]] bool is_known_version(std::uint32_t version) noexcept;

/// Of the client's Initial packets.
struct InitialKeys {
    std::array<std::byte, 16> key{};
    std::array<std::byte, 12> iv{};
    std::array<std::byte, 16> header_protection{};
};

/// `connection_id`: the Destination Connection ID of the client's first Initial packet.
[[nodiscard]] InitialKeys client_initial_keys(std::uint32_t version, ByteView connection_id);

/// Removes header protection and encryption. `packet`: from its first octet to the end that its
/// Length says; `number_offset`: where the protected packet number stands. The payload, or nothing
/// when these are not its keys.
[[nodiscard]] std::optional<std::string> open_initial(const InitialKeys& keys, ByteView packet,
                                                      std::size_t number_offset);

}  // namespace persandian::protocols::quic
