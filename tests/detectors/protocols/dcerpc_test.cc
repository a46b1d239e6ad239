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

struct Dcerpc : ProtocolDriver {
    explicit Dcerpc(const std::vector<Turn>& turns, std::uint16_t port = 135)
        : ProtocolDriver(6, port) {
        converse(turns);
    }
};

/// A fragment in big-endian representation.
std::string pdu(unsigned type, unsigned id, const std::string& body, unsigned flags = 3) {
    return u8(5) + u8(0) + u8(type) + u8(flags) + u32(0) + u16(16 + body.size()) + u16(0) +
           u32(id) + body;
}
std::string svcctl_uuid() {
    return u32(0x367abb81) + u16(0x9844) + u16(0x35f1) + u16(0xad32) + u16(0x98f0) +
           u32(0x38001003);
}
std::string bind(unsigned contexts = 1) {
    return pdu(11, 1,
               u32(0x10b810b8) + u32(0) + u8(contexts) + std::string(3, '\0') + u16(7) + u8(1) +
                   u8(0) + svcctl_uuid() + u32(2) + std::string(20, 't'));
}
std::string bind_ack(unsigned result = 0) {
    return pdu(12, 1,
               u32(0x10b810b8) + u32(9) + u16(4) + std::string("135\0", 4) + std::string(2, '\0') +
                   u8(1) + std::string(3, '\0') + u16(result) + u16(0) + std::string(20, 't'));
}
std::string request(unsigned id, unsigned opnum, unsigned flags = 3) {
    return pdu(0, id, u32(100) + u16(7) + u16(opnum) + std::string(100, 's'), flags);
}
std::string response(unsigned id, unsigned flags = 3) {
    return pdu(2, id, u32(50) + u16(7) + u16(0) + std::string(50, 'r'), flags);
}

const std::vector<Turn> service_made = {client(bind()), server(bind_ack()), client(request(2, 12)),
                                        server(response(2))};

TEST(Dcerpc, BindTellsItsInterfaceAndTheAnswer) {
    const Dcerpc driver(service_made);
    ASSERT_EQ(driver.count(), 2U);
    EXPECT_EQ(driver.text(0, "dcerpc.request"), "BIND");
    EXPECT_EQ(driver.text(0, "dcerpc.response"), "BINDACK");
    EXPECT_EQ(driver.text(0, "dcerpc.interfaces.uuid"), "367abb81-9844-35f1-ad32-98f038001003");
    EXPECT_EQ(driver.text(0, "dcerpc.interfaces.version"), "2.0");
    EXPECT_EQ(driver.text(0, "dcerpc.interfaces.ack_result"), "0");
}

TEST(Dcerpc, CallTellsItsOperation) {
    const Dcerpc driver(service_made);
    ASSERT_EQ(driver.count(), 2U);
    EXPECT_EQ(driver.text(1, "dcerpc.req.opnum"), "12");
    EXPECT_EQ(driver.text(1, "dcerpc.endpoint"), "svcctl");
    EXPECT_EQ(driver.text(1, "dcerpc.operation"), "RCreateServiceW");
}

TEST(Dcerpc, RefusedInterfaceIsTold) {
    const Dcerpc driver({client(bind()), server(bind_ack(2))});
    EXPECT_EQ(driver.text(0, "dcerpc.interfaces.ack_result"), "2");
}

TEST(Dcerpc, FragmentsAreOneCall) {
    const Dcerpc driver({client(bind()), server(bind_ack()),
                         client(request(2, 12, 1) + request(2, 12, 0) + request(2, 12, 2)),
                         server(response(2, 1) + response(2, 2))});
    ASSERT_EQ(driver.count(), 2U);
    EXPECT_EQ(driver.text(1, "dcerpc.req.frag_cnt"), "3");
    EXPECT_EQ(driver.text(1, "dcerpc.res.frag_cnt"), "2");
}

TEST(Dcerpc, RequestWithoutResponseIsToldAtTheEnd) {
    const Dcerpc driver({client(bind() + request(2, 12))});
    ASSERT_EQ(driver.count(), 2U);
    EXPECT_EQ(driver.text(1, "dcerpc.response"), "");
}

TEST(Dcerpc, BindWithFewerInterfacesThanItSaysIsAnAnomaly) {
    const Dcerpc driver({client(bind(200))});
    EXPECT_EQ(driver.anomalies(), "cut_message");
}

TEST(Dcerpc, OtherBytesBetweenMessagesAreMalformed) {
    const Dcerpc driver({client(bind() + std::string(16, 'x'))});
    EXPECT_EQ(driver.anomalies(), "not_dcerpc");
}

TEST(Dcerpc, ManyRequestsWithoutResponsesAreTold) {
    std::string requests;
    for (unsigned id = 2; id < 102; ++id) requests += request(id, 12);
    EXPECT_EQ(Dcerpc({client(bind() + requests)}).count(), 101U);
}

TEST(Dcerpc, GapWithinStubDataIsReadOver) {
    ProtocolDriver driver(6, 135);
    driver.send(client(bind() + request(2, 12).substr(0, 24)));
    driver.lose(flow::Direction::to_server, 100);
    driver.send(client(request(3, 15)));
    driver.end();
    ASSERT_EQ(driver.count(), 3U);
    EXPECT_EQ(driver.text(2, "dcerpc.operation"), "ROpenSCManagerW");
}

TEST(Dcerpc, RequestAloneOnAForeignPortIsNotTaken) {
    EXPECT_EQ(Dcerpc({client(request(2, 12))}, 49'152).app_proto(), "failed");
}

TEST(Dcerpc, SplitsChangeNothing) {
    expect_split_invariance(135, service_made);
}

}  // namespace
}  // namespace persandian::protocols
