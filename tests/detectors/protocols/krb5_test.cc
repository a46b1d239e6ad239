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

using wire::context;

std::string text(const std::string& of) {
    return octets(of, 0x1B);
}
std::string principal(const std::string& parts) {
    return sequence(context(0, ber_integer(2)) + context(1, sequence(parts)));
}
const std::string budi = principal(text("budi"));
const std::string sql = principal(text("MSSQLSvc") + text("db.contoh"));

std::string request(unsigned type, const std::string& padata = "") {
    const std::string body = sequence(
        context(0, octets("flags", 3)) + context(1, budi) + context(2, text("CONTOH")) +
        context(3, sql) + context(5, octets("20371231235959Z", 0x18)) + context(7, ber_integer(7)) +
        context(8, sequence(ber_integer(18) + ber_integer(23))));
    return tlv(0x60 | type, sequence(context(1, ber_integer(5)) + context(2, ber_integer(type)) +
                                     padata + context(4, body)));
}
std::string encrypted(std::int64_t etype) {
    return sequence(context(0, ber_integer(etype)) + context(2, octets("cipher")));
}
std::string reply(unsigned type, std::int64_t ticket, std::int64_t part) {
    return tlv(0x60 | type,
               sequence(context(0, ber_integer(5)) + context(1, ber_integer(type)) +
                        context(3, text("CONTOH")) + context(4, budi) +
                        context(5, tlv(0x61, sequence(context(0, ber_integer(5)) +
                                                      context(1, text("CONTOH")) + context(2, sql) +
                                                      context(3, encrypted(ticket))))) +
                        context(6, encrypted(part))));
}
std::string error(std::int64_t code) {
    return tlv(0x7E, sequence(context(0, ber_integer(5)) + context(1, ber_integer(30)) +
                              context(4, octets("t", 0x18)) + context(5, ber_integer(1)) +
                              context(6, ber_integer(code)) + context(9, text("CONTOH")) +
                              context(10, sql)));
}
std::string framed(const std::string& message) {
    return wire::u32(message.size()) + message;
}

TEST(Krb5, TicketWithRc4IsWeak) {
    ProtocolDriver driver(17, 88);
    driver.datagram(client(request(12)));
    driver.datagram(server(reply(13, 23, 18)));
    ASSERT_EQ(driver.count(), 1U);
    EXPECT_EQ(driver.text(0, "krb5.msg_type"), "KRB_TGS_REP");
    EXPECT_EQ(driver.text(0, "krb5.request_type"), "TGS");
    EXPECT_EQ(driver.text(0, "krb5.cname"), "budi");
    EXPECT_EQ(driver.text(0, "krb5.realm"), "CONTOH");
    EXPECT_EQ(driver.text(0, "krb5.sname"), "MSSQLSvc/db.contoh");
    EXPECT_EQ(driver.text(0, "krb5.ticket_encryption"), "rc4-hmac");
    EXPECT_EQ(driver.text(0, "krb5.ticket_weak_encryption"), "true");
    EXPECT_EQ(driver.text(0, "krb5.encryption"), "aes256-cts-hmac-sha1-96");
    EXPECT_EQ(driver.text(0, "krb5.weak_encryption"), "false");
    EXPECT_EQ(driver.texts(0, "krb5.requested_encryption"), "aes256-cts-hmac-sha1-96|rc4-hmac");
}

TEST(Krb5, ReplyWithoutPreauthenticationShows) {
    const std::string proof =
        context(3, sequence(sequence(context(1, ber_integer(2)) + context(2, octets("stamp")))));
    ProtocolDriver driver(17, 88);
    driver.datagram(client(request(10)));
    driver.datagram(server(reply(11, 18, 23)));
    driver.datagram(client(request(10, proof)));
    driver.datagram(server(error(24)));
    EXPECT_EQ(driver.text(0, "krb5.preauth"), "false");
    EXPECT_EQ(driver.text(0, "krb5.weak_encryption"), "true");
    EXPECT_EQ(driver.text(1, "krb5.preauth"), "true");
    EXPECT_EQ(driver.text(1, "krb5.msg_type"), "KRB_ERROR");
    EXPECT_EQ(driver.text(1, "krb5.failed_request"), "KRB_AS_REQ");
    EXPECT_EQ(driver.text(1, "krb5.error_code"), "PREAUTH_FAILED");
    EXPECT_EQ(driver.text(1, "krb5.cname"), "budi") << "of the request: the error names nobody";
}

TEST(Krb5, OverTcpSplitsDoNotMatter) {
    expect_split_invariance(88, {client(framed(request(12))), server(framed(reply(13, 23, 18)))});
    ProtocolDriver driver(6, 88);
    driver.converse({client(framed(request(12))), server(framed(error(7)))});
    EXPECT_EQ(driver.text(0, "krb5.error_code"), "S_PRINCIPAL_UNKNOWN");
}

TEST(Krb5, RequestsThatNobodyAnswersAreToldAtTheEnd) {
    ProtocolDriver driver(17, 88);
    for (int i = 0; i < 10; ++i) driver.datagram(client(request(10)));
    EXPECT_EQ(driver.count(), 2U);
    driver.end();
    EXPECT_EQ(driver.count(), 10U);
    EXPECT_EQ(driver.text(9, "krb5.msg_type"), "KRB_AS_REQ");
}

TEST(Krb5, WhatIsNotKerberosIsSaid) {
    ProtocolDriver other(17, 88);
    other.datagram(client("\x6A\x05hello"));
    EXPECT_NE(other.app_proto(), "krb5");
    ProtocolDriver driver(6, 88);
    driver.converse({client(framed(request(10)) + framed("nonsense"))});
    EXPECT_EQ(driver.anomalies(), "bad_message");
    ProtocolDriver huge(6, 88);
    huge.converse({client(framed(request(10)) + wire::u32(1'000'000))});
    EXPECT_EQ(huge.anomalies(), "message_too_long");
}

}  // namespace
}  // namespace persandian::protocols
