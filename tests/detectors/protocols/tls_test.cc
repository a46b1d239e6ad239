// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "detectors/base/encoding.h"
#include "detectors/protocols/tls_hello.h"
#include "detectors/protocols/tls_records.h"
#include "detectors/protocols/x509_summary.h"
#include "tests/detectors/protocols/protocol_driver.h"
#include "tests/detectors/protocols/sample_certificate.h"
#include "tests/detectors/protocols/wire.h"

namespace persandian::protocols {
namespace {

using namespace std::string_literals;
using wire::sized;
using wire::u16;
using wire::u24;
using wire::u8;

std::string record(unsigned type, const std::string& payload) {
    return u8(type) + u16(0x0301) + sized(payload, 2);
}

std::string message(unsigned type, const std::string& body) {
    return u8(type) + sized(body, 3);
}

std::string extension(unsigned type, const std::string& data) {
    return u16(type) + sized(data, 2);
}

std::string list16(const std::vector<unsigned>& values) {
    std::string out;
    for (const unsigned value : values) out += u16(value);
    return out;
}

std::string sni(const std::string& name) {
    return extension(0, sized(u8(0) + sized(name, 2), 2));
}

std::string alpn(const std::vector<std::string>& names) {
    std::string list;
    for (const std::string& name : names) list += sized(name, 1);
    return extension(16, sized(list, 2));
}

std::string client_hello(const std::string& extensions, unsigned version = 0x0303) {
    return message(1, u16(version) + std::string(32, 'r') + u8(0) +
                          sized(list16({0x1A1A, 0x1301, 0xC02F}), 2) + sized("\0"s, 1) +
                          sized(extensions, 2));
}

std::string server_hello(unsigned version, unsigned cipher, const std::string& extensions,
                         const std::string& random = std::string(32, 's')) {
    return message(2, u16(version) + random + u8(0) + u16(cipher) + u8(0) + sized(extensions, 2));
}

std::string certificate() {
    const std::string der = *hex_decode(sample_certificate_hex);
    return message(11, sized(sized(der, 3), 3));
}

const std::string usual_extensions =
    extension(0x2A2A, "") + sni("www.example.go.id") + alpn({"h2", "http/1.1"}) +
    extension(10, sized(list16({0x2A2A, 29, 23}), 2)) + extension(11, sized("\0"s, 1)) +
    extension(13, sized(list16({0x0403, 0x0804}), 2));

const std::string change_cipher = record(20, "\x01");
const std::string application_data = record(23, "secret");

struct Tls : ProtocolDriver {
    explicit Tls(const std::vector<Turn>& turns) : ProtocolDriver(6, 443) { converse(turns); }
};

TEST(Tls, HandshakeOfTls12IsShapedAsEve) {
    const Tls driver({client(record(22, client_hello(usual_extensions))),
                      server(record(22, server_hello(0x0303, 0xC02F, alpn({"h2"}))) +
                             record(22, certificate()) + record(22, message(14, "")))});
    ASSERT_EQ(driver.count(), 1U);
    const std::string& line = driver.lines()[0];
    EXPECT_EQ(line.substr(line.find("\"app_proto\"")),
              R"("app_proto":"tls","tls":{"sni":"www.example.go.id","version":"TLS 1.2",)"
              R"("cipher_suite":"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",)"
              R"("subject":"C=ID, O=Contoh\\, Dinas, OU=Sandi, CN=www.example.go.id",)"
              R"("issuerdn":"C=ID, O=Contoh\\, Dinas, OU=Sandi, CN=www.example.go.id",)"
              R"("serial":"0A:1B:2C:3D",)"
              R"("fingerprint":"54:a3:c8:63:e3:83:d8:77:de:7a:09:a6:63:55:28:fc:39:4d:59:32",)"
              R"("notbefore":"2026-11-22T06:06:58","notafter":"2036-11-19T06:06:58",)"
              R"("subjectaltname":["www.example.go.id","example.go.id"],)"
              R"("ja3":{"hash":"0709884ddbdf2d8238cbcfbe6e5faefd",)"
              R"("string":"771,4865-49199,0-16-10-11-13,29-23,0"},)"
              R"("ja3s":{"hash":")" +
                  tls::md5_hex("771,49199,16") +
                  R"(","string":"771,49199,16"},"ja4":"t12d0205h2_c1929292aa6b_876bcc86782c",)"
                  R"("client_alpns":["h2","http/1.1"],"server_alpns":["h2"]}})");
    EXPECT_TRUE(driver.done());
}

TEST(Tls, ACertificateWhoseTimeIsOverIsExpired) {
    std::string der = *hex_decode(sample_certificate_hex);
    const std::size_t end = der.find("361119060658Z");
    ASSERT_NE(end, std::string::npos);
    der.replace(end, 13, "690101000000Z");  // 1969, before the driver's time
    const Tls driver(
        {client(record(22, client_hello(usual_extensions))),
         server(record(22, server_hello(0x0303, 0xC02F, "")) +
                record(22, message(11, sized(sized(der, 3), 3))) + record(22, message(14, "")))});
    ASSERT_EQ(driver.count(), 1U);
    EXPECT_EQ(driver.text(0, "tls.notafter"), "1969-01-01T00:00:00");
    EXPECT_EQ(driver.text(0, "tls.certificate_expired"), "true");
}

TEST(Tls, HandshakeOfTls13IsToldAtTheServersHello) {
    ProtocolDriver driver(6, 443);
    driver.send(client(
        record(22, client_hello(usual_extensions + extension(43, sized(list16({0x0304}), 1))))));
    driver.send(server(record(22, server_hello(0x0303, 0x1301, extension(43, u16(0x0304))))));
    ASSERT_EQ(driver.count(), 1U);
    EXPECT_EQ(driver.text(0, "tls.version"), "TLS 1.3");
    EXPECT_EQ(driver.text(0, "tls.ja3s.string"), "771,4865,43");
    EXPECT_EQ(driver.text(0, "tls.ja4").substr(0, 4), "t13d");
    EXPECT_TRUE(driver.done());
}

TEST(Tls, RetryRequestIsNotTheServersChoice) {
    const std::string retry =
        *hex_decode("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c");
    const Tls driver(
        {client(record(22, client_hello(usual_extensions))),
         server(record(22, server_hello(0x0303, 0x1302, extension(43, u16(0x0304)), retry)) +
                change_cipher),
         client(change_cipher + record(22, client_hello(""))),
         server(record(22, server_hello(0x0303, 0x1301, extension(43, u16(0x0304)))))});
    ASSERT_EQ(driver.count(), 1U);
    EXPECT_EQ(driver.text(0, "tls.cipher_suite"), "TLS_AES_128_GCM_SHA256");
    EXPECT_EQ(driver.text(0, "tls.sni"), "www.example.go.id");
}

TEST(Tls, ResumedSessionHasNoCertificate) {
    const Tls driver({client(record(22, client_hello(usual_extensions))),
                      server(record(22, server_hello(0x0301, 0x002F, "")) + change_cipher)});
    ASSERT_EQ(driver.count(), 1U);
    EXPECT_EQ(driver.text(0, "tls.session_resumed"), "true");
    EXPECT_EQ(driver.text(0, "tls.version"), "TLSv1");
}

TEST(Tls, ClientHelloAloneIsToldAtTheEnd) {
    const Tls driver({client(record(22, client_hello(usual_extensions)))});
    ASSERT_EQ(driver.count(), 1U);
    EXPECT_EQ(driver.text(0, "tls.sni"), "www.example.go.id");
    EXPECT_EQ(driver.text(0, "tls.version"), "");
}

TEST(Tls, HelloOverManyRecordsIsJoined) {
    const std::string hello = client_hello(usual_extensions);
    std::string records;
    for (std::size_t at = 0; at < hello.size(); at += 7) records += record(22, hello.substr(at, 7));
    EXPECT_EQ(Tls({client(records)}).text(0, "tls.sni"), "www.example.go.id");
}

TEST(Tls, HelloWithoutExtensionsIsRead) {
    const std::string hello =
        message(1, u16(0x0300) + std::string(32, 'r') + u8(0) + sized(u16(4), 2) + sized("\0"s, 1));
    const Tls driver({client(record(22, hello))});
    EXPECT_EQ(driver.text(0, "tls.ja3.string"), "768,4,,,");
    EXPECT_EQ(driver.text(0, "tls.ja4").substr(0, 11), "ts3i010000_");
    EXPECT_EQ(driver.text(0, "tls.ja4").substr(23), "_000000000000");
}

TEST(Tls, LengthsThatLeadOutsideAreAnomalies) {
    std::string hello = client_hello(usual_extensions);
    hello[hello.size() - 5] = '\x7F';  // the last extension's list is fine to be odd,
    EXPECT_EQ(Tls({client(record(22, hello))}).anomalies(), "");
    std::string outside = client_hello(extension(0, "x"));
    outside[outside.size() - 2] = '\x09';  // an extension's own length is not
    EXPECT_EQ(Tls({client(record(22, outside))}).anomalies(), "bad_client_hello");
    EXPECT_EQ(Tls({server(record(22, message(2, "short")))}).anomalies(), "bad_server_hello");
}

TEST(Tls, BrokenCertificateIsAnAnomalyAndTheRestIsTold) {
    const Tls driver({client(record(22, client_hello(usual_extensions))),
                      server(record(22, server_hello(0x0303, 0xC02F, "") +
                                            message(11, sized(sized("0\x03zzz", 3), 3))))});
    EXPECT_EQ(driver.anomalies(), "bad_certificate");
    EXPECT_EQ(driver.text(1, "tls.version"), "TLS 1.2");
}

TEST(Tls, MessageAboveTheLimitEndsTheReading) {
    ProtocolDriver driver(6, 443);
    driver.send(client(record(22, u8(1) + u24(tls::max_handshake_bytes + 1) + "rest")));
    EXPECT_TRUE(driver.done());
    EXPECT_EQ(driver.anomalies(), "handshake_message_too_long");
    EXPECT_EQ(driver.text(0, "anomaly.observed"), std::to_string(tls::max_handshake_bytes + 1));
}

TEST(Tls, BytesThatAreNoRecordAreMalformed) {
    ProtocolDriver driver(6, 443);
    driver.send(client(record(22, client_hello(usual_extensions)) + "not a record"));
    EXPECT_EQ(driver.anomalies(), "bad_record");
    EXPECT_EQ(driver.text(1, "tls.sni"), "www.example.go.id");
}

TEST(Tls, SidesAreLearntFromTheContent) {
    ProtocolDriver driver(6, 40'001, 443);
    driver.send(server(record(22, client_hello(usual_extensions))));
    driver.send(client(record(22, server_hello(0x0303, 0x1301, extension(43, u16(0x0304))))));
    EXPECT_EQ(driver.text(0, "src_ip"), "198.51.100.20");
}

TEST(Tls, OldRecordOfSsl2IsReadOver) {
    const std::string hello =
        u8(1) + u16(0x0301) + u16(3) + u16(0) + u16(16) + "\0\0\x2F"s + std::string(16, 'c');
    const Tls driver({client(u8(0x80) + u8(hello.size()) + hello),
                      server(record(22, server_hello(0x0301, 0x002F, "") + certificate()))});
    EXPECT_EQ(driver.text(0, "tls.version"), "TLSv1");
    const Tls ssl2({client(u8(0x80) + u8(hello.size()) + u8(1) + u16(2) + hello.substr(3)),
                    server("\x80\x0B\x04\x00\x01\x00\x02"s + "\0\0\0\0\0\0"s)});
    EXPECT_EQ(ssl2.text(0, "tls.version"), "SSLv2");
}

TEST(Tls, LostServerBytesEndTheReadingWithWhatIsKnown) {
    ProtocolDriver driver(6, 443);
    driver.send(client(record(22, client_hello(usual_extensions))));
    driver.send(server(record(22, server_hello(0x0303, 0xC02F, ""))));
    driver.lose(flow::Direction::to_client, 100);
    driver.send(server("whatever"));
    ASSERT_EQ(driver.count(), 1U);
    EXPECT_EQ(driver.text(0, "tls.version"), "TLS 1.2");
    EXPECT_TRUE(driver.done());
}

TEST(Tls, EncryptedFromTheStartHasNoEvent) {
    ProtocolDriver driver(6, 443);
    driver.send_midstream(client(application_data));
    EXPECT_EQ(driver.app_proto(), "tls");
    EXPECT_TRUE(driver.done());
    EXPECT_EQ(driver.count(), 0U);
}

/// What comes before TLS in protocols that turn into it.
struct Prelude {
    const char* name;
    std::uint16_t port;
    std::vector<Turn> turns;
};

class TlsInside : public testing::TestWithParam<Prelude> {};

TEST_P(TlsInside, TheHandshakeIsRead) {
    ProtocolDriver driver(6, GetParam().port);
    for (const Turn& turn : GetParam().turns) driver.send(turn);
    EXPECT_FALSE(driver.done());
    driver.converse(
        {client(record(22, client_hello(usual_extensions))),
         server(record(22, server_hello(0x0303, 0xC02F, "")) + record(22, certificate()))});
    ASSERT_GE(driver.count(), 1U);
    const std::size_t last = driver.count() - 1;  // the protocol before it may have told, too
    EXPECT_EQ(driver.text(last, "tls.sni"), "www.example.go.id");
    EXPECT_EQ(driver.text(last, "tls.version"), "TLS 1.2");
    EXPECT_FALSE(driver.text(last, "tls.subject").empty());
    EXPECT_EQ(driver.app_proto(), "tls");
    EXPECT_EQ(driver.counters().flows_unknown, 0U);
}

INSTANTIATE_TEST_SUITE_P(
    All, TlsInside,
    testing::Values(
        Prelude{"smtp",
                25,
                {server("220 mail.example.org ESMTP\r\n"), client("EHLO client\r\n"),
                 server("250-mail.example.org\r\n250 STARTTLS\r\n"), client("STARTTLS\r\n"),
                 server("220 go ahead\r\n")}},
        Prelude{"imap",
                143,
                {server("* OK ready\r\n"), client("1 STARTTLS\r\n"), server("1 OK begin\r\n")}},
        Prelude{"pop3", 110, {server("+OK ready\r\n"), client("STLS\r\n"), server("+OK\r\n")}},
        Prelude{"postgresql",
                5432,
                {client(std::string("\0\0\0\x08\x04\xD2\x16\x2F", 8)), server("S")}},
        Prelude{"socks5",
                1080,
                {client(std::string("\x05\x01\x00", 3)), server(std::string("\x05\x00", 2)),
                 client(std::string("\x05\x01\x00\x01\xC0\x00\x02\x01\x01\xBB", 10)),
                 server(std::string("\x05\x00\x00\x01\0\0\0\0\0\0", 10))}}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Tls, AServersHelloIsReadThoughItsClientWasNotSeen) {
    ProtocolDriver driver(6, 1080);
    driver.converse(
        {client("\x04\x01"s), server("\0\x5A\0\0\0\0\0\0"s),
         server(record(22, server_hello(0x0303, 0xC02F, "")) + record(22, certificate()))});
    ASSERT_EQ(driver.count(), 1U);
    EXPECT_EQ(driver.text(0, "tls.version"), "TLS 1.2");
    EXPECT_FALSE(driver.text(0, "tls.subject").empty());
}

TEST(Tls, ServersHelloOfDraftsOfTls13HasNoSession) {
    const std::string body =
        u16(0x7F12) + std::string(32, 'R') + u16(0x1301) + sized(extension(40, "key"), 2);
    const Tls driver(
        {client(record(22, client_hello(usual_extensions))), server(record(22, message(2, body)))});
    EXPECT_EQ(driver.text(0, "tls.version"), "0x7f12");
    EXPECT_EQ(driver.text(0, "tls.ja3s.string"), "32530,4865,40");
    EXPECT_EQ(driver.anomalies(), "");
}

TEST(Tls, ACertificateWithoutHellosIsTold) {
    ProtocolDriver driver(6, 443);
    driver.send_midstream(server(record(22, certificate())));
    driver.end();
    ASSERT_EQ(driver.count(), 1U);
    EXPECT_FALSE(driver.text(0, "tls.subject").empty());
    EXPECT_EQ(driver.text(0, "tls.version"), "");
}

TEST(Tls, BytesLostBeforeTheClientHelloAreNotMissed) {
    ProtocolDriver driver(6, 443);
    driver.lose(flow::Direction::to_server, 100);
    driver.send(client(record(22, client_hello(usual_extensions))));
    driver.end();
    ASSERT_EQ(driver.count(), 1U);
    EXPECT_EQ(driver.text(0, "tls.sni"), "www.example.go.id");
}

TEST(Tls, SplitsChangeNothing) {
    expect_split_invariance(
        443, {client(record(22, client_hello(usual_extensions))),
              server(record(22, server_hello(0x0303, 0xC02F, alpn({"h2"})) + certificate()))});
}

TEST(Ja4, AgreesWithThePublishedExample) {
    tls::ClientHello hello;
    hello.version = 0x0303;
    hello.supported_versions = {0x7A7A, 0x0304, 0x0303};
    hello.ciphers = {0xEAEA, 0x1301, 0x1302, 0x1303, 0xC02B, 0xC02F, 0xC02C, 0xC030,
                     0xCCA9, 0xCCA8, 0xC013, 0xC014, 0x009C, 0x009D, 0x002F, 0x0035};
    hello.extensions = {0x001B, 0x0000, 0x0033, 0x0010, 0x4469, 0x0017, 0x002D, 0x000D, 0x0005,
                        0x0023, 0x0012, 0x002B, 0xFF01, 0x000B, 0x000A, 0x0015, 0x3A3A};
    hello.signature_algorithms = {0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601};
    hello.alpns = {"h2", "http/1.1"};
    EXPECT_EQ(tls::ja4(hello), "t13d1516h2_8daaf6152771_e5627efa2ab1");
    hello.signature_algorithms.clear();
    EXPECT_EQ(tls::ja4(hello), "t13d1516h2_8daaf6152771_6d807ffa2a79");
}

TEST(Ja4, OddApplicationProtocolsAreShownInHexadecimal) {
    const std::vector<std::pair<std::string, std::string>> cases = {{"\xAB", "ab"},
                                                                    {"\xAB\xCD", "ad"},
                                                                    {"0\xAB", "3b"},
                                                                    {"01\xAB\xCD", "3d"},
                                                                    {"0\xAB\xCD"
                                                                     "1",
                                                                     "01"},
                                                                    {"h", "hh"},
                                                                    {"http/1.1", "h1"},
                                                                    {"", "00"}};
    for (const auto& [name, shown] : cases) {
        tls::ClientHello hello;
        hello.version = 0x0303;
        hello.alpns = {name};
        EXPECT_EQ(tls::ja4(hello).substr(8, 2), shown) << hex_encode(as_bytes(name));
    }
}

TEST(Ja3, AgreesWithAPublishedExample) {
    EXPECT_EQ(tls::md5_hex("769,47-53-5-10-49161-49162-49171-49172-50-56-19-4,0-10-11,23-24-25,0"),
              "ada70206e40642a3e4461f35503241d5");
}

TEST(X509Summary, EveryTruncationIsRefusedWithoutFault) {
    const std::string der = *hex_decode(sample_certificate_hex);
    ASSERT_TRUE(tls::summarise_certificate(as_bytes(der)));
    for (std::size_t size = 0; size < der.size(); ++size)
        EXPECT_FALSE(tls::summarise_certificate(as_bytes(der.substr(0, size)))) << size;
}

TEST(X509Summary, EveryChangedByteIsReadWithoutFault) {
    std::string der = *hex_decode(sample_certificate_hex);
    for (char& c : der) {
        for (const char other : {'\0', '\x7F', '\x80', '\xFF'}) {
            const char kept = c;
            c = other;
            (void)tls::summarise_certificate(as_bytes(der));
            c = kept;
        }
    }
    EXPECT_TRUE(tls::summarise_certificate(as_bytes(der)));
}

}  // namespace
}  // namespace persandian::protocols
