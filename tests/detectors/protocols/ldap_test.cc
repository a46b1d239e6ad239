// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/detectors/protocols/ber_writer.h"
#include "tests/detectors/protocols/protocol_driver.h"

namespace persandian::protocols {
namespace {

using wire::ber_integer;
using wire::octets;
using wire::sequence;
using wire::tlv;

std::string message(std::int64_t id, const std::string& operation) {
    return sequence(ber_integer(id) + operation);
}
std::string result(unsigned tag, std::int64_t code, const std::string& text = "") {
    return tlv(tag, ber_integer(code, 10) + octets("") + octets(text));
}
const std::string bind =
    tlv(0x60, ber_integer(3) + octets("cn=budi,dc=contoh") + octets("rahasia", 0x80));
const std::string search =
    tlv(0x63, octets("dc=contoh") + ber_integer(2, 10) + ber_integer(0, 10) + ber_integer(0) +
                  ber_integer(0) + tlv(1, std::string(1, '\0')) + octets("objectClass", 0x87) +
                  sequence(octets("servicePrincipalName") + octets("cn")));
const std::string entry = tlv(0x64, octets("cn=x") + sequence(""));

TEST(Ldap, BindIsToldWithoutItsPassword) {
    ProtocolDriver driver(6, 389);
    driver.converse({client(message(1, bind)), server(message(1, result(0x61, 49, "salah")))});
    ASSERT_EQ(driver.count(), 1U);
    EXPECT_EQ(driver.text(0, "ldap.request.operation"), "bind_request");
    EXPECT_EQ(driver.text(0, "ldap.request.bind_request.name"), "cn=budi,dc=contoh");
    EXPECT_EQ(driver.text(0, "ldap.request.bind_request.authentication"), "simple");
    EXPECT_EQ(driver.text(0, "ldap.response.result_code"), "invalid_credentials");
    EXPECT_EQ(driver.text(0, "ldap.response.message"), "salah");
    EXPECT_EQ(driver.lines()[0].find("rahasia"), std::string::npos);
}

TEST(Ldap, SearchCountsItsEntries) {
    const std::vector<Turn> turns = {
        client(message(2, search)),
        server(message(2, entry) + message(2, entry) + message(2, result(0x65, 0)))};
    ProtocolDriver driver(6, 389);
    driver.converse(turns);
    ASSERT_EQ(driver.count(), 1U);
    EXPECT_EQ(driver.text(0, "ldap.request.search_request.base_object"), "dc=contoh");
    EXPECT_EQ(driver.text(0, "ldap.request.search_request.scope"), "whole_subtree");
    EXPECT_EQ(driver.texts(0, "ldap.request.search_request.attributes"), "servicePrincipalName|cn");
    EXPECT_EQ(driver.text(0, "ldap.response.entries"), "2");
    expect_split_invariance(389, turns);
}

TEST(Ldap, LargeMessagesAreReadOver) {
    std::string head = std::string("\x30\x83\x02\x00\x00", 5);  // 131,072 bytes follow
    const std::string body = ber_integer(2) + std::string("\x64\x83\x01\xFF\xF8", 5);
    head += body + std::string(131'072 - body.size(), 'z');
    ProtocolDriver driver(6, 389);
    driver.converse({client(message(2, search)), server(head + message(2, result(0x65, 0)))});
    EXPECT_EQ(driver.anomalies(), "message_too_long");
    EXPECT_EQ(driver.text(1, "ldap.response.result_code"), "success");
}

TEST(Ldap, StartTlsIsProbedAnew) {
    ProtocolDriver driver(6, 389);
    driver.send(client(message(1, tlv(0x77, octets("1.3.6.1.4.1.1466.20037", 0x80)))));
    driver.send(server(message(1, result(0x78, 0))));
    EXPECT_EQ(driver.text(0, "ldap.request.extended_request.name"), "1.3.6.1.4.1.1466.20037");
    EXPECT_FALSE(driver.done());
    driver.send(client(message(2, bind)));
    EXPECT_EQ(driver.count(), 1U);
}

TEST(Ldap, WhatSaslSealsEndsQuietly) {
    const std::string sasl =
        tlv(0x60, ber_integer(3) + octets("") + tlv(0xA3, octets("GSS-SPNEGO") + octets("token")));
    ProtocolDriver driver(6, 389);
    driver.converse({client(message(1, sasl)), server(message(1, result(0x61, 0))),
                     client(std::string("\0\0\0\x10sealed", 10))});
    EXPECT_EQ(driver.text(0, "ldap.request.bind_request.authentication"), "GSS-SPNEGO");
    EXPECT_EQ(driver.anomalies(), "");
    EXPECT_TRUE(driver.done());
}

TEST(Ldap, OverUdpItIsOneDatagram) {
    ProtocolDriver driver(17, 389);
    driver.datagram(client(message(1, search)));
    driver.end();
    EXPECT_EQ(driver.text(0, "ldap.request.search_request.base_object"), "dc=contoh");
}

TEST(Ldap, OddNumbersAreRefused) {
    ProtocolDriver driver(6, 389);
    driver.converse({client(message(1, bind) + message(2, tlv(0x7E, "")))});
    EXPECT_EQ(driver.anomalies(), "bad_message");
    ProtocolDriver junk(6, 389);
    junk.converse({client(message(1, bind) + "junk")});
    EXPECT_EQ(junk.anomalies(), "not_ldap");
    ProtocolDriver snmp(17, 389);
    snmp.datagram(client(sequence(ber_integer(1) + octets("public") + tlv(0xA0, ""))));
    EXPECT_NE(snmp.app_proto(), "ldap");
}

}  // namespace
}  // namespace persandian::protocols
