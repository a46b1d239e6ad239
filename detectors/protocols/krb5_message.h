// SPDX-License-Identifier: Apache-2.0
//
// Reads the messages between Kerberos clients and the KDC, and names what is in them.
// Source: RFC 4120 sections 5.4, 5.9.1, 7.2 and 7.5; RFC 3961 section 8.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "detectors/base/bytes.h"

namespace persandian::protocols::krb5 {

inline constexpr std::size_t max_name_bytes = 512;
inline constexpr std::size_t max_etypes = 16;

/// Message types, RFC 4120 section 7.5.7: also their application tags.
inline constexpr unsigned as_req = 10, as_rep = 11, tgs_req = 12, tgs_rep = 13, krb_error = 30;

/// As much of one as events tell.
struct Message {
    unsigned type = 0;
    std::string cname, realm, sname;
    std::vector<std::int64_t> etypes;                       ///< of requests
    bool preauth = false;                                   ///< of AS requests
    std::optional<std::int64_t> reply_etype, ticket_etype;  ///< of replies
    std::int64_t error = 0;
};

/// Nothing when it is none of the five.
[[nodiscard]] std::optional<Message> read_message(ByteView bytes);

/// "KRB_AS_REQ". Static storage.
[[nodiscard]] std::string_view message_name(unsigned type);
/// "aes256-cts-hmac-sha1-96"; the number when unknown.
[[nodiscard]] std::string encryption_name(std::int64_t etype);
/// "PREAUTH_FAILED"; the number when unknown.
[[nodiscard]] std::string error_name(std::int64_t code);
/// DES and RC4.
[[nodiscard]] bool is_weak(std::int64_t etype);

}  // namespace persandian::protocols::krb5
