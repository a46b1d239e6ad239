// SPDX-License-Identifier: Apache-2.0
#include "detectors/protocols/smb_message.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "detectors/protocols/utf16.h"

namespace persandian::protocols::smb {
namespace {

void read_negotiate(ByteView message, Request& out) {
    ByteReader body(message);
    body.skip(header_bytes + 2);
    const std::size_t count = body.u16_le();
    body.skip(32);
    for (std::size_t i = 0; i < std::min(count, max_dialects) && body.ok(); ++i)
        out.dialects.push_back(smb::dialect_name(body.u16_le()));
}

void read_blob(ByteView blob, Request& out) {
    // the OID of Kerberos in Microsoft's spelling and in the right one, as SPNEGO has it
    constexpr std::array<std::string_view, 2> kerberos_oids = {
        "\x2A\x86\x48\x82\xF7\x12\x01\x02\x02", "\x2A\x86\x48\x86\xF7\x12\x01\x02\x02"};
    out.ntlm = ntlmssp::find_message(blob);
    if (out.ntlm) return;
    for (const std::string_view oid : kerberos_oids)
        out.kerberos = out.kerberos || as_text(blob).find(oid) != std::string_view::npos;
}

void read_session_setup(ByteView message, Request& out) {
    ByteReader body(message);
    body.skip(header_bytes + 12);
    const std::size_t offset = body.u16_le();
    const std::size_t length = body.u16_le();
    read_blob(part_of(message, offset, length), out);
}

void read_tree_connect(ByteView message, Request& out) {
    ByteReader body(message);
    body.skip(header_bytes + 4);
    const std::size_t offset = body.u16_le();
    const std::size_t length = body.u16_le();
    out.name = utf8_of_utf16le(part_of(message, offset, length));
}

void read_create(ByteView message, Request& out) {
    ByteReader body(message);
    body.skip(header_bytes + 24);
    out.access = body.u32_le();
    body.skip(8);
    out.disposition = body.u32_le();
    body.skip(4);
    const std::size_t offset = body.u16_le();
    const std::size_t length = body.u16_le();
    out.name = utf8_of_utf16le(part_of(message, offset, length));
}

void read_set_info(ByteView message, Request& out) {
    constexpr unsigned file = 1, rename = 10, end = 13, end_extended = 64;
    ByteReader body(message);
    body.skip(header_bytes + 2);
    const unsigned type = body.u8();
    const unsigned kind = body.u8();
    const std::size_t length = body.u32_le();
    const std::size_t offset = body.u16_le();
    body.skip(6);
    out.file_id = as_text(body.take(16));
    if (type != file) return;
    ByteReader buffer(part_of(message, offset, length));
    if (kind == rename) {
        buffer.skip(16);
        out.rename_to = utf8_of_utf16le(buffer.take(buffer.u32_le()));
    } else if (kind == end || kind == end_extended) {
        out.deletes = (buffer.u8() & 1U) != 0;
    }
}

}  // namespace

std::optional<Header> read_header(ByteView bytes) {
    constexpr std::uint32_t flag_response = 1, flag_async = 2;
    ByteReader reader(bytes);
    reader.skip(4);
    if (reader.u16_le() != header_bytes) return std::nullopt;
    reader.skip(2);
    Header out;
    out.status = reader.u32_le();
    out.command = static_cast<Command>(reader.u16_le());
    reader.skip(2);
    const std::uint32_t flags = reader.u32_le();
    out.response = (flags & flag_response) != 0;
    out.async = (flags & flag_async) != 0;
    out.next = reader.u32_le();
    out.message_id = reader.u64_le();
    reader.skip(4);
    const std::uint32_t tree = reader.u32_le();
    if (!out.async) out.tree_id = tree;
    out.session_id = reader.u64_le();
    if (!reader.ok()) return std::nullopt;
    return out;
}

ByteView part_of(ByteView message, std::size_t offset, std::size_t length) {
    if (offset > message.size() || length > message.size() - offset) return {};
    return message.subspan(offset, length);
}

Request read_request(const Header& header, ByteView message) {
    Request out;
    out.header = header;
    switch (header.command) {
        case Command::negotiate:
            read_negotiate(message, out);
            break;
        case Command::session_setup:
            read_session_setup(message, out);
            break;
        case Command::tree_connect:
            read_tree_connect(message, out);
            break;
        case Command::create:
            read_create(message, out);
            break;
        case Command::set_info:
            read_set_info(message, out);
            break;
        default:
            break;
    }
    return out;
}

}  // namespace persandian::protocols::smb
