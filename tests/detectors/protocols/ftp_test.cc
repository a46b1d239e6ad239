// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/detectors/protocols/protocol_driver.h"

namespace persandian::protocols {
namespace {

const std::vector<Turn> login = {server("220-Selamat\r\n220 datang\r\n"), client("user budi\r\n"),
                                 server("331 Sandi?\r\n"), client("PASS rahasia\r\n"),
                                 server("230 Masuk\r\n")};

TEST(Ftp, CommandsAreToldWithTheirReplies) {
    ProtocolDriver driver(6, 21);
    driver.converse(login);
    ASSERT_EQ(driver.count(), 3U);
    EXPECT_EQ(driver.text(0, "ftp.command"), "");
    EXPECT_EQ(driver.texts(0, "ftp.reply"), "Selamat|datang");
    EXPECT_EQ(driver.texts(0, "ftp.completion_code"), "220");
    EXPECT_EQ(driver.text(1, "ftp.command"), "USER");
    EXPECT_EQ(driver.text(1, "ftp.command_data"), "budi");
    EXPECT_EQ(driver.text(2, "ftp.command"), "PASS");
    EXPECT_EQ(driver.text(2, "ftp.user"), "budi");
    EXPECT_EQ(driver.text(2, "ftp.completion_code"), "230");
    for (const std::string& line : driver.lines())
        EXPECT_EQ(line.find("rahasia"), std::string::npos);
}

TEST(Ftp, SplitsDoNotMatter) {
    std::vector<Turn> turns = login;
    turns.push_back(client("PASV\r\nFEAT\r\nRETR a b\r\n"));
    turns.push_back(server(
        "227 Passive (1,2,3,4,5,6)\r\n211-x\r\n 211 inside\r\n211 End\r\n150 go\r\n226 ok\r\n"));
    expect_split_invariance(21, turns);
}

TEST(Ftp, PipelinedCommandsGetTheirRepliesInOrder) {
    ProtocolDriver driver(6, 21);
    driver.converse({server("220 x\r\n"), client("CWD a\r\nRETR b\r\nQUIT\r\n"),
                     server("250 ok\r\n150 open\r\n226 done\r\n")});
    EXPECT_EQ(driver.texts(1, "ftp.completion_code"), "250");
    EXPECT_EQ(driver.texts(2, "ftp.completion_code"), "150|226");
    EXPECT_EQ(driver.text(3, "ftp.command"), "QUIT");
    EXPECT_EQ(driver.text(3, "ftp.reply_received"), "no");
}

TEST(Ftp, PassiveAndActiveAgreeOnAPort) {
    ProtocolDriver driver(6, 21);
    driver.converse({server("220 x\r\n"), client("EPSV\r\n"),
                     server("229 Entering (|||40000|)\r\n"), client("PORT 192,0,2,10,160,0\r\n"),
                     server("200 ok\r\n"), client("EPRT |2|2001:db8::1|41000|\r\n"),
                     server("200 ok\r\n")});
    EXPECT_EQ(driver.text(1, "ftp.dynamic_port"), "40000");
    EXPECT_EQ(driver.text(1, "ftp.mode"), "passive");
    EXPECT_EQ(driver.text(2, "ftp.dynamic_port"), "40960");
    EXPECT_EQ(driver.text(2, "ftp.mode"), "active");
    EXPECT_EQ(driver.text(4, "ftp.dynamic_port"), "41000");
    EXPECT_EQ(driver.anomalies(), "ftp_bounce") << "the address of EPRT is another machine's";
}

TEST(Ftp, AuthTlsIsProbedAnew) {
    ProtocolDriver driver(6, 21);
    driver.send(server("220 x\r\n"));
    driver.send(client("AUTH TLS\r\n"));
    driver.send(server("234 go on\r\n"));
    EXPECT_FALSE(driver.done());
    driver.send(client("USER not read\r\n"));
    EXPECT_EQ(driver.count(), 2U);
}

TEST(Ftp, OffItsPortTheGreetingMustSayIt) {
    ProtocolDriver mail(6, 2525);
    mail.send(server("220 mail ESMTP\r\n"));
    EXPECT_NE(mail.app_proto(), "ftp");
    ProtocolDriver ftp(6, 2100);
    ftp.converse({server("220 (vsFTPd 3.0.3)\r\n")});
    EXPECT_EQ(ftp.app_proto(), "ftp");
    EXPECT_EQ(ftp.anomalies(), "foreign_port");
}

TEST(Ftp, LimitsHold) {
    ProtocolDriver flood(6, 21);
    std::string noops = "USER a\r\n";
    for (int i = 0; i < 40; ++i) noops += "NOOP\r\n";
    flood.converse({server("220 x\r\n"), client(noops)});
    EXPECT_EQ(flood.anomalies().substr(0, 17), "too_many_commands");
    ProtocolDriver odd(6, 21);
    std::string junk = "220 x\r\n";
    for (int i = 0; i < 20; ++i) junk += "not a reply\r\n";
    odd.converse({server(junk)});
    EXPECT_EQ(odd.anomalies(), "not_ftp");
    ProtocolDriver cut(6, 21);
    cut.converse({server("220 x\r\n"), client("CWD " + std::string(9000, 'x') + "\r\n")});
    EXPECT_EQ(cut.anomalies(), "line_too_long");
}

TEST(Ftp, ShortLinesAreReadToo) {
    for (const char* first : {"\n", "\r\n", "22\n", "220\n", "2\n220 x\n"}) {
        ProtocolDriver driver(6, 21);
        driver.converse({server(first), client("PASV\r\n"), server("227\r\n229\r\n")});
        ProtocolDriver elsewhere(6, 2100);
        elsewhere.converse({server(first), client("PASV\r\n")});
        EXPECT_NE(elsewhere.app_proto(), "ftp");
    }
}

TEST(Ftp, GapGoesOnWithTheNextLine) {
    ProtocolDriver driver(6, 21);
    driver.send(server("220 x\r\n"));
    driver.send(client("CWD lo"));
    driver.lose(flow::Direction::to_server, 5);
    driver.send(client("st\r\nCWD kept\r\n"));
    driver.send(server("250 ok\r\n"));
    EXPECT_EQ(driver.text(1, "ftp.command_data"), "kept");
}

}  // namespace
}  // namespace persandian::protocols
