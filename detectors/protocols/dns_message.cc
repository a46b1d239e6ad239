// SPDX-License-Identifier: Apache-2.0
#include "detectors/protocols/dns_message.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "detectors/base/encoding.h"
#include "detectors/base/ip_address.h"

namespace persandian::protocols::dns {
namespace {

constexpr std::array<std::pair<std::uint16_t, std::string_view>, 50> types = {{
    {1, "A"},       {2, "NS"},        {5, "CNAME"},       {6, "SOA"},         {10, "NULL"},
    {11, "WKS"},    {12, "PTR"},      {13, "HINFO"},      {14, "MINFO"},      {15, "MX"},
    {16, "TXT"},    {17, "RP"},       {18, "AFSDB"},      {24, "SIG"},        {25, "KEY"},
    {28, "AAAA"},   {29, "LOC"},      {33, "SRV"},        {35, "NAPTR"},      {36, "KX"},
    {37, "CERT"},   {39, "DNAME"},    {41, "OPT"},        {42, "APL"},        {43, "DS"},
    {44, "SSHFP"},  {45, "IPSECKEY"}, {46, "RRSIG"},      {47, "NSEC"},       {48, "DNSKEY"},
    {49, "DHCID"},  {50, "NSEC3"},    {51, "NSEC3PARAM"}, {52, "TLSA"},       {53, "SMIMEA"},
    {55, "HIP"},    {59, "CDS"},      {60, "CDNSKEY"},    {61, "OPENPGPKEY"}, {62, "CSYNC"},
    {63, "ZONEMD"}, {64, "SVCB"},     {65, "HTTPS"},      {99, "SPF"},        {249, "TKEY"},
    {250, "TSIG"},  {251, "IXFR"},    {252, "AXFR"},      {255, "ANY"},       {257, "CAA"},
}};

constexpr std::array<std::string_view, 12> rcodes = {"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN",
                                                     "NOTIMP",  "REFUSED", "YXDOMAIN", "YXRRSET",
                                                     "NXRRSET", "NOTAUTH", "NOTZONE",  "DSOTYPENI"};

void append_escaped(std::string& out, std::byte b, bool in_label) {
    const auto c = static_cast<char>(b);
    if (c == '\\' || (in_label && c == '.')) {
        out += '\\';
        out += c;
    } else if (c > (in_label ? ' ' : '\x1F') && c < '\x7F') {
        out += c;
    } else {
        fmt::format_to(std::back_inserter(out), "\\{:03}", std::to_integer<unsigned>(b));
    }
}

/// The name inside resource data; false when it is broken or leaves the data.
bool append_name(std::string& out, ByteReader& reader, ByteView message, std::size_t end) {
    return read_name(reader, message, out) == NameStatus::ok && reader.position() <= end;
}

bool append_txt(std::string& out, ByteView data) {
    ByteReader reader(data);
    const std::size_t start = out.size();
    while (!reader.at_end()) {
        for (const std::byte b : reader.take(reader.u8())) {
            if (out.size() - start < max_text_bytes) append_escaped(out, b, false);
        }
    }
    return reader.ok();
}

bool append_soa(std::string& out, ByteReader& reader, ByteView message, std::size_t end) {
    if (!append_name(out, reader, message, end)) return false;
    out += ' ';
    if (!append_name(out, reader, message, end)) return false;
    for (int i = 0; i < 5; ++i) fmt::format_to(std::back_inserter(out), " {}", reader.u32());
    return reader.ok() && reader.position() <= end;
}

/// The typed form; false when there is none or the data does not fit it.
bool append_typed(std::string& out, std::uint16_t type, ByteView message, std::size_t offset,
                  std::size_t size) {
    const std::size_t end = offset + size;
    ByteReader reader(message);
    reader.seek(offset);
    switch (type) {
        case 1:
        case 28:
            if (size != (type == 1 ? 4U : 16U)) return false;
            out += IpAddress::from_bytes(reader.take(size)).to_string();
            return true;
        case 2:
        case 5:
        case 12:
        case 39:
            return append_name(out, reader, message, end);
        case 6:
            return append_soa(out, reader, message, end);
        case 15:
            fmt::format_to(std::back_inserter(out), "{} ", reader.u16());
            return append_name(out, reader, message, end);
        case 16:
        case 99:
            return append_txt(out, message.subspan(offset, size));
        case 33: {
            const unsigned priority = reader.u16();
            const unsigned weight = reader.u16();
            fmt::format_to(std::back_inserter(out), "{} {} {} ", priority, weight, reader.u16());
            return append_name(out, reader, message, end);
        }
        default:
            return false;
    }
}

}  // namespace

Header read_header(ByteReader& reader) noexcept {
    Header header;
    header.id = reader.u16();
    header.flags = reader.u16();
    header.questions = reader.u16();
    header.answers = reader.u16();
    header.authorities = reader.u16();
    header.additionals = reader.u16();
    return header;
}

NameStatus read_name(ByteReader& reader, ByteView message, std::string& out) {
    ByteReader at = reader;
    bool jumped = false;
    std::size_t pointers = 0;
    std::size_t wire_bytes = 0;
    std::size_t lowest = at.position();  // a pointer must lead below all that was read so far
    const std::size_t start = out.size();
    for (;;) {
        const std::size_t label_at = at.position();
        const unsigned length = at.u8();
        if (!at.ok()) return NameStatus::truncated;
        if (length >= 0xC0) {
            const std::size_t target = ((length & 0x3FU) << 8U) | at.u8();
            if (!at.ok()) return NameStatus::truncated;
            if (!jumped) reader.seek(at.position());
            jumped = true;
            lowest = std::min(lowest, label_at);
            if (target >= lowest || ++pointers > max_pointers) return NameStatus::compression_loop;
            lowest = target;
            at = ByteReader(message);
            at.seek(target);
            continue;
        }
        if (length > 63) return NameStatus::bad_label;
        wire_bytes += 1 + length;
        if (wire_bytes > max_name_bytes) return NameStatus::too_long;
        if (length == 0) break;
        if (out.size() != start) out += '.';
        for (const std::byte b : at.take(length)) append_escaped(out, b, true);
        if (!at.ok()) return NameStatus::truncated;
    }
    if (!jumped) reader.seek(at.position());
    if (out.size() == start) out += '.';
    return NameStatus::ok;
}

void append_rdata(std::string& out, std::uint16_t type, ByteView message, std::size_t offset,
                  std::size_t size) {
    const std::size_t start = out.size();
    if (append_typed(out, type, message, offset, size)) return;
    out.resize(start);
    out += hex_encode(message.subspan(offset, std::min(size, max_hex_bytes)));
}

std::string_view type_name(std::uint16_t type, std::string& storage) {
    const auto found = std::lower_bound(
        types.begin(), types.end(), type,
        [](const auto& known, std::uint16_t wanted) { return known.first < wanted; });
    if (found != types.end() && found->first == type) return found->second;
    storage = fmt::format("TYPE{}", type);
    return storage;
}

std::string_view rcode_name(unsigned rcode, std::string& storage) {
    if (rcode < rcodes.size()) return rcodes[rcode];
    storage = fmt::format("{}", rcode);
    return storage;
}

}  // namespace persandian::protocols::dns
