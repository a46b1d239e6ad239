// SPDX-License-Identifier: Apache-2.0
//
// Messages (PDUs) of connection-oriented DCE-RPC, whatever carries them: TCP or a named pipe.
//
// Source: C706 chapter 12, MS-RPCE section 2.2.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "detectors/base/bytes.h"

namespace persandian::protocols::dcerpc {

inline constexpr std::size_t header_bytes = 16;
inline constexpr std::size_t call_header_bytes = 24;  ///< of requests, responses and faults
inline constexpr std::size_t max_interfaces = 32;     ///< of a bind; more are left out

enum class Type : std::uint8_t {
    request = 0,
    response = 2,
    fault = 3,
    bind = 11,
    bind_ack = 12,
    bind_nak = 13,
    alter_context = 14,
    alter_context_response = 15,
    auth3 = 16,
    shutdown = 17,
    cancel = 18,
    orphaned = 19,
};

/// C706 section 12.6.3.1.
struct Header {
    Type type{};
    unsigned minor = 0;
    bool first = false, last = false;
    bool little_endian = true;
    bool has_object = false;  ///< a request's object UUID stands before its stub data
    std::size_t length = 0;   ///< of the fragment, with this header
    std::size_t auth_length = 0;
    std::uint32_t call_id = 0;
};

/// Nothing when `bytes` do not begin such a message beyond doubt.
[[nodiscard]] std::optional<Header> read_header(ByteView bytes) noexcept;
/// "BIND", as EVE writes it.
[[nodiscard]] std::string_view type_name(Type type) noexcept;

/// What a bind or alter_context asks for.
struct Interface {
    std::uint16_t context = 0;
    std::string uuid;
    std::string version;  ///< "1.0"
};
/// Of a whole bind or alter_context; nothing when it is cut.
[[nodiscard]] std::optional<std::vector<Interface>> read_bind(const Header& header,
                                                              ByteView message);
/// Results of a whole bind_ack, in the order of the bind's interfaces: 0 is accepted.
[[nodiscard]] std::vector<std::uint16_t> read_bind_ack(const Header& header, ByteView message);
/// The authentication's token at the end of a whole message; empty without one.
[[nodiscard]] ByteView auth_token(const Header& header, ByteView message) noexcept;

/// "svcctl"; empty when the interface is not a known one.
[[nodiscard]] std::string_view endpoint_name(std::string_view uuid) noexcept;
/// "RCreateServiceW"; empty when it is not one of those that matter.
[[nodiscard]] std::string_view operation_name(std::string_view endpoint, unsigned opnum) noexcept;

}  // namespace persandian::protocols::dcerpc
