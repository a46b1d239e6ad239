// SPDX-License-Identifier: Apache-2.0
//
// Reads BER and DER (X.690 section 8) front to back, within a ByteReader's checks. Used by
// certificates, SNMP, Kerberos and LDAP.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "detectors/base/bytes.h"

namespace persandian::protocols::ber {

constexpr unsigned tag_boolean = 0x01;
constexpr unsigned tag_integer = 0x02;
constexpr unsigned tag_octets = 0x04;
constexpr unsigned tag_null = 0x05;
constexpr unsigned tag_oid = 0x06;
constexpr unsigned tag_enumerated = 0x0A;
constexpr unsigned tag_sequence = 0x30;
constexpr unsigned tag_set = 0x31;

/// [n] of the application class and of the context-specific class, constructed.
constexpr unsigned application(unsigned n) {
    return 0x60U | n;
}
constexpr unsigned context(unsigned n) {
    return 0xA0U | n;
}

/// One element: identifier octet and contents. tag 0: none could be read. Views into the input.
struct Element {
    unsigned tag = 0;
    ByteView value;
};

/// Reads an element's identifier and length; the reader then stands at its contents. Nothing, and a
/// failed reader, for tags above 30, indefinite lengths and lengths of 16 MiB and more.
[[nodiscard]] inline std::optional<std::size_t> read_header(ByteReader& reader,
                                                            unsigned& tag) noexcept {
    tag = reader.u8();
    if ((tag & 0x1FU) == 0x1FU) reader.fail();
    std::size_t length = reader.u8();
    if (length >= 0x80) {
        const std::size_t octets = length & 0x7FU;
        if (octets == 0 || octets > 4) reader.fail();
        length = 0;
        for (std::size_t i = 0; i < octets && reader.ok(); ++i)
            length = (length << 8U) | reader.u8();
        if (length >= std::size_t{1} << 24U) reader.fail();
    }
    if (!reader.ok()) return std::nullopt;
    return length;
}

[[nodiscard]] inline Element read_element(ByteReader& reader) noexcept {
    Element element;
    const std::optional<std::size_t> length = read_header(reader, element.tag);
    if (!length) return {};
    element.value = reader.take(*length);
    return reader.ok() ? element : Element{};
}

/// The next element's contents when it has the tag; else nothing, and the reader fails.
[[nodiscard]] inline ByteView expect(ByteReader& reader, unsigned tag) noexcept {
    const Element element = read_element(reader);
    if (element.tag != tag) reader.fail();
    return reader.ok() ? element.value : ByteView{};
}

/// The next element's contents when it has the tag; else nothing, and nothing is consumed.
[[nodiscard]] inline std::optional<ByteView> optional(ByteReader& reader, unsigned tag) noexcept {
    ByteReader ahead = reader;
    const Element element = read_element(ahead);
    if (element.tag != tag || !ahead.ok()) return std::nullopt;
    reader = ahead;
    return element.value;
}

/// The value of an INTEGER or ENUMERATED of at most eight octets, with its sign.
[[nodiscard]] inline std::int64_t integer(ByteView value) noexcept {
    if (value.empty() || value.size() > 8) return 0;
    std::uint64_t out = (std::to_integer<unsigned>(value[0]) & 0x80U) != 0 ? ~std::uint64_t{0} : 0;
    for (const std::byte octet : value) out = out << 8U | std::to_integer<std::uint64_t>(octet);
    return static_cast<std::int64_t>(out);
}

/// "1.3.6.1.2.1.1.5.0"; numbers that do not fit 63 bits end it.
[[nodiscard]] std::string dotted_oid(ByteView oid);

}  // namespace persandian::protocols::ber
