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
using wire::u8;

std::string packet(unsigned kind, const std::string& body, unsigned flags = 0) {
    std::string length;
    std::size_t left = body.size();
    do {
        length += static_cast<char>((left & 0x7FU) | (left > 0x7FU ? 0x80U : 0U));
        left >>= 7U;
    } while (left > 0);
    return u8(kind << 4U | flags) + length + body;
}
std::string connect(unsigned version) {
    const std::string properties = version == 5 ? u8(2) + "pp" : "";
    return packet(1, sized("MQTT", 2) + u8(version) + u8(0xC4) + u16(60) + properties +
                         sized("pompa-3", 2) + properties + sized("status", 2) + sized("mati", 2) +
                         sized("operator", 2) + sized("rahasia", 2));
}

TEST(Mqtt, DeviceAndTopicsAreToldWithoutPassword) {
    for (const unsigned version : {4U, 5U}) {
        const std::string properties = version == 5 ? u8(0) : "";
        const std::vector<Turn> turns = {
            client(connect(version)), server(packet(2, u8(0) + u8(5) + properties)),
            client(packet(
                8, u16(1) + properties + sized("perintah/#", 2) + u8(1) + sized("waktu", 2) + u8(0),
                2)),
            server(packet(3, sized("perintah/pompa-3", 2) + u16(9) + properties + "hidup", 2))};
        ProtocolDriver driver(6, 1883);
        driver.converse(turns);
        ASSERT_EQ(driver.count(), 4U);
        EXPECT_EQ(driver.text(0, "mqtt.connect.client_id"), "pompa-3");
        EXPECT_EQ(driver.text(0, "mqtt.connect.username"), "operator");
        EXPECT_EQ(driver.text(0, "mqtt.connect.flags.password"), "true");
        EXPECT_EQ(driver.text(0, "mqtt.connect.will.topic"), "status");
        EXPECT_EQ(driver.lines()[0].find("rahasia"), std::string::npos);
        EXPECT_EQ(driver.text(1, "mqtt.connack.return_code"), "5");
        EXPECT_EQ(driver.texts(2, "mqtt.subscribe.topics"), "perintah/#|waktu");
        EXPECT_EQ(driver.text(3, "mqtt.publish.topic"), "perintah/pompa-3");
        EXPECT_EQ(driver.text(3, "mqtt.publish.message_length"), "5");
        EXPECT_EQ(driver.text(3, "mqtt.qos"), "1");
        expect_split_invariance(1883, turns);
    }
}

TEST(Mqtt, LargeMessagesAreReadOver) {
    ProtocolDriver driver(6, 1883);
    driver.converse({client(connect(4)),
                     client(packet(3, sized("foto", 2) + std::string(100'000, 'x'))),
                     client(packet(3, sized("after", 2)))});
    EXPECT_EQ(driver.text(1, "mqtt.publish.message_length"), "100000");
    EXPECT_EQ(driver.text(2, "mqtt.publish.topic"), "after");
}

TEST(Mqtt, BrokenHeaderEndsIt) {
    ProtocolDriver driver(6, 1883);
    driver.converse({client(connect(4) + std::string(6, '\xFF'))});
    EXPECT_EQ(driver.anomalies(), "bad_header");
    ProtocolDriver other(6, 1883);
    other.send(client(packet(1, sized("HTTP", 2) + std::string(20, 'x'))));
    EXPECT_NE(other.app_proto(), "mqtt");
}

}  // namespace
}  // namespace persandian::protocols
