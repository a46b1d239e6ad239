// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "detectors/protocols/ber_reader.h"
#include "tests/detectors/protocols/ber_writer.h"
#include "tests/detectors/protocols/protocol_driver.h"

namespace persandian::protocols {
namespace {

using wire::ber_integer;
using wire::octets;
using wire::sequence;
using wire::tlv;

std::string variables() {
    return sequence(
        sequence(octets(std::string("\x2B\x06\x01\x02\x01\x01\x05\x00", 8), 6) + tlv(5, "")));
}
std::string pdu(unsigned tag, std::int64_t error = 0) {
    return tlv(tag, ber_integer(77) + ber_integer(error) + ber_integer(0) + variables());
}
std::string message(std::int64_t version, const std::string& inner) {
    return sequence(ber_integer(version) + octets("public") + inner);
}

TEST(Snmp, RequestAndResponseAreTold) {
    ProtocolDriver driver(17, 161);
    driver.datagram(client(message(1, pdu(0xA0))));
    driver.datagram(server(message(1, pdu(0xA2, 2))));
    ASSERT_EQ(driver.count(), 2U);
    EXPECT_EQ(driver.text(0, "snmp.version"), "2");
    EXPECT_EQ(driver.text(0, "snmp.community"), "public");
    EXPECT_EQ(driver.text(0, "snmp.pdu_type"), "get_request");
    EXPECT_EQ(driver.text(0, "snmp.vars"), "1.3.6.1.2.1.1.5.0");
    EXPECT_EQ(driver.text(0, "snmp.request_id"), "77");
    EXPECT_EQ(driver.text(0, "snmp.error_status"), "");
    EXPECT_EQ(driver.text(1, "snmp.pdu_type"), "response");
    EXPECT_EQ(driver.text(1, "snmp.error_status"), "2");
}

TEST(Snmp, TrapOfVersion1HasItsEnterprise) {
    ProtocolDriver driver(17, 162);
    driver.datagram(client(message(
        0, tlv(0xA4, octets("\x2B\x06\x01\x04\x01\x09", 6) + octets("\xC0\x01\x02\x03", 0x40) +
                         ber_integer(3) + ber_integer(0) + ber_integer(9, 0x43) + variables()))));
    EXPECT_EQ(driver.text(0, "snmp.pdu_type"), "trap_v1");
    EXPECT_EQ(driver.text(0, "snmp.trap_oid"), "1.3.6.1.4.1.9");
    EXPECT_EQ(driver.text(0, "snmp.vars"), "1.3.6.1.2.1.1.5.0");
}

TEST(Snmp, UserOfVersion3IsToldEvenWhenTheRestIsEncrypted) {
    const std::string usm = sequence(octets("engine") + ber_integer(1) + ber_integer(2) +
                                     octets("pengawas") + octets("") + octets(""));
    const auto v3 = [&](const std::string& flags, const std::string& rest) {
        return sequence(
            ber_integer(3) +
            sequence(ber_integer(5) + ber_integer(1500) + octets(flags) + ber_integer(3)) +
            octets(usm) + rest);
    };
    ProtocolDriver driver(17, 161);
    driver.datagram(client(v3("\x07", octets("sealed"))));
    driver.datagram(client(v3("\x04", sequence(octets("e") + octets("") + pdu(0xA1)))));
    EXPECT_EQ(driver.text(0, "snmp.usm"), "pengawas");
    EXPECT_EQ(driver.text(0, "snmp.pdu_type"), "");
    EXPECT_EQ(driver.text(1, "snmp.pdu_type"), "get_next_request");
}

TEST(Snmp, OtherDatagramsAreNotSnmp) {
    for (const std::string& other :
         {std::string("hello"), sequence(ber_integer(9) + octets("x")), message(1, tlv(0xAF, "")),
          message(1, pdu(0xA0)).substr(0, 20)}) {
        ProtocolDriver driver(17, 161);
        driver.datagram(client(other));
        EXPECT_NE(driver.app_proto(), "snmp");
    }
    ProtocolDriver driver(17, 161);
    driver.datagram(client(message(1, pdu(0xA0))));
    driver.datagram(client("garbage"));
    EXPECT_EQ(driver.anomalies(), "bad_message");
}

TEST(Ber, LengthsAndNumbersAreChecked) {
    const auto read = [](const std::string& bytes) {
        ByteReader reader(as_bytes(bytes));
        return ber::read_element(reader).tag;
    };
    EXPECT_EQ(read(std::string("\x30\x02\x01\x02", 4)), 0x30U);
    EXPECT_EQ(read(std::string("\x30\x80\x00\x00", 4)), 0U) << "indefinite";
    EXPECT_EQ(read("\x30\x05"
                   "a"),
              0U)
        << "cut";
    EXPECT_EQ(read("\x3F\x01"
                   "a"),
              0U)
        << "high tag";
    EXPECT_EQ(read(std::string("\x30\x84\x7F\xFF\xFF\xFF", 6)), 0U) << "too long";
    EXPECT_EQ(ber::integer(as_bytes(std::string_view("\xFF"))), -1);
    EXPECT_EQ(ber::integer(as_bytes(std::string_view("\x00\xFF", 2))), 255);
    EXPECT_EQ(ber::dotted_oid(as_bytes(std::string_view("\x88\x37\x03"))), "2.999.3");
}

}  // namespace
}  // namespace persandian::protocols
