// SPDX-License-Identifier: Apache-2.0
//
// Reads the two hello messages of a TLS handshake, and computes the fingerprints made of them.
// Source: RFC 8446 section 4.1, RFC 5246 section 7.4.1, RFC 6066 section 3 (SNI), RFC 7301 (ALPN).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "detectors/base/bytes.h"

namespace persandian::protocols::tls {

/// What a client offers. Lists keep the order on the wire and what GREASE (RFC 8701) put in.
struct ClientHello {
    std::uint16_t version = 0;  ///< legacy_version
    std::vector<std::uint16_t> ciphers;
    std::vector<std::uint16_t> extensions;
    std::vector<std::uint16_t> groups;
    std::vector<std::uint16_t> signature_algorithms;
    std::vector<std::uint16_t> supported_versions;
    std::vector<std::uint16_t> point_formats;
    std::vector<std::string> alpns;
    std::optional<std::string> sni;  ///< first host name, as sent

    [[nodiscard]] bool has_extension(std::uint16_t type) const;
};

/// What the server chose.
struct ServerHello {
    std::uint16_t version = 0;  ///< legacy_version
    std::uint16_t cipher = 0;
    std::vector<std::uint16_t> extensions;
    std::optional<std::uint16_t> selected_version;  ///< from supported_versions
    std::vector<std::string> alpns;
    bool is_retry_request = false;  ///< a HelloRetryRequest in a ServerHello's clothes

    [[nodiscard]] std::uint16_t agreed_version() const {
        return selected_version.value_or(version);
    }
};

/// The bodies of the handshake messages, without their header of four octets. Malformed: a length
/// leads outside. Extensions that cannot be read are listed without being looked into.
[[nodiscard]] std::optional<ClientHello> read_client_hello(ByteView body);
[[nodiscard]] std::optional<ServerHello> read_server_hello(ByteView body);

/// 0x0A0A, 0x1A1A, … (RFC 8701).
[[nodiscard]] bool is_grease(std::uint16_t value);

/// JA3 and JA3S: "771,4865-4866,0-23,29-23,0" and "771,4865,43-51"; their hash is the MD5 in hex.
[[nodiscard]] std::string ja3_text(const ClientHello& hello);
[[nodiscard]] std::string ja3s_text(const ServerHello& hello);
[[nodiscard]] std::string md5_hex(std::string_view text);

/// JA4, the fingerprint of TLS clients over TCP, after FoxIO's description (technical_details/
/// JA4.md; this part is under the BSD licence): "t13d1516h2_8daaf6152771_e5627efa2ab1".
[[nodiscard]] std::string ja4(const ClientHello& hello);

/// "TLS 1.3", "TLS 1.2", "TLS 1.1", "TLSv1", "SSLv3", "SSLv2", as EVE writes them; else "0x7f1c".
[[nodiscard]] std::string version_name(std::uint16_t version);
/// The IANA name of a common cipher suite, else "0xc0ff".
[[nodiscard]] std::string cipher_name(std::uint16_t cipher);

}  // namespace persandian::protocols::tls
