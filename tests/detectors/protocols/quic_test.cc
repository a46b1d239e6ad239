// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "detectors/base/encoding.h"
#include "detectors/protocols/quic_crypto.h"
#include "tests/detectors/protocols/protocol_driver.h"
#include "tests/detectors/protocols/wire.h"

namespace persandian::protocols {
namespace {

std::string hex(ByteView bytes) {
    return hex_encode(bytes);
}

TEST(QuicCrypto, KeysAreThoseOfTheStandards) {
    const std::string id = *hex_decode("8394c8f03e515708");
    // RFC 9001 appendix A.1
    const quic::InitialKeys one = quic::client_initial_keys(quic::version_1, as_bytes(id));
    EXPECT_EQ(hex(one.key), "1f369613dd76d5467730efcbe3b1a22d");
    EXPECT_EQ(hex(one.iv), "fa044b2f42a3fd3b46fb255c");
    EXPECT_EQ(hex(one.header_protection), "9f50449e04a0e810283a1e9933adedd2");
    // RFC 9369 appendix A.1
    const quic::InitialKeys two = quic::client_initial_keys(quic::version_2, as_bytes(id));
    EXPECT_EQ(hex(two.key), "8b1a0bc121284290a29e0971b5cd045d");
    EXPECT_EQ(hex(two.iv), "91f73e2351d8fa91660e909f");
    EXPECT_EQ(hex(two.header_protection), "45b95e15235d6f45a6b19cbcb0294ba9");
}

TEST(QuicCrypto, OtherKeysOpenNothing) {
    const std::string id = "connection";
    const quic::InitialKeys keys = quic::client_initial_keys(quic::version_1, as_bytes(id));
    EXPECT_FALSE(quic::open_initial(keys, as_bytes(std::string(100, 'x')), 20));
    EXPECT_FALSE(quic::open_initial(keys, as_bytes(std::string(30, 'x')), 20)) << "no sample";
    EXPECT_FALSE(quic::open_initial(keys, as_bytes(std::string(30, 'x')), 200));
}

std::string long_header(unsigned first, std::uint32_t version, const std::string& rest) {
    return wire::u8(first) + wire::u32(version) + wire::sized("destined", 1) + wire::sized("", 1) +
           rest;
}

TEST(Quic, VersionIsToldEvenWhenNothingOpens) {
    ProtocolDriver driver(17, 443);
    driver.datagram(client(
        long_header(0xC3, 1, wire::u8(0) + wire::u16(0x4000 + 100) + std::string(100, 'x'))));
    driver.end();
    ASSERT_EQ(driver.count(), 1U);
    EXPECT_EQ(driver.text(0, "quic.version"), "1");
    EXPECT_EQ(driver.text(0, "quic.sni"), "");
}

TEST(Quic, GooglesVersionsAreNamed) {
    ProtocolDriver driver(17, 443);
    driver.datagram(client(long_header(0xC3, 0x51303436, std::string(40, 'x'))));
    EXPECT_TRUE(driver.done());
    EXPECT_EQ(driver.text(0, "quic.version"), "Q046");
}

TEST(Quic, ManyDatagramsWithoutHelloEndIt) {
    ProtocolDriver driver(17, 443);
    for (int i = 0; i < 20; ++i)
        driver.datagram(client(
            long_header(0xC3, 1, wire::u8(0) + wire::u16(0x4000 + 64) + std::string(64, 'x'))));
    EXPECT_TRUE(driver.done());
    EXPECT_EQ(driver.count(), 1U);
}

TEST(Quic, OtherDatagramsAreNotQuic) {
    for (const std::string& other :
         {long_header(0x43, 1, std::string(40, 'x')),
          long_header(0xC3, 0x12345678, std::string(40, 'x')),
          wire::u8(0xC3) + wire::u32(1) + wire::u8(200) + std::string(220, 'x'),
          long_header(0xC3, 1, wire::u8(0) + wire::u16(0x7FFF) + "short"),
          std::string("\xC3", 1)}) {
        ProtocolDriver driver(17, 443);
        driver.datagram(client(other));
        EXPECT_NE(driver.app_proto(), "quic");
    }
}

}  // namespace
}  // namespace persandian::protocols
