// SPDX-License-Identifier: Apache-2.0
#include "detectors/protocols/x509_summary.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "detectors/base/digest.h"
#include "detectors/base/encoding.h"
#include "detectors/protocols/ber_reader.h"

namespace persandian::protocols::tls {
namespace {

using ber::Element;
using ber::expect;
using ber::read_element;
using ber::tag_integer;
using ber::tag_octets;
using ber::tag_oid;
using ber::tag_sequence;
using ber::tag_set;

constexpr unsigned tag_utc_time = 0x17;
constexpr unsigned tag_generalized_time = 0x18;
constexpr unsigned tag_bmp_string = 0x1E;
constexpr unsigned tag_version = 0xA0;
constexpr unsigned tag_extensions = 0xA3;
constexpr unsigned tag_dns_name = 0x82;

std::string attribute_name(ByteView oid) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 18> known = {{
        {"\x55\x04\x03", "CN"},
        {"\x55\x04\x04", "SN"},
        {"\x55\x04\x05", "serialNumber"},
        {"\x55\x04\x06", "C"},
        {"\x55\x04\x07", "L"},
        {"\x55\x04\x08", "ST"},
        {"\x55\x04\x09", "street"},
        {"\x55\x04\x0A", "O"},
        {"\x55\x04\x0B", "OU"},
        {"\x55\x04\x0C", "title"},
        {"\x55\x04\x0D", "description"},
        {"\x55\x04\x0F", "businessCategory"},
        {"\x55\x04\x11", "postalCode"},
        {"\x55\x04\x2A", "GN"},
        {"\x55\x04\x61", "organizationIdentifier"},
        {"\x2A\x86\x48\x86\xF7\x0D\x01\x09\x01", "emailAddress"},
        {"\x09\x92\x26\x89\x93\xF2\x2C\x64\x01\x01", "UID"},
        {"\x09\x92\x26\x89\x93\xF2\x2C\x64\x01\x19", "DC"},
    }};
    for (const auto& [bytes, name] : known)
        if (as_text(oid) == bytes) return std::string(name);
    return ber::dotted_oid(oid);
}

void append_utf8(std::string& out, unsigned code_point) {
    if (code_point >= 0xD800 && code_point < 0xE000) code_point = 0xFFFD;
    if (code_point < 0x80) {
        out += static_cast<char>(code_point);
    } else if (code_point < 0x800) {
        out += static_cast<char>(0xC0U | (code_point >> 6U));
        out += static_cast<char>(0x80U | (code_point & 0x3FU));
    } else {
        out += static_cast<char>(0xE0U | (code_point >> 12U));
        out += static_cast<char>(0x80U | ((code_point >> 6U) & 0x3FU));
        out += static_cast<char>(0x80U | (code_point & 0x3FU));
    }
}

void append_attribute_value(std::string& out, const Element& value) {
    std::string text;
    if (value.tag == tag_bmp_string) {
        for (ByteReader reader(value.value); reader.remaining() >= 2;)
            append_utf8(text, reader.u16());
    } else {
        text = as_text(value.value);
    }
    for (const char c : text) {
        if (out.size() >= max_name_bytes) return;
        if (c == ',' || c == '\\') out += '\\';
        out += c;
    }
}

/// Name ::= SEQUENCE OF SET OF SEQUENCE { type OID, value }.
std::optional<std::string> name_text(ByteView name) {
    std::string out;
    std::size_t attributes = 0;
    ByteReader sequence(name);
    while (!sequence.at_end() && attributes < max_name_attributes) {
        ByteReader set(expect(sequence, tag_set));
        while (!set.at_end() && attributes < max_name_attributes) {
            ByteReader attribute(expect(set, tag_sequence));
            const ByteView type = expect(attribute, tag_oid);
            const Element value = read_element(attribute);
            if (!attribute.ok() || !set.ok()) return std::nullopt;
            if (attributes++ > 0) out += ", ";
            out += attribute_name(type);
            out += '=';
            append_attribute_value(out, value);
        }
    }
    if (!sequence.ok()) return std::nullopt;
    return out;
}

/// UTCTime YYMMDDhhmmssZ (RFC 5280: 50..99 are 19xx) or GeneralizedTime YYYYMMDDhhmmssZ.
std::optional<std::string> time_text(const Element& element) {
    std::string digits(as_text(element.value));
    if (element.tag == tag_utc_time && digits.size() == 13)
        digits.insert(0, digits[0] >= '5' ? "19" : "20");
    const bool timed = element.tag == tag_utc_time || element.tag == tag_generalized_time;
    if (!timed || digits.size() != 15 || digits[14] != 'Z') return std::nullopt;
    if (!std::all_of(digits.begin(), digits.end() - 1, [](char c) { return c >= '0' && c <= '9'; }))
        return std::nullopt;
    return fmt::format("{}-{}-{}T{}:{}:{}", digits.substr(0, 4), digits.substr(4, 2),
                       digits.substr(6, 2), digits.substr(8, 2), digits.substr(10, 2),
                       digits.substr(12, 2));
}

std::string colon_hex(ByteView bytes, bool upper) {
    std::string out;
    for (const std::byte b : bytes) {
        const auto value = std::to_integer<unsigned>(b);
        if (!out.empty()) out += ':';
        out += upper ? fmt::format("{:02X}", value) : fmt::format("{:02x}", value);
    }
    return out;
}

/// SubjectAltName inside the extensions; absent or unreadable: none.
std::vector<std::string> dns_names_of(ByteReader rest) {
    constexpr std::string_view subject_alt_name = "\x55\x1D\x11";
    std::vector<std::string> names;
    while (!rest.at_end()) {
        const Element element = read_element(rest);
        if (element.tag != tag_extensions) continue;
        ByteReader wrapper(element.value);
        ByteReader extensions(expect(wrapper, tag_sequence));
        while (!extensions.at_end()) {
            ByteReader extension(expect(extensions, tag_sequence));
            if (as_text(expect(extension, tag_oid)) != subject_alt_name) continue;
            Element value = read_element(extension);
            if (value.tag != tag_octets) value = read_element(extension);  // behind `critical`
            ByteReader octets(value.value);
            ByteReader general_names(expect(octets, tag_sequence));
            while (!general_names.at_end() && names.size() < max_dns_names) {
                const Element name = read_element(general_names);
                if (name.tag == tag_dns_name) names.emplace_back(as_text(name.value));
            }
        }
    }
    return names;
}

}  // namespace

std::optional<CertificateSummary> summarise_certificate(ByteView der) {
    ByteReader whole(der);
    ByteReader certificate(expect(whole, tag_sequence));
    ByteReader fields(expect(certificate, tag_sequence));
    Element element = read_element(fields);
    if (element.tag == tag_version) element = read_element(fields);
    if (element.tag != tag_integer) return std::nullopt;
    CertificateSummary summary;
    summary.serial =
        colon_hex(element.value.first(std::min<std::size_t>(element.value.size(), 64)), true);
    (void)expect(fields, tag_sequence);  // signature algorithm
    const auto issuer = name_text(expect(fields, tag_sequence));
    ByteReader validity(expect(fields, tag_sequence));
    const auto not_before = time_text(read_element(validity));
    const auto not_after = time_text(read_element(validity));
    const auto subject = name_text(expect(fields, tag_sequence));
    if (!fields.ok() || !issuer || !subject) return std::nullopt;
    summary.issuer = *issuer;
    summary.subject = *subject;
    summary.not_before = not_before.value_or("");
    summary.not_after = not_after.value_or("");
    summary.fingerprint = colon_hex(sha1(der), false);
    summary.dns_names = dns_names_of(fields);
    return summary;
}

}  // namespace persandian::protocols::tls
