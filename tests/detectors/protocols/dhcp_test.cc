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

std::string option(unsigned code, const std::string& value) {
    return u8(code) + wire::sized(value, 1);
}
std::string message(unsigned operation, const std::string& options,
                    const std::string& yours = u32(0)) {
    return u8(operation) + u8(1) + u8(6) + u8(0) + u32(0x1234) + u32(0) + u32(0) + yours + u32(0) +
           u32(0) + std::string("\x02\0\0\0\0\x07", 6) + std::string(10 + 192, '\0') +
           "\x63\x82\x53\x63" + options;
}

TEST(Dhcp, LeaseIsToldWithNamesAndAddresses) {
    ProtocolDriver driver(17, 67, 68);
    driver.datagram(
        client(message(1, option(53, u8(3)) + u8(0) + option(12, std::string("pc\0", 3)) +
                              option(50, u32(0xC0000210)) + option(55, "\x01\x03") +
                              option(60, "MSFT 5.0") + option(61, "\x01\x02") + u8(255))));
    driver.datagram(server(message(2,
                                   option(53, u8(5)) + option(54, u32(0xC6336414)) +
                                       option(51, u32(3600)) + option(3, u32(1) + u32(2)) + u8(255),
                                   u32(0xC0000210))));
    ASSERT_EQ(driver.count(), 2U);
    EXPECT_EQ(driver.text(0, "dhcp.type"), "request");
    EXPECT_EQ(driver.text(0, "dhcp.dhcp_type"), "request");
    EXPECT_EQ(driver.text(0, "dhcp.client_mac"), "02:00:00:00:00:07");
    EXPECT_EQ(driver.text(0, "dhcp.hostname"), "pc");
    EXPECT_EQ(driver.text(0, "dhcp.requested_ip"), "192.0.2.16");
    EXPECT_EQ(driver.texts(0, "dhcp.params"), "1|3");
    EXPECT_EQ(driver.text(0, "dhcp.client_id"), "01:02");
    EXPECT_EQ(driver.text(0, "dhcp.assigned_ip"), "");
    EXPECT_EQ(driver.text(1, "dhcp.dhcp_type"), "ack");
    EXPECT_EQ(driver.text(1, "dhcp.assigned_ip"), "192.0.2.16");
    EXPECT_EQ(driver.text(1, "dhcp.server_id"), "198.51.100.20");
    EXPECT_EQ(driver.text(1, "dhcp.lease_time"), "3600");
    EXPECT_EQ(driver.texts(1, "dhcp.routers"), "0.0.0.1|0.0.0.2");
}

TEST(Dhcp, OfARepeatedOptionTheFirstCounts) {
    ProtocolDriver driver(17, 67, 68);
    driver.datagram(client(
        message(1, option(12, "one") + option(12, "two") + option(6, u32(1)) + option(6, u32(2)))));
    EXPECT_EQ(driver.texts(0, "dhcp.hostname"), "one");
    EXPECT_EQ(driver.texts(0, "dhcp.dns_servers"), "0.0.0.1");
}

TEST(Dhcp, OptionThatIsCutEndsTheList) {
    ProtocolDriver driver(17, 67, 68);
    driver.datagram(client(message(1, option(53, u8(1)) + u8(12) + u8(200) + "pc")));
    EXPECT_EQ(driver.text(0, "dhcp.dhcp_type"), "discover");
    EXPECT_EQ(driver.text(0, "dhcp.hostname"), "");
}

TEST(Dhcp, WhatIsNotDhcpIsSaid) {
    ProtocolDriver other(17, 67, 68);
    other.datagram(client(std::string(300, '\x07')));
    EXPECT_NE(other.app_proto(), "dhcp");
    ProtocolDriver driver(17, 67, 68);
    driver.datagram(client(message(1, "")));
    driver.datagram(client("\x01\x01\x06"));
    driver.datagram(client(message(7, "")));
    EXPECT_EQ(driver.anomalies(), "too_short|bad_operation");
}

}  // namespace
}  // namespace persandian::protocols
