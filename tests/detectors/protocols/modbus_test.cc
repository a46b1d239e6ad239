// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/detectors/protocols/protocol_driver.h"
#include "tests/detectors/protocols/wire.h"

namespace persandian::protocols {
namespace {

using wire::u16;
using wire::u8;

std::string adu(unsigned transaction, const std::string& pdu) {
    return u16(transaction) + u16(0) + u16(1 + pdu.size()) + u8(1) + pdu;
}
const std::vector<Turn> turns = {
    client(adu(1, u8(3) + u16(100) + u16(2)) + adu(2, u8(6) + u16(7) + u16(42))),
    server(adu(2, u8(6) + u16(7) + u16(42)) + adu(1, u8(0x83) + u8(2)))};

TEST(Modbus, RequestsAreToldWithTheirResponses) {
    ProtocolDriver driver(6, 502);
    driver.converse(turns);
    ASSERT_EQ(driver.count(), 2U);
    EXPECT_EQ(driver.text(0, "modbus.function"), "write_single_register");
    EXPECT_EQ(driver.text(0, "modbus.access_type"), "write");
    EXPECT_EQ(driver.text(0, "modbus.address"), "7");
    EXPECT_EQ(driver.text(0, "modbus.value"), "42");
    EXPECT_EQ(driver.text(0, "modbus.exception_code"), "");
    EXPECT_EQ(driver.text(1, "modbus.function"), "read_holding_registers");
    EXPECT_EQ(driver.text(1, "modbus.quantity"), "2");
    EXPECT_EQ(driver.text(1, "modbus.exception_code"), "2");
    expect_split_invariance(502, turns);
}

TEST(Modbus, WhatNobodyAnswersIsToldAtTheEnd) {
    ProtocolDriver driver(6, 502);
    for (unsigned i = 0; i < 70; ++i) driver.send(client(adu(i, u8(1) + u16(0) + u16(1))));
    EXPECT_EQ(driver.count(), 6U);
    driver.end();
    EXPECT_EQ(driver.count(), 70U);
    EXPECT_EQ(driver.text(69, "modbus.answered"), "false");
}

TEST(Modbus, BrokenHeadersEndIt) {
    ProtocolDriver protocol(6, 502);
    protocol.converse(
        {client(adu(1, u8(1) + std::string(4, '\0')) + u16(2) + u16(7) + u16(6) + u8(1))});
    EXPECT_EQ(protocol.anomalies(), "bad_protocol");
    ProtocolDriver length(6, 502);
    length.converse(
        {client(adu(1, u8(1) + std::string(4, '\0')) + u16(2) + u16(0) + u16(9000) + u8(1))});
    EXPECT_EQ(length.anomalies(), "bad_length");
}

TEST(Modbus, OffItsPortTheLengthMustFit) {
    ProtocolDriver driver(6, 1502);
    driver.send(client(adu(1, u8(3) + u16(100) + u16(2))));
    EXPECT_EQ(driver.app_proto(), "modbus");
    ProtocolDriver other(6, 1502);
    other.send(client(adu(1, u8(3) + u16(100) + u16(2)) + "more"));
    EXPECT_NE(other.app_proto(), "modbus");
}

}  // namespace
}  // namespace persandian::protocols
