// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "detectors/protocols/dns_message.h"
#include "tests/detectors/protocols/protocol_driver.h"
#include "tests/detectors/protocols/wire.h"

namespace persandian::protocols {
namespace {

using namespace std::string_literals;

using wire::u16;

std::string header(unsigned flags, unsigned questions, unsigned answers = 0,
                   unsigned authorities = 0, unsigned additionals = 0) {
    return u16(0x1234) + u16(flags) + u16(questions) + u16(answers) + u16(authorities) +
           u16(additionals);
}

/// "www.example.go.id" on the wire.
std::string name(std::string_view dotted) {
    std::string out;
    while (!dotted.empty()) {
        const std::size_t end = std::min(dotted.find('.'), dotted.size());
        out += static_cast<char>(end);
        out += dotted.substr(0, end);
        dotted.remove_prefix(std::min(end + 1, dotted.size()));
    }
    return out + '\0';
}

std::string question(std::string_view dotted, unsigned type = 1) {
    return name(dotted) + u16(type) + u16(1);
}

std::string record(const std::string& owner, unsigned type, const std::string& data,
                   unsigned ttl = 300) {
    return owner + u16(type) + u16(1) + u16(0) + u16(ttl) +
           u16(static_cast<unsigned>(data.size())) + data;
}

const std::string first_name = "\xC0\x0C";  // pointer to the first question's name

/// Datagrams on port 53.
struct Udp : ProtocolDriver {
    explicit Udp(const std::vector<Turn>& turns) : ProtocolDriver(17, 53) {
        for (const Turn& turn : turns) datagram(turn);
        end();
    }
};

TEST(Dns, RequestIsShapedAsEveVersion3) {
    const Udp driver({client(header(0x0100, 1) + question("www.example.go.id", 28))});
    ASSERT_EQ(driver.count(), 1U);
    EXPECT_EQ(driver.lines()[0].substr(driver.lines()[0].find("\"app_proto\"")),
              R"("app_proto":"dns","dns":{"version":3,"type":"request","id":4660,"flags":"100",)"
              R"("rd":true,"opcode":0,"rcode":"NOERROR","rrname":"www.example.go.id",)"
              R"("rrtype":"AAAA","queries":[{"rrname":"www.example.go.id","rrtype":"AAAA"}]}})");
}

TEST(Dns, ResponseNamesTheAskingSideAsSource) {
    const Udp driver({server(header(0x8180, 1, 1) + question("a.example.go.id") +
                             record(first_name, 1, "\xC0\x00\x02\x01"s))});
    EXPECT_EQ(driver.text(0, "src_ip"), "192.0.2.10");
    EXPECT_EQ(driver.text(0, "dns.type"), "response");
    EXPECT_EQ(driver.text(0, "dns.qr"), "true");
    EXPECT_EQ(driver.text(0, "dns.answers.rrname"), "a.example.go.id");
    EXPECT_EQ(driver.text(0, "dns.answers.rdata"), "192.0.2.1");
    EXPECT_EQ(driver.text(0, "dns.answers.ttl"), "300");
}

TEST(Dns, ResourceDataReadsAsInZoneFiles) {
    const std::string soa = name("ns.example.go.id") + name("root.example.go.id") + u16(0) +
                            u16(1) + u16(0) + u16(2) + u16(0) + u16(3) + u16(0) + u16(4) + u16(0) +
                            u16(5);
    const Udp driver({server(
        header(0x8180, 1, 9, 1) + question("x.example.go.id") +
        record(first_name, 28, "\x20\x01\x0d\xb8"s + std::string(11, '\0') + '\x01') +
        record(first_name, 5, "\x03www\xC0\x0E"s) + record(first_name, 2, name("ns.example")) +
        record(first_name, 12, name("ptr.example")) +
        record(first_name, 15, u16(10) + name("mx.example")) +
        record(first_name, 16, "\x05hello\x06 world"s) +
        record(first_name, 33, u16(1) + u16(2) + u16(443) + name("srv.example")) +
        record(first_name, 10, "\x01\xFF"s) + record(first_name, 1, "\x01\x02"s) +
        record(first_name, 6, soa))});
    EXPECT_EQ(driver.texts(0, "dns.answers.rdata"),
              "2001:db8::1|www.example.go.id|ns.example|ptr.example|10 mx.example|hello world|"
              "1 2 443 srv.example|01ff|0102");
    EXPECT_EQ(driver.texts(0, "dns.answers.rrtype"), "AAAA|CNAME|NS|PTR|MX|TXT|SRV|NULL|A");
    EXPECT_EQ(driver.text(0, "dns.authorities.rdata"),
              "ns.example.go.id root.example.go.id 1 2 3 4 5");
    EXPECT_EQ(driver.anomalies(), "");
}

TEST(Dns, OptRecordIsNotAnAnswer) {
    const Udp driver(
        {server(header(0x8183, 1, 1) + question("x.example") + record("\0"s, 41, "abcd"))});
    EXPECT_EQ(driver.text(0, "dns.rcode"), "NXDOMAIN");
    EXPECT_EQ(driver.text(0, "dns.answers.rrname"), "");
}

TEST(Dns, OddBytesOfNamesAreEscaped) {
    const Udp driver(
        {client(header(0x0100, 1) + "\x06"s + "a.\\\x00 \xFF"s + "\x00"s + u16(65'280) + u16(1))});
    EXPECT_EQ(driver.text(0, "dns.rrname"), "a\\.\\\\\\000\\032\\255");
    EXPECT_EQ(driver.text(0, "dns.rrtype"), "TYPE65280");
}

TEST(Dns, RootIsADot) {
    const Udp driver({client(header(0x0100, 1) + question("", 2))});
    EXPECT_EQ(driver.text(0, "dns.rrname"), ".");
}

TEST(Dns, CompressionLoopIsAnAnomaly) {
    const Udp driver({client(header(0x0100, 1) + "\xC0\x0C"s + u16(1) + u16(1))});
    EXPECT_EQ(driver.anomalies(), "compression_loop");
    EXPECT_EQ(driver.text(0, "anomaly.layer"), "dns");
    EXPECT_EQ(driver.counters_of("dns").malformed, 1U);
}

TEST(Dns, PointerForwardsIsAnAnomaly) {
    EXPECT_EQ(Udp({client(header(0x0100, 1) + "\xC0\x20"s + std::string(40, '\0'))}).anomalies(),
              "compression_loop");
}

TEST(Dns, LongChainOfPointersStopsAtTheLimit) {
    // 200 pointers in TXT data, each to the one before; then a name that follows them all
    std::string message = header(0x8180, 1, 2) + question("a");
    const std::size_t base = message.size() + 2 + 10;
    std::string chain;
    for (std::size_t i = 0; i < 200; ++i)
        chain += u16(0xC000U | static_cast<unsigned>(i == 0 ? 12 : base + 2 * (i - 1)));
    message += record(first_name, 16, chain);
    message += record(u16(0xC000U | static_cast<unsigned>(base + 2 * 199)), 1, "\x01\x02\x03\x04");
    const Udp driver({server(message)});
    EXPECT_EQ(driver.anomalies(), "compression_loop");
    EXPECT_EQ(driver.text(0, "dns.rrname"), "a");  // what came before is kept
}

TEST(Dns, TooLongNameIsAnAnomaly) {
    std::string long_name;
    for (int i = 0; i < 5; ++i) long_name += '\x3F' + std::string(63, 'a');
    EXPECT_EQ(Udp({client(header(0x0100, 1) + long_name + '\0' + u16(1) + u16(1))}).anomalies(),
              "name_too_long");
}

TEST(Dns, BadLabelIsAnAnomaly) {
    EXPECT_EQ(Udp({client(header(0x0100, 1) + "\x80zz"s + u16(1) + u16(1))}).anomalies(),
              "bad_label");
}

TEST(Dns, MessageThatEndsEarlyKeepsItsQuestion) {
    const Udp driver({server(header(0x8180, 1, 3) + question("x.example"))});
    EXPECT_EQ(driver.text(0, "dns.rrname"), "x.example");
    EXPECT_EQ(driver.anomalies(), "truncated_message");
}

TEST(Dns, CutByTheCaptureIsNoAnomaly) {
    ProtocolDriver driver(17, 53);
    driver.datagram(server(header(0x8180, 1, 3) + question("x.example") + "\xC0"s), true);
    EXPECT_EQ(driver.text(0, "dns.rrname"), "x.example");
    EXPECT_EQ(driver.count(), 1U);
}

TEST(Dns, MalformedDatagramDoesNotHideTheNext) {
    const Udp driver({client(header(0x0100, 1) + "\xC0\x0C"s + u16(1) + u16(1)),
                      client(header(0x0100, 1) + question("next.example"))});
    ASSERT_EQ(driver.count(), 2U);
    EXPECT_EQ(driver.text(1, "dns.rrname"), "next.example");
}

TEST(Dns, RecordsAboveTheLimitAreSaid) {
    std::string message = header(0x8180, 1, 600) + question("x.example");
    for (int i = 0; i < 600; ++i) message += record(first_name, 1, "\x01\x02\x03\x04");
    const Udp driver({server(message)});
    EXPECT_EQ(driver.anomalies(), "too_many_records");
    EXPECT_EQ(driver.text(1, "anomaly.observed"), "600");
    EXPECT_EQ(driver.text(1, "anomaly.limit"), "512");
}

TEST(Dns, FoundOnOtherPortsByContent) {
    ProtocolDriver driver(17, 8053);
    driver.datagram(client(header(0x0100, 1) + question("x.example")));
    EXPECT_EQ(driver.app_proto(), "dns");
}

TEST(Dns, SourcePortOfAnotherNameServiceHidesNothing) {
    for (const std::uint16_t port :
         {std::uint16_t{5353}, std::uint16_t{5355}, std::uint16_t{137}}) {
        ProtocolDriver driver(17, 53, port);
        driver.datagram(client(header(0x0100, 1) + question("x.example")));
        EXPECT_EQ(driver.count(), 1U) << port;
    }
}

TEST(Dns, OtherNameServicesAreNotDns) {
    for (const std::uint16_t port :
         {std::uint16_t{5353}, std::uint16_t{5355}, std::uint16_t{137}}) {
        ProtocolDriver driver(17, port);
        for (std::size_t i = 0; i < RoomLimits::probe_datagrams; ++i)
            driver.datagram(client(header(0x0100, 1) + question("x.example")));
        EXPECT_EQ(driver.app_proto(), "failed") << port;
        EXPECT_EQ(driver.count(), 0U);
    }
}

std::string framed(const std::string& message) {
    return u16(static_cast<unsigned>(message.size())) + message;
}

TEST(Dns, TcpCarriesManyMessages) {
    ProtocolDriver driver(6, 53);
    driver.converse({client(framed(header(0x0100, 1) + question("a.example")) +
                            framed(header(0x0100, 1) + question("b.example"))),
                     server(framed(header(0x8180, 1) + question("a.example")))});
    ASSERT_EQ(driver.count(), 3U);
    EXPECT_EQ(driver.text(1, "dns.rrname"), "b.example");
    EXPECT_EQ(driver.text(2, "dns.type"), "response");
}

TEST(Dns, TcpGapEndsItsDirectionOnly) {
    ProtocolDriver driver(6, 53);
    driver.send(client(framed(header(0x0100, 1) + question("a.example"))));
    driver.lose(flow::Direction::to_server, 10);
    driver.send(client(framed(header(0x0100, 1) + question("b.example"))));
    driver.send(server(framed(header(0x8180, 1) + question("a.example"))));
    EXPECT_EQ(driver.count(), 2U);
    EXPECT_FALSE(driver.done());
}

TEST(Dns, TcpSplitsChangeNothing) {
    expect_split_invariance(53, {client(framed(header(0x0100, 1) + question("a.example.go.id")) +
                                        framed(header(0x0100, 1) + "\xC0\x0C"s + u16(1) + u16(1)) +
                                        framed(header(0x0100, 1) + question("b.example.go.id"))),
                                 server(framed(header(0x8180, 1, 1) + question("a.example.go.id") +
                                               record(first_name, 16, "\x03txt")))});
}

TEST(Dns, EveryTruncatedMessageIsReadWithoutFault) {
    const std::string message = header(0x8180, 1, 1, 1) + question("a.example") +
                                record(first_name, 33, u16(1) + u16(2) + u16(3) + name("b")) +
                                record(first_name, 6, name("c") + name("d"));
    for (std::size_t size = 0; size <= message.size(); ++size) {
        ProtocolDriver driver(17, 53);
        driver.datagram(client(message.substr(0, size)));
        driver.end();
        EXPECT_LE(driver.count(), 2U);
    }
}

}  // namespace
}  // namespace persandian::protocols
