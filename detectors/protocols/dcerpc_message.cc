// SPDX-License-Identifier: Apache-2.0
#include "detectors/protocols/dcerpc_message.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace persandian::protocols::dcerpc {
namespace {

std::uint16_t u16_of(ByteReader& reader, bool little) noexcept {
    return little ? reader.u16_le() : reader.u16();
}
std::uint32_t u32_of(ByteReader& reader, bool little) noexcept {
    return little ? reader.u32_le() : reader.u32();
}

std::string read_uuid(ByteReader& reader, bool little) {
    const std::uint32_t low = u32_of(reader, little);
    const unsigned middle = u16_of(reader, little), high = u16_of(reader, little);
    const unsigned clock = reader.u16();
    const std::uint64_t node = (std::uint64_t{reader.u16()} << 32U) | reader.u32();
    return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", low, middle, high, clock, node);
}

}  // namespace

std::optional<Header> read_header(ByteView bytes) noexcept {
    constexpr unsigned first_fragment = 1, last_fragment = 2, object = 0x80;
    ByteReader reader(bytes);
    Header out;
    const unsigned version = reader.u8();
    out.minor = reader.u8();
    out.type = static_cast<Type>(reader.u8());
    const unsigned flags = reader.u8();
    const unsigned integers = reader.u8(), reals = reader.u8();
    const unsigned reserved = reader.u16();
    out.little_endian = integers == 0x10;
    out.first = (flags & first_fragment) != 0;
    out.last = (flags & last_fragment) != 0;
    out.has_object = (flags & object) != 0;
    out.length = u16_of(reader, out.little_endian);
    out.auth_length = u16_of(reader, out.little_endian);
    out.call_id = u32_of(reader, out.little_endian);
    const bool representation = (integers == 0 || integers == 0x10) && reals <= 3 && reserved == 0;
    if (!reader.ok() || version != 5 || out.minor > 1 || type_name(out.type).empty() ||
        !representation || out.length < header_bytes || out.auth_length > out.length - header_bytes)
        return std::nullopt;
    return out;
}

std::string_view type_name(Type type) noexcept {
    switch (type) {
        case Type::request:
            return "REQUEST";
        case Type::response:
            return "RESPONSE";
        case Type::fault:
            return "FAULT";
        case Type::bind:
            return "BIND";
        case Type::bind_ack:
            return "BINDACK";
        case Type::bind_nak:
            return "BINDNAK";
        case Type::alter_context:
            return "ALTER_CONTEXT";
        case Type::alter_context_response:
            return "ALTER_CONTEXT_RESP";
        case Type::auth3:
            return "AUTH3";
        case Type::shutdown:
            return "SHUTDOWN";
        case Type::cancel:
            return "CO_CANCEL";
        case Type::orphaned:
            return "ORPHANED";
    }
    return {};
}

std::optional<std::vector<Interface>> read_bind(const Header& header, ByteView message) {
    constexpr std::size_t transfer_syntax_bytes = 20;
    ByteReader reader(message);
    reader.skip(header_bytes + 8);
    const std::size_t count = reader.u8();
    reader.skip(3);
    std::vector<Interface> out;
    for (std::size_t i = 0; i < std::min(count, max_interfaces); ++i) {
        Interface& interface = out.emplace_back();
        interface.context = u16_of(reader, header.little_endian);
        const std::size_t syntaxes = reader.u8();
        reader.skip(1);
        interface.uuid = read_uuid(reader, header.little_endian);
        const unsigned first = u16_of(reader, header.little_endian);
        const unsigned second = u16_of(reader, header.little_endian);
        // one integer of 32 bits, the major version in its lower half
        interface.version = header.little_endian ? fmt::format("{}.{}", first, second)
                                                 : fmt::format("{}.{}", second, first);
        reader.skip(syntaxes * transfer_syntax_bytes);
        if (!reader.ok()) return std::nullopt;
    }
    return out;
}

std::vector<std::uint16_t> read_bind_ack(const Header& header, ByteView message) {
    ByteReader reader(message);
    reader.skip(header_bytes + 8);
    reader.skip(u16_of(reader, header.little_endian));
    reader.skip((4 - reader.position() % 4) % 4);
    const std::size_t count = reader.u8();
    reader.skip(3);
    std::vector<std::uint16_t> out;
    for (std::size_t i = 0; i < std::min(count, max_interfaces); ++i) {
        const std::uint16_t result = u16_of(reader, header.little_endian);
        reader.skip(22);
        if (!reader.ok()) break;
        out.push_back(result);
    }
    return out;
}

ByteView auth_token(const Header& header, ByteView message) noexcept {
    if (header.auth_length > message.size()) return {};
    return message.last(header.auth_length);
}

}  // namespace persandian::protocols::dcerpc
