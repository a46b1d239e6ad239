// SPDX-License-Identifier: Apache-2.0
//
// The names in NTLMSSP messages, whatever carries them (SMB, HTTP, LDAP, DCE-RPC).
#pragma once

#include <optional>
#include <string>

#include "detectors/base/bytes.h"

namespace persandian::protocols::ntlmssp {

/// A CHALLENGE (the server's names) or an AUTHENTICATE (who logs in from where).
struct Message {
    unsigned type = 0;     ///< 1 negotiate, 2 challenge, 3 authenticate
    std::string domain;    ///< of the account; of a challenge: target name
    std::string user;      ///< empty: anonymous
    std::string host;      ///< workstation of the client
    std::string version;   ///< "10.0 build 17763 rev 15"; empty when it is not told
    std::string dns_name;  ///< of the server, in a challenge
};

/// The first message within `blob`, which may be wrapped in SPNEGO. Nothing when there is none or
/// it is cut. Source: MS-NLMP sections 2.2.1 and 2.2.2.
[[nodiscard]] std::optional<Message> find_message(ByteView blob);

}  // namespace persandian::protocols::ntlmssp
