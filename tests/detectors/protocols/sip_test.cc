// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/detectors/protocols/protocol_driver.h"

namespace persandian::protocols {
namespace {

const std::string invite =
    "INVITE sip:siti@example.go.id SIP/2.0\r\nFrom: Budi <sip:budi@example.go.id>;tag=1\r\n"
    "t: <sip:siti@example.go.id>\r\nCall-ID: 7@a\r\nCSeq: 2 INVITE\r\nUser-Agent: "
    "friendly-scanner\r\n"
    "Content-Type: application/sdp\r\nl: 5\r\n\r\nv=0\r\n";
const std::string ringing =
    "SIP/2.0 180 Ringing now\r\nFrom: a\r\nTo: b\r\nCall-ID: 7@a\r\nServer: pbx\r\n"
    "Content-Length: 0\r\n\r\n";

TEST(Sip, RequestAndResponseAreAnEventEach) {
    ProtocolDriver driver(17, 5060);
    driver.datagram(client(invite));
    driver.datagram(server(ringing));
    ASSERT_EQ(driver.count(), 2U);
    EXPECT_EQ(driver.text(0, "sip.method"), "INVITE");
    EXPECT_EQ(driver.text(0, "sip.uri"), "sip:siti@example.go.id");
    EXPECT_EQ(driver.text(0, "sip.request_line"), "INVITE sip:siti@example.go.id SIP/2.0");
    EXPECT_EQ(driver.text(0, "sip.from"), "Budi <sip:budi@example.go.id>;tag=1");
    EXPECT_EQ(driver.text(0, "sip.to"), "<sip:siti@example.go.id>");
    EXPECT_EQ(driver.text(0, "sip.user_agent"), "friendly-scanner");
    EXPECT_EQ(driver.text(0, "sip.content_type"), "application/sdp");
    EXPECT_EQ(driver.text(1, "sip.code"), "180");
    EXPECT_EQ(driver.text(1, "sip.reason"), "Ringing now");
    EXPECT_EQ(driver.text(1, "sip.server"), "pbx");
    EXPECT_EQ(driver.text(1, "sip.method"), "");
}

TEST(Sip, BodiesOfAStreamAreReadOverByTheirLength) {
    expect_split_invariance(5060, {client(invite + invite), server(ringing + ringing)});
    ProtocolDriver driver(6, 5060);
    driver.converse({client("\r\n\r\n" + invite + invite), server(ringing)});
    EXPECT_EQ(driver.count(), 3U);
}

TEST(Sip, PasswordsInAddressesAreLeftOut) {
    ProtocolDriver driver(17, 5060);
    driver.datagram(
        client("REGISTER sip:budi:rahasia@example.go.id:5060;a=b:c@d SIP/2.0\r\nFrom: "
               "<sips:budi:rahasia@a>\r\n"
               "To: sip:siti@b\r\nContact: \"x\" <sip:budi:rahasia@192.0.2.1:5060>\r\n\r\n"));
    EXPECT_EQ(driver.text(0, "sip.uri"), "sip:budi@example.go.id:5060;a=b:c@d");
    EXPECT_EQ(driver.text(0, "sip.from"), "<sips:budi@a>");
    EXPECT_EQ(driver.text(0, "sip.to"), "sip:siti@b");
    EXPECT_EQ(driver.text(0, "sip.contact"), "\"x\" <sip:budi@192.0.2.1:5060>");
    EXPECT_EQ(driver.lines()[0].find("rahasia"), std::string::npos);
}

TEST(Sip, KeepAliveIsNoMessage) {
    ProtocolDriver driver(17, 5060);
    driver.datagram(client(invite));
    driver.datagram(client("\r\n\r\n"));
    driver.datagram(client(std::string(4, '\0')));
    EXPECT_EQ(driver.count(), 1U);
}

TEST(Sip, OtherTextIsNotSip) {
    for (const char* other :
         {"GET / HTTP/1.1\r\n\r\n", "NOTIFY * HTTP/1.1\r\n\r\n", "SIP/2.0 ok\r\n\r\n",
          "INVITE SIP/2.0\r\n\r\n", "hello there SIP/2.0\r\n"}) {
        ProtocolDriver driver(17, 5060);
        driver.datagram(client(other));
        EXPECT_EQ(driver.app_proto(), "") << other;
    }
}

TEST(Sip, WhatBreaksTheStreamIsSaid) {
    ProtocolDriver driver(6, 5060);
    driver.converse({client(invite + "garbage\r\n")});
    EXPECT_EQ(driver.anomalies(), "not_sip");
    ProtocolDriver flood(6, 5060);
    std::string headers = "INVITE sip:a SIP/2.0\r\n";
    for (int i = 0; i < 300; ++i) headers += "X: y\r\n";
    flood.converse({client(headers)});
    EXPECT_EQ(flood.anomalies(), "too_many_headers");
    ProtocolDriver body(6, 5060);
    body.converse({client("INVITE sip:a SIP/2.0\r\nContent-Length: 99999999\r\n\r\n")});
    EXPECT_EQ(body.anomalies(), "body_too_long");
}

}  // namespace
}  // namespace persandian::protocols
