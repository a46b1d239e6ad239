// SPDX-License-Identifier: Apache-2.0
//
// JA3, JA3S, JA4, and the names of versions and cipher suites: the text side of tls_hello.h.
#include <algorithm>
#include <array>
#include <iterator>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "detectors/base/digest.h"
#include "detectors/base/encoding.h"
#include "detectors/protocols/tls_hello.h"

namespace persandian::protocols::tls {
namespace {

constexpr std::array<std::pair<std::uint16_t, std::string_view>, 48> cipher_names = {{
    {0x0000, "TLS_NULL_WITH_NULL_NULL"},
    {0x0001, "TLS_RSA_WITH_NULL_MD5"},
    {0x0002, "TLS_RSA_WITH_NULL_SHA"},
    {0x0003, "TLS_RSA_EXPORT_WITH_RC4_40_MD5"},
    {0x0004, "TLS_RSA_WITH_RC4_128_MD5"},
    {0x0005, "TLS_RSA_WITH_RC4_128_SHA"},
    {0x0008, "TLS_RSA_EXPORT_WITH_DES40_CBC_SHA"},
    {0x0009, "TLS_RSA_WITH_DES_CBC_SHA"},
    {0x000A, "TLS_RSA_WITH_3DES_EDE_CBC_SHA"},
    {0x0016, "TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA"},
    {0x0018, "TLS_DH_anon_WITH_RC4_128_MD5"},
    {0x002F, "TLS_RSA_WITH_AES_128_CBC_SHA"},
    {0x0033, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA"},
    {0x0034, "TLS_DH_anon_WITH_AES_128_CBC_SHA"},
    {0x0035, "TLS_RSA_WITH_AES_256_CBC_SHA"},
    {0x0039, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA"},
    {0x003A, "TLS_DH_anon_WITH_AES_256_CBC_SHA"},
    {0x003C, "TLS_RSA_WITH_AES_128_CBC_SHA256"},
    {0x003D, "TLS_RSA_WITH_AES_256_CBC_SHA256"},
    {0x0067, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256"},
    {0x006B, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256"},
    {0x009C, "TLS_RSA_WITH_AES_128_GCM_SHA256"},
    {0x009D, "TLS_RSA_WITH_AES_256_GCM_SHA384"},
    {0x009E, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"},
    {0x009F, "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384"},
    {0x1301, "TLS_AES_128_GCM_SHA256"},
    {0x1302, "TLS_AES_256_GCM_SHA384"},
    {0x1303, "TLS_CHACHA20_POLY1305_SHA256"},
    {0x1304, "TLS_AES_128_CCM_SHA256"},
    {0x1305, "TLS_AES_128_CCM_8_SHA256"},
    {0xC007, "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA"},
    {0xC009, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"},
    {0xC00A, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA"},
    {0xC011, "TLS_ECDHE_RSA_WITH_RC4_128_SHA"},
    {0xC012, "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA"},
    {0xC013, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"},
    {0xC014, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"},
    {0xC023, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"},
    {0xC024, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384"},
    {0xC027, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256"},
    {0xC028, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384"},
    {0xC02B, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"},
    {0xC02C, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"},
    {0xC02F, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"},
    {0xC030, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"},
    {0xCCA8, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"},
    {0xCCA9, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"},
    {0xCCAA, "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256"},
}};

void append_decimals(std::string& out, std::span<const std::uint16_t> values) {
    bool first = true;
    for (const std::uint16_t value : values) {
        if (is_grease(value)) continue;
        if (!first) out += '-';
        first = false;
        fmt::format_to(std::back_inserter(out), "{}", value);
    }
}

std::vector<std::uint16_t> without_grease(std::span<const std::uint16_t> values) {
    std::vector<std::uint16_t> kept;
    for (const std::uint16_t value : values)
        if (!is_grease(value)) kept.push_back(value);
    return kept;
}

void append_hex_list(std::string& out, std::span<const std::uint16_t> values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (i != 0) out += ',';
        fmt::format_to(std::back_inserter(out), "{:04x}", values[i]);
    }
}

bool is_alphanumeric(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

std::string ja4_version(const ClientHello& hello) {
    std::uint16_t version = hello.version;
    const std::vector<std::uint16_t> offered = without_grease(hello.supported_versions);
    if (!offered.empty()) version = *std::max_element(offered.begin(), offered.end());
    switch (version) {
        case 0x0304:
            return "13";
        case 0x0303:
            return "12";
        case 0x0302:
            return "11";
        case 0x0301:
            return "10";
        case 0x0300:
            return "s3";
        case 0x0002:
            return "s2";
        default:
            return "00";
    }
}

/// First and last character of the first ALPN value; of its hexadecimal form when either is no
/// letter or digit (a raw byte there has crashed other engines: CVE-2024-47522).
std::string ja4_alpn(const ClientHello& hello) {
    if (hello.alpns.empty() || hello.alpns.front().empty()) return "00";
    std::string value = hello.alpns.front();
    if (!is_alphanumeric(value.front()) || !is_alphanumeric(value.back()))
        value = hex_encode(as_bytes(value));
    return {value.front(), value.back()};
}

std::string ja4_hash(std::string_view list) {
    return sha256(as_bytes(list)).hex().substr(0, 12);
}

std::string ja4_cipher_hash(std::vector<std::uint16_t> ciphers) {
    if (ciphers.empty()) return "000000000000";
    std::sort(ciphers.begin(), ciphers.end());
    std::string list;
    append_hex_list(list, ciphers);
    return ja4_hash(list);
}

std::string ja4_extension_hash(const ClientHello& hello, std::vector<std::uint16_t> extensions) {
    const auto in_first_part = [](std::uint16_t type) { return type == 0 || type == 16; };
    extensions.erase(std::remove_if(extensions.begin(), extensions.end(), in_first_part),
                     extensions.end());
    if (extensions.empty()) return "000000000000";
    std::sort(extensions.begin(), extensions.end());
    std::string list;
    append_hex_list(list, extensions);
    const std::vector<std::uint16_t> algorithms = without_grease(hello.signature_algorithms);
    if (!algorithms.empty()) list += '_';
    append_hex_list(list, algorithms);
    return ja4_hash(list);
}

}  // namespace

std::string ja3_text(const ClientHello& hello) {
    std::string out = fmt::format("{},", hello.version);
    append_decimals(out, hello.ciphers);
    out += ',';
    append_decimals(out, hello.extensions);
    out += ',';
    append_decimals(out, hello.groups);
    out += ',';
    append_decimals(out, hello.point_formats);
    return out;
}

std::string ja3s_text(const ServerHello& hello) {
    std::string out = fmt::format("{},{},", hello.version, hello.cipher);
    append_decimals(out, hello.extensions);
    return out;
}

std::string md5_hex(std::string_view text) {
    const auto digest = md5(as_bytes(text));
    return hex_encode(digest);
}

std::string ja4(const ClientHello& hello) {
    const std::vector<std::uint16_t> ciphers = without_grease(hello.ciphers);
    const std::vector<std::uint16_t> extensions = without_grease(hello.extensions);
    const auto two_digits = [](std::size_t count) { return std::min<std::size_t>(count, 99); };
    return fmt::format("t{}{}{:02}{:02}{}_{}_{}", ja4_version(hello),
                       hello.has_extension(0) ? 'd' : 'i', two_digits(ciphers.size()),
                       two_digits(extensions.size()), ja4_alpn(hello), ja4_cipher_hash(ciphers),
                       ja4_extension_hash(hello, extensions));
}

std::string version_name(std::uint16_t version) {
    switch (version) {
        case 0x0304:
            return "TLS 1.3";
        case 0x0303:
            return "TLS 1.2";
        case 0x0302:
            return "TLS 1.1";
        case 0x0301:
            return "TLSv1";
        case 0x0300:
            return "SSLv3";
        case 0x0002:
            return "SSLv2";
        default:
            return fmt::format("{:#06x}", version);
    }
}

std::string cipher_name(std::uint16_t cipher) {
    const auto found = std::lower_bound(
        cipher_names.begin(), cipher_names.end(), cipher,
        [](const auto& known, std::uint16_t wanted) { return known.first < wanted; });
    if (found != cipher_names.end() && found->first == cipher) return std::string(found->second);
    return fmt::format("{:#06x}", cipher);
}

}  // namespace persandian::protocols::tls
