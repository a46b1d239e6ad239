// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "detectors/base/digest.h"
#include "detectors/base/encoding.h"
#include "tests/detectors/protocols/protocol_driver.h"
#include "tests/detectors/protocols/wire.h"

namespace persandian::protocols {
namespace {

using wire::sized;
using wire::u32;
using wire::u8;

struct Ssh : ProtocolDriver {
    explicit Ssh(const std::vector<Turn>& turns) : ProtocolDriver(6, 22) { converse(turns); }
};

std::string kexinit() {
    std::string body = u8(20) + std::string(16, 'c');
    for (const char* list : {"curve25519-sha256", "ssh-ed25519", "aes-c2s", "aes-s2c", "mac-c2s",
                             "mac-s2c", "zip-c2s", "zip-s2c", "", ""})
        body += sized(list, 4);
    body += std::string(5, '\0');
    return sized(u8(4) + body + "pads", 4);
}

const std::string client_banner = "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n";
const std::string server_banner = "SSH-2.0-ROSSSH\r\n";

TEST(Ssh, BothSidesAreToldInOneEvent) {
    const Ssh driver(
        {server(server_banner), client(client_banner), client(kexinit()), server(kexinit())});
    ASSERT_EQ(driver.count(), 1U);
    const std::string of_client = "curve25519-sha256;aes-c2s;mac-c2s;zip-c2s";
    const std::string of_server = "curve25519-sha256;aes-s2c;mac-s2c;zip-s2c";
    const auto md5_of = [](const std::string& text) { return hex_encode(md5(as_bytes(text))); };
    EXPECT_EQ(
        driver.lines()[0].substr(driver.lines()[0].find("\"app_proto\"")),
        R"("app_proto":"ssh","ssh":{"client":{"proto_version":"2.0",)"
        R"("software_version":"OpenSSH_9.2p1","comment":"Debian-2+deb12u3","hassh":{"hash":")" +
            md5_of(of_client) + R"(","string":")" + of_client +
            R"("}},"server":{"proto_version":"2.0","software_version":"ROSSSH",)"
            R"("hassh":{"hash":")" +
            md5_of(of_server) + R"(","string":")" + of_server + R"("}}}})");
    EXPECT_TRUE(driver.done());
}

TEST(Ssh, OneBannerAloneIsToldAtTheEnd) {
    const Ssh driver({server(server_banner)});
    ASSERT_EQ(driver.count(), 1U);
    EXPECT_EQ(driver.text(0, "ssh.server.software_version"), "ROSSSH");
    EXPECT_EQ(driver.text(0, "ssh.client.software_version"), "");
}

TEST(Ssh, Protocol1EndsAtTheBanners) {
    ProtocolDriver driver(6, 22);
    driver.send(server("SSH-1.5-old\n"));
    driver.send(client("SSH-1.5-older\n"));
    EXPECT_TRUE(driver.done());
    EXPECT_EQ(driver.text(0, "ssh.client.proto_version"), "1.5");
}

TEST(Ssh, EndlessBannerIsALimit) {
    ProtocolDriver driver(6, 22);
    driver.send(client("SSH-2.0-" + std::string(5000, 'a')));
    EXPECT_TRUE(driver.done());
    EXPECT_EQ(driver.anomalies(), "line_too_long");
}

TEST(Ssh, BannerWithoutSoftwareIsMalformed) {
    const Ssh driver({client("SSH-2.0\r\n")});
    EXPECT_EQ(driver.anomalies(), "bad_banner");
}

TEST(Ssh, HugePacketIsALimit) {
    ProtocolDriver driver(6, 22);
    driver.send(client(client_banner + u32(1'000'000)));
    EXPECT_EQ(driver.anomalies(), "packet_too_long");
    EXPECT_EQ(driver.text(1, "ssh.client.software_version"), "OpenSSH_9.2p1");
}

TEST(Ssh, BrokenOfferLeavesTheBanners) {
    const Ssh driver({client(client_banner + sized("\4\x14 short", 4)), server(server_banner)});
    ASSERT_EQ(driver.count(), 1U);
    EXPECT_EQ(driver.text(0, "ssh.client.hassh.hash"), "");
}

TEST(Ssh, LostBytesLeaveWhatIsKnown) {
    ProtocolDriver driver(6, 22);
    driver.send(client(client_banner));
    driver.lose(flow::Direction::to_server, 100);
    driver.send(client("xxxxxx"));
    driver.send(server(server_banner + kexinit()));
    ASSERT_EQ(driver.count(), 1U);
    EXPECT_EQ(driver.anomalies(), "");
}

TEST(Ssh, ServerMaySendLinesBeforeItsBanner) {
    const std::vector<Turn> turns = {server("Resmi saja!\r\n\r\n" + server_banner)};
    EXPECT_EQ(Ssh(turns).text(0, "ssh.server.software_version"), "ROSSSH");
    expect_split_invariance(22, turns);
}

TEST(Ssh, SplitsChangeNothing) {
    expect_split_invariance(
        22, {server(server_banner), client(client_banner + kexinit()), server(kexinit())});
}

}  // namespace
}  // namespace persandian::protocols
