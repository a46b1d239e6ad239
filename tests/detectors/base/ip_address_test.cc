// SPDX-License-Identifier: Apache-2.0
#include "detectors/base/ip_address.h"

#include <gtest/gtest.h>

namespace persandian {
namespace {

TEST(IpAddress, ReadsAndWritesBothFamilies) {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"192.0.2.1", "192.0.2.1"},
        {"2001:DB8:0:0::1", "2001:db8::1"},
        {"::ffff:192.0.2.1", "::ffff:192.0.2.1"}};
    for (const auto& [text, canonical] : cases) {
        ASSERT_TRUE(IpAddress::parse(text)) << text;
        EXPECT_EQ(IpAddress::parse(text)->to_string(), canonical);
    }
}

TEST(IpAddress, RefusesWhatIsNotAnAddress) {
    for (const std::string_view bad :
         {"", "1.2.3", "1.2.3.256", "01.2.3.4", "1.2.3.4 ", "::1%eth0", "[::1]",
          ":::", "1111:2222:3333:4444:5555:6666:7777:8888:9999"})
        EXPECT_FALSE(IpAddress::parse(bad)) << bad;
}

TEST(IpAddress, MappedAddressUnmapsToIpv4) {
    EXPECT_EQ(IpAddress::parse("::ffff:192.0.2.1")->unmapped(), *IpAddress::parse("192.0.2.1"));
    EXPECT_EQ(IpAddress::parse("2001:db8::1")->unmapped(), *IpAddress::parse("2001:db8::1"));
}

TEST(IpNetwork, ContainsAtEveryPrefixBorder) {
    const IpNetwork network = *IpNetwork::parse("10.128.0.0/9");
    EXPECT_TRUE(network.contains(*IpAddress::parse("10.128.0.0")));
    EXPECT_TRUE(network.contains(*IpAddress::parse("10.255.255.255")));
    EXPECT_FALSE(network.contains(*IpAddress::parse("10.127.255.255")));
    EXPECT_TRUE(network.contains(*IpAddress::parse("::ffff:10.200.0.1")));
    EXPECT_FALSE(network.contains(*IpAddress::parse("2001:db8::1")));
    EXPECT_TRUE(IpNetwork::parse("::/0")->contains(*IpAddress::parse("2001:db8::1")));
    EXPECT_FALSE(IpNetwork::parse("0.0.0.0/0")->contains(*IpAddress::parse("2001:db8::1")));
}

TEST(IpNetwork, RefusesHostBitsAndBadPrefixes) {
    for (const std::string_view bad :
         {"10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8x", "2001:db8::1/32", "x/8"})
        EXPECT_FALSE(IpNetwork::parse(bad)) << bad;
    EXPECT_EQ(IpNetwork::parse("192.0.2.1")->prefix_bits, 32U);
}

}  // namespace
}  // namespace persandian
