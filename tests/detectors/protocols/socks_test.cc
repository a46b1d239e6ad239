// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/detectors/protocols/protocol_driver.h"
#include "tests/detectors/protocols/wire.h"

namespace persandian::protocols {
namespace {

using wire::sized;
using wire::u16;
using wire::u32;
using wire::u8;

const std::vector<Turn> version_5 = {
    client("\x05\x02" + std::string("\0\x02", 2)),
    server("\x05\x02"),
    client("\x01" + sized("budi", 1) + sized("rahasia", 1)),
    server(std::string("\x01\0", 2)),
    client(std::string("\x05\x01\0\x03", 4) + sized("www.example", 1) + u16(80)),
    server(std::string("\x05\0\0\x01", 4) + u32(0xC6336414) + u16(41000))};

TEST(Socks, Version5IsToldAndWhatGoesThroughIsProbed) {
    std::vector<Turn> turns = version_5;
    turns.push_back(client("GET / HTTP/1.1\r\nHost: www.example\r\n\r\n"));
    ProtocolDriver driver(6, 1080);
    driver.converse(turns);
    ASSERT_EQ(driver.count(), 2U);
    EXPECT_EQ(driver.text(0, "socks.version"), "5");
    EXPECT_EQ(driver.text(0, "socks.user"), "budi");
    EXPECT_EQ(driver.text(0, "socks.command"), "connect");
    EXPECT_EQ(driver.text(0, "socks.request.host"), "www.example");
    EXPECT_EQ(driver.text(0, "socks.request.port"), "80");
    EXPECT_EQ(driver.text(0, "socks.status"), "succeeded");
    EXPECT_EQ(driver.text(0, "socks.bound.host"), "198.51.100.20");
    EXPECT_EQ(driver.lines()[0].find("rahasia"), std::string::npos);
    EXPECT_EQ(driver.text(1, "http.hostname"), "www.example");
}

TEST(Socks, SplitsDoNotMatter) {
    expect_split_invariance(1080, version_5);
}

TEST(Socks, Version4NamesItsHost) {
    ProtocolDriver driver(6, 1080);
    driver.converse({client("\x04\x01" + u16(22) + u32(7) + std::string("budi\0ssh.example\0", 17)),
                     server(std::string("\0\x5B", 2) + std::string(6, '\0'))});
    ASSERT_EQ(driver.count(), 1U);
    EXPECT_EQ(driver.text(0, "socks.version"), "4");
    EXPECT_EQ(driver.text(0, "socks.user"), "budi");
    EXPECT_EQ(driver.text(0, "socks.request.host"), "ssh.example");
    EXPECT_EQ(driver.text(0, "socks.status"), "general_failure");
}

TEST(Socks, RefusalsHaveTheirReason) {
    ProtocolDriver driver(6, 1080);
    driver.converse({client(std::string("\x05\x01\0", 3)), server(std::string("\x05\0", 2)),
                     client(std::string("\x05\x01\0\x01", 4) + u32(0x0A000001) + u16(445)),
                     server(std::string("\x05\x05\0\x01", 4) + u32(0) + u16(0))});
    EXPECT_EQ(driver.text(0, "socks.request.host"), "10.0.0.1");
    EXPECT_EQ(driver.text(0, "socks.status"), "connection_refused");
}

TEST(Socks, OtherBytesAreNotSocks) {
    for (const std::string& other :
         {std::string("\x05\x01\x07more", 7), std::string("\x05\x00", 2),
          std::string("\x04\x01\x00\x00\x01\x02\x03\x04x", 9), std::string("GET /")}) {
        ProtocolDriver driver(6, 1080);
        driver.send(client(other));
        EXPECT_NE(driver.app_proto(), "socks");
    }
}

TEST(Socks, EndlessNamesEndIt) {
    ProtocolDriver driver(6, 1080);
    driver.converse({client("\x04\x01" + u16(22) + u32(7) + std::string("u\0", 2)),
                     client(std::string(3000, 'x'))});
    EXPECT_EQ(driver.anomalies(), "too_much");
}

}  // namespace
}  // namespace persandian::protocols
