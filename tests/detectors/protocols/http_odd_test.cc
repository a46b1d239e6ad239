// SPDX-License-Identifier: Apache-2.0
//
// HTTP that does not begin a flow, and start lines that no client should send.
#include <string>

#include <gtest/gtest.h>

#include "tests/detectors/protocols/protocol_driver.h"

namespace persandian::protocols {
namespace {

using namespace std::string_literals;

const std::string get = "GET /berita HTTP/1.1\r\nHost: www.example.go.id\r\n\r\n";
const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

TEST(HttpOdd, BeginsInsideSocks) {
    ProtocolDriver driver(6, 1080);
    driver.converse({client("\x05\x01\x00"s), server("\x05\x00"s),
                     client("\x05\x01\x00\x01\xC0\x00\x02\x01\x00\x50"s),
                     server("\x05\x00\x00\x01\0\0\0\0\0\0"s), client(get), server(ok)});
    ASSERT_EQ(driver.count(), 2U);  // SOCKS tells, too
    EXPECT_EQ(driver.text(1, "http.hostname"), "www.example.go.id");
    EXPECT_EQ(driver.text(1, "http.status"), "200");
}

TEST(HttpOdd, AnAnswerToAnUnreadableRequestIsTold) {
    ProtocolDriver driver(6, 80);
    driver.converse({client("GET/ HTTP/1.1\nHost: a\n\n"),
                     server("HTTP/1.0 400 Bad Request\r\nContent-Length: 0\r\n\r\n")});
    ASSERT_EQ(driver.count(), 1U);
    EXPECT_EQ(driver.text(0, "http.status"), "400");
    EXPECT_EQ(driver.text(0, "http.url"), "");
    EXPECT_EQ(driver.app_proto(), "http");
}

TEST(HttpOdd, LinesOfOtherProtocolsThatLookAlikeBeginNothing) {
    ProtocolDriver driver(6, 119);
    driver.converse({server("200 news\r\n"), client("DATA\r\n"), client("GET lost / HTTP\r\n"),
                     client("GET / HTTP/9.9\r\n\r\n"), client("FETCH / HTTP/1.1\r\n\r\n"),
                     server("HTTP/1.1 is a protocol\r\n")});
    EXPECT_EQ(driver.count(), 0U);
}

TEST(HttpOdd, ABrokenVersionIsShownAsSent) {
    ProtocolDriver driver(6, 80);
    driver.converse({client("CCM_POST / HTTP/1.\nHost: a.example\n\n"),
                     server("HTTP/1.x 400 Bad Request\r\nContent-Length: 0\r\n\r\n")});
    ASSERT_EQ(driver.count(), 1U);
    EXPECT_EQ(driver.text(0, "http.http_method"), "CCM_POST");
    EXPECT_EQ(driver.text(0, "http.url"), "/");
    EXPECT_EQ(driver.text(0, "http.hostname"), "a.example");
    EXPECT_EQ(driver.text(0, "http.protocol"), "HTTP/1.");
    EXPECT_EQ(driver.text(0, "http.status"), "400");
}

}  // namespace
}  // namespace persandian::protocols
