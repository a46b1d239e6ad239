// SPDX-License-Identifier: Apache-2.0
//
// Reads the messages of SMB 2 and 3 that clients send and that there are events about.
// Source: MS-SMB2 section 2.2.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "detectors/base/bytes.h"
#include "detectors/protocols/ntlmssp.h"
#include "detectors/protocols/smb_names.h"

namespace persandian::protocols::smb {

inline constexpr std::size_t header_bytes = 64;
inline constexpr std::size_t max_dialects = 32;

/// MS-SMB2 section 2.2.1.
struct Header {
    std::uint32_t status = 0;
    Command command{};
    bool response = false;
    bool async = false;
    std::size_t next = 0;
    std::uint64_t message_id = 0;
    std::uint32_t tree_id = 0;
    std::uint64_t session_id = 0;
};

/// Nothing when it is no such header or cut.
[[nodiscard]] std::optional<Header> read_header(ByteView bytes);

/// Bytes at an offset that counts from the header; empty when they do not fit.
[[nodiscard]] ByteView part_of(ByteView message, std::size_t offset, std::size_t length);

/// What a client asks, as far as its command has it.
struct Request {
    Header header;
    std::string name;  ///< file, share
    std::string rename_to;
    std::uint32_t access = 0, disposition = 0;
    bool deletes = false;
    bool kerberos = false;
    std::vector<std::string> dialects;
    std::optional<ntlmssp::Message> ntlm;
    std::string file_id;  ///< of SET_INFO
};

/// `message` begins with its header, which is read already. What does not fit stays empty.
[[nodiscard]] Request read_request(const Header& header, ByteView message);

}  // namespace persandian::protocols::smb
