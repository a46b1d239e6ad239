// SPDX-License-Identifier: Apache-2.0
//
// Reads pieces of a DNS message from the wire: names with compression, and resource data as text.
// Knows nothing of transports or events. Source: RFC 1035 sections 3 and 4.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "detectors/base/bytes.h"

namespace persandian::protocols::dns {

inline constexpr std::size_t header_bytes = 12;
inline constexpr std::size_t max_name_bytes = 255;   ///< on the wire, RFC 1035 section 2.3.4
inline constexpr std::size_t max_pointers = 64;      ///< compression pointers followed in one name
inline constexpr std::size_t max_hex_bytes = 128;    ///< of resource data shown as hexadecimal
inline constexpr std::size_t max_text_bytes = 4096;  ///< of one TXT record, after escaping

inline constexpr std::uint16_t type_opt = 41;

/// RFC 1035 section 4.1.1.
struct Header {
    std::uint16_t id = 0;
    std::uint16_t flags = 0;
    std::uint16_t questions = 0, answers = 0, authorities = 0, additionals = 0;

    [[nodiscard]] bool is_response() const { return (flags & 0x8000U) != 0; }
    [[nodiscard]] unsigned opcode() const { return (flags >> 11U) & 15U; }
    [[nodiscard]] unsigned rcode() const { return flags & 15U; }
    [[nodiscard]] bool truncated() const { return (flags & 0x0200U) != 0; }
};

/// Reads the header; the reader fails when fewer than header_bytes remain.
[[nodiscard]] Header read_header(ByteReader& reader) noexcept;

/// What is wrong with a name.
enum class NameStatus : std::uint8_t {
    ok,
    truncated,         ///< ends before its last label
    too_long,          ///< more than max_name_bytes
    compression_loop,  ///< a pointer that does not point backwards, or more than max_pointers
    bad_label,         ///< a label type that is neither length nor pointer
};

/// Appends the name at the reader's position to `out` in presentation form without final dot:
/// bytes outside '!'..'~', dots and backslashes inside labels are escaped as \DDD or \x; the root
/// is ".". The reader must stand on the whole message, so that pointers mean what they say; after
/// `ok` it stands behind the name. Work: at most max_name_bytes + max_pointers steps.
[[nodiscard]] NameStatus read_name(ByteReader& reader, ByteView message, std::string& out);

/// Appends the data of a record of `type` as text: addresses, names, TXT strings joined, MX and SRV
/// as in zone files, SOA likewise, anything else (and what does not fit its type) as hexadecimal.
/// `offset`, `size`: where the data stands in `message`; inside it, checked by the caller.
void append_rdata(std::string& out, std::uint16_t type, ByteView message, std::size_t offset,
                  std::size_t size);

/// "A", "AAAA", … or "TYPE65280" (RFC 3597 section 5), written into `storage` then.
[[nodiscard]] std::string_view type_name(std::uint16_t type, std::string& storage);
/// "NOERROR", "NXDOMAIN", … or the number.
[[nodiscard]] std::string_view rcode_name(unsigned rcode, std::string& storage);

}  // namespace persandian::protocols::dns
