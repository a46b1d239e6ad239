// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "detectors/protocols/utf16.h"
#include "tests/detectors/protocols/protocol_driver.h"
#include "tests/detectors/protocols/wire.h"

namespace persandian::protocols {
namespace {

using wire::u16;
using wire::u8;

std::string little(std::uint32_t value, unsigned octets) {
    std::string out;
    for (unsigned i = 0; i < octets; ++i) out += static_cast<char>((value >> (8 * i)) & 0xFFU);
    return out;
}
std::string tpkt(const std::string& payload) {
    return u8(3) + u8(0) + u16(4 + payload.size()) + payload;
}
std::string x224(unsigned type, const std::string& rest) {
    return tpkt(u8(6 + rest.size()) + u8(type) + std::string(5, '\0') + rest);
}
std::string negotiation(unsigned type, std::uint32_t value) {
    return u8(type) + u8(0) + little(8, 2) + little(value, 4);
}
std::string wide(const std::string& text) {
    std::string out;
    for (const char c : text) out += std::string{c, '\0'};
    return out;
}
std::string block(std::uint32_t type, const std::string& body) {
    return little(type, 2) + little(static_cast<std::uint32_t>(body.size() + 4), 2) + body;
}

const std::string hello = x224(0xE0, "Cookie: mstshash=budi\r\n" + negotiation(1, 3));
/// A TLS 1.2 server's alert: enough for the probe of TLS to see that something else begins.
const std::string tls_alert("\x15\x03\x03\x00\x02\x02\x28", 7);

TEST(Rdp, CookieAndProtocolsAreToldWhenTlsBegins) {
    ProtocolDriver driver(6, 3389);
    driver.send(client(hello));
    EXPECT_EQ(driver.count(), 0U);
    driver.send(server(x224(0xD0, negotiation(2, 2))));
    ASSERT_EQ(driver.count(), 1U);
    EXPECT_EQ(driver.text(0, "rdp.cookie"), "budi");
    EXPECT_EQ(driver.texts(0, "rdp.requested_protocols"), "ssl|hybrid");
    EXPECT_EQ(driver.text(0, "rdp.protocol"), "hybrid");
    EXPECT_FALSE(driver.done()) << "TLS is looked for";
}

TEST(Rdp, RefusalHasItsCode) {
    ProtocolDriver driver(6, 3389);
    driver.converse({client(hello), server(x224(0xD0, negotiation(3, 5)))});
    EXPECT_EQ(driver.text(0, "rdp.error_code"), "5");
    EXPECT_EQ(driver.text(0, "rdp.protocol"), "");
}

TEST(Rdp, ClientOfStandardSecurityDescribesItself) {
    std::string name = wide("PC-KEUANGAN");
    name.resize(32, '\0');
    const std::string core =
        block(0xC001, little(0x80004, 4) + little(1024, 2) + little(768, 2) + little(0, 4) +
                          little(1057, 4) + little(2600, 4) + name + std::string(64, '\0'));
    const std::string network =
        block(0xC003, little(2, 4) + std::string("rdpdr\0\0\0", 8) + little(0, 4) +
                          std::string("cliprdr\0", 8) + little(0, 4));
    const std::string blocks = core + network;
    const std::string initial = tpkt(u8(2) + u8(0xF0) + u8(0x80) + "\x7F\x65 mcs Duca" +
                                     u16(0x8000U | blocks.size()) + blocks);
    const std::vector<Turn> turns = {client(x224(0xE0, "")), server(x224(0xD0, "")),
                                     client(initial)};
    ProtocolDriver driver(6, 3389);
    driver.converse(turns);
    ASSERT_EQ(driver.count(), 1U);
    EXPECT_EQ(driver.text(0, "rdp.protocol"), "rdp");
    EXPECT_EQ(driver.text(0, "rdp.client.client_name"), "PC-KEUANGAN");
    EXPECT_EQ(driver.text(0, "rdp.client.build"), "2600");
    EXPECT_EQ(driver.text(0, "rdp.client.keyboard_layout"), "1057");
    EXPECT_EQ(driver.text(0, "rdp.client.desktop_width"), "1024");
    EXPECT_EQ(driver.texts(0, "rdp.channels"), "rdpdr|cliprdr");
    expect_split_invariance(3389, turns);
}

TEST(Rdp, SplitsDoNotMatter) {
    expect_split_invariance(3389,
                            {client(hello), server(x224(0xD0, negotiation(2, 1)) + tls_alert)});
}

TEST(Rdp, OffItsPortItMustSayMore) {
    ProtocolDriver iso(6, 102);
    iso.send(client(x224(0xE0, "\xC1\x02\x01\x00")));
    EXPECT_NE(iso.app_proto(), "rdp");
    ProtocolDriver elsewhere(6, 13389);
    elsewhere.converse({client(hello)});
    EXPECT_EQ(elsewhere.app_proto(), "rdp");
    EXPECT_EQ(elsewhere.anomalies(), "foreign_port");
}

TEST(Rdp, BadLengthIsMalformed) {
    ProtocolDriver driver(6, 3389);
    driver.converse({client(hello + u8(3) + u8(0) + u16(3))});
    EXPECT_EQ(driver.anomalies(), "bad_packet_length");
    EXPECT_EQ(driver.text(1, "rdp.cookie"), "budi");
}

TEST(Utf16, SurrogatesAreJoinedAndLoneOnesReplaced) {
    EXPECT_EQ(utf8_of_utf16le(as_bytes(std::string_view("\x3D\xD8\x00\xDE"
                                                        "a\0",
                                                        6))),
              "\xF0\x9F\x98\x80"
              "a");
    EXPECT_EQ(utf8_of_utf16le(as_bytes(std::string_view("\x3D\xD8"
                                                        "a\0\x00\xDE",
                                                        6))),
              "\xEF\xBF\xBD"
              "a\xEF\xBF\xBD");
    EXPECT_EQ(utf8_of_utf16le(as_bytes(std::string_view("\xE9\0\0\0b\0", 6))), "\xC3\xA9");
}

}  // namespace
}  // namespace persandian::protocols
