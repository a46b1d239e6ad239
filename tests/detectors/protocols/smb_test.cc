// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "detectors/protocols/ntlmssp.h"
#include "tests/detectors/protocols/protocol_driver.h"
#include "tests/detectors/protocols/wire.h"

namespace persandian::protocols {
namespace {

std::string le(std::uint64_t value, unsigned octets) {
    std::string out;
    for (unsigned i = 0; i < octets; ++i) out += static_cast<char>((value >> (8 * i)) & 0xFFU);
    return out;
}
std::string zeros(std::size_t count) {
    return std::string(count, '\0');
}
std::string wide(const std::string& text) {
    std::string out;
    for (const char c : text) out += std::string{c, '\0'};
    return out;
}
std::string frame(const std::string& message) {
    return wire::u8(0) + wire::u24(message.size()) + message;
}

struct Options {
    bool response = false;
    std::uint32_t status = 0;
    std::uint32_t tree = 0;
    std::uint32_t next = 0;
};
std::string message(unsigned command, unsigned number, const std::string& body,
                    const Options& options = {}) {
    return "\xFESMB" + le(64, 2) + le(1, 2) + le(options.status, 4) + le(command, 2) + le(1, 2) +
           le(options.response ? 1 : 0, 4) + le(options.next, 4) + le(number, 8) + le(0xFEFF, 4) +
           le(options.tree, 4) + le(0x77, 8) + zeros(16) + body;
}
std::string create_request(const std::string& name) {
    return le(57, 2) + zeros(22) + le(0x10000, 4) + zeros(8) + le(2, 4) + zeros(4) +
           le(64 + 56, 2) + le(wide(name).size(), 2) + zeros(8) + wide(name);
}
std::string create_response(const std::string& id, std::uint64_t size) {
    return le(89, 2) + zeros(46) + le(size, 8) + zeros(8) + id + zeros(8);
}
std::string tree_request(const std::string& path) {
    return le(9, 2) + le(0, 2) + le(72, 2) + le(wide(path).size(), 2) + wide(path);
}
std::string setup_request(const std::string& blob) {
    return le(25, 2) + zeros(10) + le(88, 2) + le(blob.size(), 2) + zeros(8) + blob;
}
std::string authenticate(const std::string& domain, const std::string& user,
                         const std::string& host) {
    std::string fields, payload;
    for (const std::string& value :
         {std::string(), std::string(), wide(domain), wide(user), wide(host), std::string()}) {
        fields += le(value.size(), 2) + le(value.size(), 2) + le(72 + payload.size(), 4);
        payload += value;
    }
    return std::string("NTLMSSP\0", 8) + le(3, 4) + fields + le(0x02000001, 4) +
           std::string("\x0A\0\x63\x45\0\0\0\x0F", 8) + payload;
}

const std::string file_id = "0123456789abcdef";
constexpr Options answer{.response = true};

std::vector<Turn> share_and_file() {
    return {client(frame(message(3, 1, tree_request("\\\\arsip\\data")))),
            server(frame(
                message(3, 1, le(16, 2) + le(1, 1) + zeros(13), {.response = true, .tree = 5}))),
            client(frame(message(5, 2, create_request("gaji.xlsx"), {.tree = 5}))),
            server(frame(
                message(5, 2, create_response(file_id, 4321), {.response = true, .tree = 5})))};
}

TEST(Smb, SharesAndFilesAreToldWithTheirStatus) {
    ProtocolDriver driver(6, 445);
    driver.converse(share_and_file());
    ASSERT_EQ(driver.count(), 2U);
    EXPECT_EQ(driver.text(0, "smb.command"), "SMB2_COMMAND_TREE_CONNECT");
    EXPECT_EQ(driver.text(0, "smb.share"), "\\\\arsip\\data");
    EXPECT_EQ(driver.text(0, "smb.share_type"), "DISK");
    EXPECT_EQ(driver.text(1, "smb.command"), "SMB2_COMMAND_CREATE");
    EXPECT_EQ(driver.text(1, "smb.filename"), "gaji.xlsx");
    EXPECT_EQ(driver.text(1, "smb.share"), "\\\\arsip\\data");
    EXPECT_EQ(driver.text(1, "smb.disposition"), "FILE_CREATE");
    EXPECT_EQ(driver.text(1, "smb.access"), "0x10000");
    EXPECT_EQ(driver.text(1, "smb.size"), "4321");
    EXPECT_EQ(driver.text(1, "smb.status"), "STATUS_SUCCESS");
}

TEST(Smb, SplitsDoNotMatter) {
    expect_split_invariance(445, share_and_file());
}

TEST(Smb, LoginHasTheNamesOfNtlm) {
    ProtocolDriver driver(6, 445);
    driver.converse({client(frame(message(
                         1, 1, setup_request("spnego" + authenticate("CONTOH", "budi", "PC-1"))))),
                     server(frame(message(1, 1, le(9, 2) + zeros(6),
                                          {.response = true, .status = 0xC000006D})))});
    ASSERT_EQ(driver.count(), 1U);
    EXPECT_EQ(driver.text(0, "smb.ntlmssp.user"), "budi");
    EXPECT_EQ(driver.text(0, "smb.ntlmssp.domain"), "CONTOH");
    EXPECT_EQ(driver.text(0, "smb.ntlmssp.host"), "PC-1");
    EXPECT_EQ(driver.text(0, "smb.ntlmssp.version"), "10.0 build 17763 rev 15");
    EXPECT_EQ(driver.text(0, "smb.status"), "STATUS_LOGON_FAILURE");
    EXPECT_EQ(driver.text(0, "smb.status_code"), "0xc000006d");
}

TEST(Smb, DialectIsWhatTheServerChose) {
    ProtocolDriver driver(6, 445);
    driver.converse(
        {client(frame(
             message(0, 0, le(36, 2) + le(2, 2) + zeros(32) + le(0x0210, 2) + le(0x0311, 2)))),
         server(frame(message(0, 0, le(65, 2) + le(1, 2) + le(0x0311, 2) + zeros(60), answer)))});
    EXPECT_EQ(driver.texts(0, "smb.client_dialects"), "2.10|3.11");
    EXPECT_EQ(driver.text(0, "smb.dialect"), "3.11");
}

TEST(Smb, RenameAndDeleteNameTheFile) {
    std::vector<Turn> turns = share_and_file();
    const std::string rename = zeros(16) + le(wide("x.locked").size(), 4) + wide("x.locked");
    const auto set_info = [&](unsigned kind, const std::string& buffer) {
        return le(33, 2) + le(1, 1) + le(kind, 1) + le(buffer.size(), 4) + le(96, 2) + zeros(6) +
               file_id + buffer;
    };
    turns.push_back(client(frame(message(17, 3, set_info(10, rename), {.tree = 5}))));
    turns.push_back(server(frame(message(17, 3, le(2, 2), answer))));
    turns.push_back(client(frame(message(17, 4, set_info(13, "\x01"), {.tree = 5}))));
    turns.push_back(client(frame(message(17, 5, set_info(4, zeros(40)), {.tree = 5}))));
    ProtocolDriver driver(6, 445);
    driver.converse(turns);
    ASSERT_EQ(driver.count(), 4U);
    EXPECT_EQ(driver.text(2, "smb.filename"), "gaji.xlsx");
    EXPECT_EQ(driver.text(2, "smb.rename.to"), "x.locked");
    EXPECT_EQ(driver.text(3, "smb.delete"), "true");
    EXPECT_EQ(driver.text(3, "smb.status"), "") << "nobody answered";
}

TEST(Smb, CompoundMessagesAreReadOneByOne) {
    std::string first = message(5, 2, create_request("a.txt"), {.tree = 5});
    first.resize((first.size() + 7) / 8 * 8, '\0');
    first.replace(20, 4, le(first.size(), 4));
    ProtocolDriver driver(6, 445);
    driver.converse({client(frame(first + message(5, 3, create_request("b.txt"), {.tree = 5})))});
    ASSERT_EQ(driver.count(), 2U);
    EXPECT_EQ(driver.text(0, "smb.filename"), "a.txt");
    EXPECT_EQ(driver.text(1, "smb.filename"), "b.txt");
}

TEST(Smb, ReadsAndWritesAreReadOver) {
    std::vector<Turn> turns = share_and_file();
    turns.push_back(server(frame(message(8, 3, zeros(200'000), answer))));
    turns.push_back(client(frame(message(5, 4, create_request("later.txt"), {.tree = 5}))));
    ProtocolDriver driver(6, 445);
    driver.converse(turns);
    EXPECT_EQ(driver.text(2, "smb.filename"), "later.txt");
    EXPECT_EQ(driver.anomalies(), "");
}

TEST(Smb, HoleWithinAReadIsNoLoss) {
    ProtocolDriver driver(6, 445);
    for (const Turn& turn : share_and_file()) driver.send(turn);
    const std::string read = frame(message(8, 3, zeros(10'000), answer));
    driver.send(server(read.substr(0, 2000)));
    driver.lose(flow::Direction::to_client, 3000);
    driver.send(server(read.substr(5000)));
    driver.send(client(frame(message(5, 4, create_request("later.txt"), {.tree = 5}))));
    driver.send(server(frame(message(5, 4, "", {.response = true, .status = 0xC0000022}))));
    EXPECT_EQ(driver.text(2, "smb.status"), "STATUS_ACCESS_DENIED");
}

TEST(Smb, OldAndEncryptedOnesAreSaidOnce) {
    ProtocolDriver driver(6, 445);
    const std::string old = "\xFFSMB\x72" + zeros(27) + le(0, 1) + le(24, 2) +
                            std::string("\x02NT LM 0.12\0\x02SMB 2.???\0", 23);
    driver.converse({client(frame(old)), client(frame("\xFDSMB" + zeros(60))),
                     server(frame("\xFDSMB" + zeros(60)))});
    ASSERT_EQ(driver.count(), 2U);
    EXPECT_EQ(driver.text(0, "smb.command"), "SMB1_COMMAND_NEGOTIATE_PROTOCOL");
    EXPECT_EQ(driver.texts(0, "smb.client_dialects"), "NT LM 0.12|SMB 2.???");
    EXPECT_EQ(driver.text(1, "smb.encrypted"), "true");
}

TEST(Smb, WhatIsNotSmbIsSaid) {
    ProtocolDriver driver(6, 445);
    driver.converse(
        {client(frame(message(5, 2, create_request("a")))), client("GET / HTTP/1.1\r\n")});
    EXPECT_EQ(driver.anomalies(), "not_smb");
    ProtocolDriver other(6, 445);
    other.send(client(frame("other protocol")));
    EXPECT_NE(other.app_proto(), "smb");
}

TEST(Smb, ManyRequestsWithoutResponseAreBounded) {
    ProtocolDriver driver(6, 445);
    for (unsigned i = 0; i < 200; ++i)
        driver.send(client(frame(message(5, i, create_request("f" + std::to_string(i))))));
    EXPECT_EQ(driver.count(), 200U - 64U);
    EXPECT_EQ(driver.text(0, "smb.filename"), "f0");
}

TEST(Ntlmssp, OffsetsOutsideTheMessageGiveNothing) {
    std::string broken = authenticate("D", "u", "h");
    broken.replace(40, 4, le(60'000, 4));
    const auto message = ntlmssp::find_message(as_bytes(broken));
    ASSERT_TRUE(message);
    EXPECT_EQ(message->user, "");
    EXPECT_EQ(message->host, "h");
    EXPECT_FALSE(ntlmssp::find_message(as_bytes(std::string_view("NTLMSSP\0\x03", 9))));
}

}  // namespace
}  // namespace persandian::protocols
