// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/detectors/protocols/protocol_driver.h"
#include "tests/detectors/protocols/wire.h"

namespace persandian::protocols {
namespace {

using wire::u16;
using wire::u32;
using wire::u8;

TEST(Ntp, ClientAndServerAreTold) {
    ProtocolDriver driver(17, 123);
    driver.datagram(client(u8(0x23) + std::string("\0\x06\xEC", 3) + std::string(44, '\0')));
    driver.datagram(server(u8(0x24) + std::string("\x02\x06\xEC", 3) + std::string(8, '\0') +
                           u32(0xC6336401) + std::string(32, '\0')));
    driver.datagram(server(u8(0x24) + std::string("\x01\x06\xEC", 3) + std::string(8, '\0') +
                           std::string("GPS\0", 4) + std::string(32, '\0')));
    ASSERT_EQ(driver.count(), 3U);
    EXPECT_EQ(driver.text(0, "ntp.version"), "4");
    EXPECT_EQ(driver.text(0, "ntp.mode"), "3");
    EXPECT_EQ(driver.text(0, "ntp.reference_id"), "");
    EXPECT_EQ(driver.text(1, "ntp.stratum"), "2");
    EXPECT_EQ(driver.text(1, "ntp.poll"), "6");
    EXPECT_EQ(driver.text(1, "ntp.reference_id"), "198.51.100.1");
    EXPECT_EQ(driver.text(2, "ntp.reference_id"), "GPS");
}

TEST(Ntp, MonlistIsKnown) {
    ProtocolDriver driver(17, 123);
    driver.datagram(client(u8(0x17) + std::string("\0\x03\x2A\0\0\0\0", 7)));
    EXPECT_EQ(driver.text(0, "ntp.mode"), "7");
    EXPECT_EQ(driver.text(0, "ntp.private_request"), "42");
    EXPECT_EQ(driver.text(0, "ntp.monlist"), "true");
    driver.datagram(client(u8(0x16) + u8(2) + std::string(10, '\0')));
    EXPECT_EQ(driver.text(1, "ntp.control_operation"), "2");
}

TEST(Ntp, ShortAndOddMessagesAreRefused) {
    ProtocolDriver driver(17, 123);
    driver.datagram(client(u8(0x23) + std::string(47, '\0')));
    driver.datagram(client(u8(0x23) + "short"));
    driver.datagram(client(std::string(48, '\0')));
    EXPECT_EQ(driver.anomalies(), "too_short|bad_version_or_mode");
    ProtocolDriver elsewhere(17, 5000);
    elsewhere.datagram(client(u8(0x23) + std::string(47, '\0')));
    EXPECT_NE(elsewhere.app_proto(), "ntp");
}

}  // namespace
}  // namespace persandian::protocols
