// SPDX-License-Identifier: Apache-2.0
#include "detectors/protocols/tls_hello.h"

#include <algorithm>
#include <array>

namespace persandian::protocols::tls {
namespace {

constexpr std::uint16_t ext_server_name = 0;
constexpr std::uint16_t ext_groups = 10;
constexpr std::uint16_t ext_point_formats = 11;
constexpr std::uint16_t ext_signature_algorithms = 13;
constexpr std::uint16_t ext_alpn = 16;
constexpr std::uint16_t ext_supported_versions = 43;

/// The random value of a HelloRetryRequest: SHA-256 of that name (RFC 8446 section 4.1.3).
constexpr std::array<std::uint8_t, 32> retry_random = {
    0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11, 0xBE, 0x1D, 0x8C, 0x02, 0x1E, 0x65, 0xB8, 0x91,
    0xC2, 0xA2, 0x11, 0x16, 0x7A, 0xBB, 0x8C, 0x5E, 0x07, 0x9E, 0x09, 0xE2, 0xC8, 0xA8, 0x33, 0x9C};

std::vector<std::uint16_t> read_u16_list(ByteView bytes) {
    std::vector<std::uint16_t> list;
    list.reserve(bytes.size() / 2);
    for (ByteReader reader(bytes); reader.remaining() >= 2;) list.push_back(reader.u16());
    return list;
}

std::vector<std::string> read_alpns(ByteView data) {
    ByteReader outer(data);
    ByteReader reader(outer.take(outer.u16()));
    std::vector<std::string> names;
    while (!reader.at_end()) {
        const ByteView name = reader.take(reader.u8());
        if (reader.ok()) names.emplace_back(as_text(name));
    }
    return names;
}

std::optional<std::string> read_server_name(ByteView data) {
    ByteReader outer(data);
    ByteReader reader(outer.take(outer.u16()));
    while (!reader.at_end()) {
        const unsigned type = reader.u8();
        const ByteView name = reader.take(reader.u16());
        if (reader.ok() && type == 0) return std::string(as_text(name));
    }
    return std::nullopt;
}

void read_client_extension(ClientHello& hello, std::uint16_t type, ByteView data) {
    ByteReader reader(data);
    switch (type) {
        case ext_server_name:
            if (!hello.sni) hello.sni = read_server_name(data);
            break;
        case ext_groups:
            hello.groups = read_u16_list(reader.take(reader.u16()));
            break;
        case ext_point_formats:
            for (const std::byte b : reader.take(reader.u8()))
                hello.point_formats.push_back(std::to_integer<std::uint16_t>(b));
            break;
        case ext_signature_algorithms:
            hello.signature_algorithms = read_u16_list(reader.take(reader.u16()));
            break;
        case ext_alpn:
            hello.alpns = read_alpns(data);
            break;
        case ext_supported_versions:
            hello.supported_versions = read_u16_list(reader.take(reader.u8()));
            break;
        default:
            break;
    }
}

}  // namespace

bool ClientHello::has_extension(std::uint16_t type) const {
    return std::find(extensions.begin(), extensions.end(), type) != extensions.end();
}

std::optional<ClientHello> read_client_hello(ByteView body) {
    ByteReader reader(body);
    ClientHello hello;
    hello.version = reader.u16();
    reader.skip(32);
    reader.skip(reader.u8());
    hello.ciphers = read_u16_list(reader.take(reader.u16()));
    reader.skip(reader.u8());
    if (!reader.ok()) return std::nullopt;
    if (reader.at_end()) return hello;  // no extensions at all
    ByteReader extensions(reader.take(reader.u16()));
    if (!reader.ok()) return std::nullopt;
    while (!extensions.at_end()) {
        const std::uint16_t type = extensions.u16();
        const ByteView data = extensions.take(extensions.u16());
        if (!extensions.ok()) return std::nullopt;
        hello.extensions.push_back(type);
        read_client_extension(hello, type, data);
    }
    return hello;
}

std::optional<ServerHello> read_server_hello(ByteView body) {
    ByteReader reader(body);
    ServerHello hello;
    hello.version = reader.u16();
    const ByteView random = reader.take(32);
    const bool draft = (hello.version >> 8U) == 0x7F;  // of TLS 1.3, before draft 22
    if (!draft) reader.skip(reader.u8());
    hello.cipher = reader.u16();
    if (!draft) reader.skip(1);
    if (!reader.ok()) return std::nullopt;
    hello.is_retry_request = std::equal(
        random.begin(), random.end(), retry_random.begin(), retry_random.end(),
        [](std::byte a, std::uint8_t b) { return std::to_integer<std::uint8_t>(a) == b; });
    if (reader.at_end()) return hello;
    ByteReader extensions(reader.take(reader.u16()));
    if (!reader.ok()) return std::nullopt;
    while (!extensions.at_end()) {
        const std::uint16_t type = extensions.u16();
        const ByteView data = extensions.take(extensions.u16());
        if (!extensions.ok()) return std::nullopt;
        hello.extensions.push_back(type);
        ByteReader inside(data);
        if (type == ext_supported_versions && data.size() == 2)
            hello.selected_version = inside.u16();
        if (type == ext_alpn) hello.alpns = read_alpns(data);
    }
    return hello;
}

bool is_grease(std::uint16_t value) {
    return (value & 0x0F0FU) == 0x0A0A && (value >> 8U) == (value & 0xFFU);
}

}  // namespace persandian::protocols::tls
