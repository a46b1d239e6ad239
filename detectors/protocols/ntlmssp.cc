// SPDX-License-Identifier: Apache-2.0
#include "detectors/protocols/ntlmssp.h"

#include <string_view>

#include <fmt/format.h>

#include "detectors/protocols/utf16.h"

namespace persandian::protocols::ntlmssp {
namespace {

constexpr std::string_view signature("NTLMSSP\0", 8);
constexpr std::uint32_t flag_unicode = 0x00000001;
constexpr std::uint32_t flag_version = 0x02000000;
constexpr std::size_t max_name_bytes = 512;

/// The bytes that length, maximum and offset at `position` point to; empty when they do not fit.
ByteView payload_at(ByteView message, std::size_t position) {
    ByteReader reader(message);
    reader.seek(position);
    const std::size_t length = reader.u16_le();
    reader.skip(2);
    const std::size_t offset = reader.u32_le();
    if (!reader.ok() || length > max_name_bytes || offset > message.size() ||
        length > message.size() - offset)
        return {};
    return message.subspan(offset, length);
}

std::string text_of(ByteView bytes, std::uint32_t flags) {
    if ((flags & flag_unicode) != 0) return utf8_of_utf16le(bytes);
    return std::string(as_text(bytes));
}

std::uint32_t flags_at(ByteView message, std::size_t position) {
    ByteReader reader(message);
    reader.seek(position);
    return reader.u32_le();
}

std::string version_at(ByteView message, std::size_t position, std::uint32_t flags) {
    if ((flags & flag_version) == 0) return {};
    ByteReader reader(message);
    reader.seek(position);
    const unsigned major = reader.u8(), minor = reader.u8(), build = reader.u16_le();
    reader.skip(3);
    const unsigned revision = reader.u8();
    return reader.ok() ? fmt::format("{}.{} build {} rev {}", major, minor, build, revision) : "";
}

/// MsvAvDnsComputerName of the target information, MS-NLMP section 2.2.2.1.
std::string dns_computer_name(ByteView target_info) {
    constexpr unsigned end = 0, dns_name = 3;
    ByteReader reader(target_info);
    while (reader.ok() && !reader.at_end()) {
        const unsigned id = reader.u16_le();
        const ByteView value = reader.take(reader.u16_le());
        if (id == end) return {};
        if (id == dns_name && reader.ok()) return utf8_of_utf16le(value);
    }
    return {};
}

}  // namespace

std::optional<Message> find_message(ByteView blob) {
    const std::size_t at = as_text(blob).find(signature);
    if (at == std::string_view::npos) return std::nullopt;
    const ByteView bytes = blob.subspan(at);
    ByteReader reader(bytes);
    reader.skip(signature.size());
    Message out;
    out.type = reader.u32_le();
    if (!reader.ok() || out.type < 1 || out.type > 3) return std::nullopt;
    if (out.type == 1) {
        out.version = version_at(bytes, 32, flags_at(bytes, 12));
    } else if (out.type == 2) {
        const std::uint32_t flags = flags_at(bytes, 20);
        out.domain = text_of(payload_at(bytes, 12), flags);
        out.dns_name = dns_computer_name(payload_at(bytes, 40));
        out.version = version_at(bytes, 48, flags);
    } else {
        const std::uint32_t flags = bytes.size() >= 64 ? flags_at(bytes, 60) : flag_unicode;
        out.domain = text_of(payload_at(bytes, 28), flags);
        out.user = text_of(payload_at(bytes, 36), flags);
        out.host = text_of(payload_at(bytes, 44), flags);
        out.version = version_at(bytes, 64, flags);
    }
    return out;
}

}  // namespace persandian::protocols::ntlmssp
