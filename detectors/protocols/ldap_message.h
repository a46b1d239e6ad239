// SPDX-License-Identifier: Apache-2.0
//
// Reads LDAP's requests, and names operations and results. Passwords are not kept.
// Source: RFC 4511 section 4.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "detectors/base/bytes.h"

namespace persandian::protocols::ldap {

inline constexpr std::size_t max_text_bytes = 1024;
inline constexpr std::size_t max_attributes = 32;

/// A protocolOp by its tag, RFC 4511 section 4.1.1.
struct Operation {
    unsigned tag;
    std::string_view name;
    bool request;
};
inline constexpr unsigned bind_request = 0x60, unbind_request = 0x42, search_request = 0x63,
                          search_entry = 0x64, search_reference = 0x73, abandon_request = 0x50,
                          extended_request = 0x77, extended_response = 0x78, intermediate = 0x79,
                          delete_request = 0x4A;
/// Null when there is none of that tag. Static storage.
[[nodiscard]] const Operation* find_operation(unsigned tag);

struct Request {
    std::int64_t id = 0;
    const Operation* operation = nullptr;
    std::string name;  ///< bind: who; search: base; others: the entry, or the OID
    std::string kind;  ///< of a bind
    std::int64_t version = 0;
    unsigned scope = 0;
    std::vector<std::string> attributes;
    std::uint64_t entries = 0;
};

/// `value`: contents of the operation's element. What cannot be read stays empty.
[[nodiscard]] Request read_request(const Operation& asked, std::int64_t id, ByteView value);

/// "invalid_credentials"; the number when unknown. RFC 4511 section 4.1.9.
[[nodiscard]] std::string code_name(std::int64_t code);

}  // namespace persandian::protocols::ldap
