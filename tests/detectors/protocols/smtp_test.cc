// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "detectors/base/digest.h"
#include "detectors/event/file_fields.h"
#include "detectors/protocols/mime_message.h"
#include "tests/detectors/protocols/protocol_driver.h"

namespace persandian::protocols {
namespace {

const std::string headers =
    "From: Budi <budi@a>\r\nTo: siti@b,\r\n joko@b\r\nSubject: =?utf-8?B?UmFoYXNpYQ==?=\r\n"
    "Message-ID: <1@a>\r\n";
const std::string two_parts =
    headers +
    "Content-Type: multipart/mixed; boundary=\"b b\"\r\n\r\npreamble\r\n--b b\r\n"
    "Content-Type: text/plain\r\n\r\nhello\r\n--b b\r\nContent-Type: application/zip; "
    "name=a.zip\r\n"
    "Content-Transfer-Encoding: base64\r\n\r\naXNp\r\nIGJl\r\ncg==\r\n--b b--\r\nepilogue\r\n";

std::vector<Turn> conversation(const std::string& mail) {
    return {server("220 mx ESMTP\r\n"),
            client("EHLO pc\r\n"),
            server("250-mx\r\n250 8BITMIME\r\n"),
            client("MAIL FROM:<budi@a> SIZE=9\r\nRCPT TO:<siti@b>\r\nRCPT TO:<joko@b>\r\nDATA\r\n"),
            server("250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n"),
            client(mail + ".\r\n"),
            server("250 queued\r\n"),
            client("QUIT\r\n")};
}

struct Smtp : ::testing::Test {
    Smtp() { driver.want({&fields::fileinfo_filename, &fields::fileinfo_sha256}); }
    ProtocolDriver driver{6, 25};
};

TEST_F(Smtp, MailIsToldWithEnvelopeHeadersAndAttachments) {
    driver.converse(conversation(two_parts));
    ASSERT_EQ(driver.count(), 2U);
    EXPECT_EQ(driver.text(0, "fileinfo.filename"), "a.zip");
    EXPECT_EQ(driver.text(0, "fileinfo.mimetype"), "application/zip");
    EXPECT_EQ(driver.text(0, "fileinfo.sha256"),
              sha256(as_bytes(std::string_view("isi ber"))).hex());
    EXPECT_EQ(driver.text(1, "smtp.helo"), "pc");
    EXPECT_EQ(driver.text(1, "smtp.mail_from"), "<budi@a>");
    EXPECT_EQ(driver.texts(1, "smtp.rcpt_to"), "<siti@b>|<joko@b>");
    EXPECT_EQ(driver.text(1, "email.from"), "Budi <budi@a>");
    EXPECT_EQ(driver.text(1, "email.to"), "siti@b, joko@b");
    EXPECT_EQ(driver.text(1, "email.subject"), "Rahasia");
    EXPECT_EQ(driver.text(1, "email.attachment"), "a.zip");
    EXPECT_EQ(driver.text(1, "smtp.last_reply"), "250 queued") << "what became of the mail";
}

TEST_F(Smtp, TwoMailsOfOneConnectionAreTwoEvents) {
    std::vector<Turn> turns = conversation("Subject: one\r\n\r\n");
    turns.pop_back();
    turns.push_back(client("MAIL FROM:<c@a>\r\nRCPT TO:<d@b>\r\nDATA\r\n"));
    turns.push_back(server("250 ok\r\n250 ok\r\n354 go\r\n"));
    turns.push_back(client("Subject: two\r\n\r\n.\r\n"));
    turns.push_back(server("550 no\r\n"));
    driver.converse(turns);
    ASSERT_EQ(driver.count(), 2U);
    EXPECT_EQ(driver.text(0, "smtp.last_reply"), "250 queued");
    EXPECT_EQ(driver.text(1, "email.subject"), "two");
    EXPECT_EQ(driver.texts(1, "smtp.rcpt_to"), "<d@b>");
    EXPECT_EQ(driver.text(1, "smtp.last_reply"), "550 no");
}

TEST_F(Smtp, OneSideAloneTellsItsMail) {
    std::vector<Turn> turns;
    for (const Turn& turn : conversation(two_parts))
        if (turn.direction == flow::Direction::to_server) turns.push_back(turn);
    driver.converse(turns);
    EXPECT_EQ(driver.text(1, "email.subject"), "Rahasia");
}

TEST_F(Smtp, RefusedDataIsFollowedByCommands) {
    driver.converse({server("220 mx ESMTP\r\n"), client("EHLO pc\r\nMAIL FROM:<a@a>\r\nDATA\r\n"),
                     server("250 ok\r\n250 ok\r\n554 no\r\n"), client("MAIL FROM:<b@b>\r\n")});
    EXPECT_EQ(driver.text(0, "smtp.mail_from"), "<b@b>");
}

TEST_F(Smtp, SplitsDoNotMatter) {
    expect_split_invariance(25, conversation(two_parts));
}

TEST_F(Smtp, Base64WithoutItsPaddingIsReadToItsEnd) {
    const auto attached = [](const std::string& letters) {
        return headers +
               "Content-Disposition: attachment; filename=a\r\n"
               "Content-Transfer-Encoding: base64\r\n\r\n" +
               letters + "\r\n";
    };
    driver.converse(conversation(attached("aXNpIGJlcg")));
    EXPECT_EQ(driver.text(0, "fileinfo.size"), "7");
    EXPECT_EQ(driver.text(0, "fileinfo.sha256"),
              sha256(as_bytes(std::string_view("isi ber"))).hex());
    ProtocolDriver odd(6, 25);
    odd.converse(conversation(attached("aXNpI")));
    EXPECT_EQ(odd.text(0, "fileinfo.gaps"), "true") << "one letter is no octet";
}

TEST_F(Smtp, DotsAreUnstuffedAndPlainAttachmentsKeepTheirLines) {
    driver.converse(conversation(headers + "Content-Disposition: attachment; filename=t.txt\r\n\r\n"
                                           "one\r\n..two\r\n\r\nthree\r\n"));
    EXPECT_EQ(driver.text(0, "fileinfo.sha256"),
              sha256(as_bytes(std::string_view("one\r\n.two\r\n\r\nthree"))).hex());
}

TEST_F(Smtp, ChunksCarryMailToo) {
    const std::string mail = two_parts;
    driver.converse(
        {server("220 mx ESMTP\r\n"), client("EHLO pc\r\nMAIL FROM:<a>\r\n"),
         client("BDAT 40\r\n" + mail.substr(0, 40)),
         client("BDAT " + std::to_string(mail.size() - 40) + " LAST\r\n" + mail.substr(40)),
         client("QUIT\r\n")});
    ASSERT_EQ(driver.count(), 2U);
    EXPECT_EQ(driver.text(0, "fileinfo.filename"), "a.zip");
    EXPECT_EQ(driver.text(1, "email.subject"), "Rahasia");
}

TEST_F(Smtp, UserIsToldAndPasswordIsNot) {
    // "\0budi\0rahasia"
    driver.converse({server("220 x SMTP\r\n"),
                     client("EHLO a\r\nAUTH PLAIN AGJ1ZGkAcmFoYXNpYQ==\r\n"),
                     server("535 no\r\n")});
    EXPECT_EQ(driver.text(0, "smtp.auth_method"), "PLAIN");
    EXPECT_EQ(driver.text(0, "smtp.auth_user"), "budi");
    EXPECT_EQ(driver.text(0, "smtp.last_reply"), "535 no");
    EXPECT_EQ(driver.lines()[0].find("rahasia"), std::string::npos);
    ProtocolDriver login(6, 25);
    login.converse({client("EHLO a\r\nAUTH LOGIN\r\nYnVkaQ==\r\ncmFoYXNpYQ==\r\n")});
    EXPECT_EQ(login.text(0, "smtp.auth_user"), "budi");
}

TEST_F(Smtp, StartTlsIsProbedAnew) {
    driver.send(server("220 x SMTP\r\n"));
    driver.send(client("EHLO a\r\nSTARTTLS\r\n"));
    driver.send(server("250 x\r\n220 go\r\n"));
    EXPECT_FALSE(driver.done());
    driver.send(client("MAIL FROM:<not read>\r\n"));
    EXPECT_EQ(driver.count(), 1U);
}

TEST_F(Smtp, HoleInAnAttachmentIsAGap) {
    std::vector<Turn> turns = conversation("");
    turns.resize(5);
    for (const Turn& turn : turns) driver.send(turn);
    driver.send(client(headers + "Content-Disposition: attachment; filename=t\r\n\r\none\r\n"));
    driver.lose(flow::Direction::to_server, 100);
    driver.send(client("rest\r\ntwo\r\n.\r\n"));
    driver.send(server("250 queued\r\n"));
    EXPECT_EQ(driver.text(0, "fileinfo.gaps"), "true");
    EXPECT_EQ(driver.text(1, "email.subject"), "Rahasia");
}

TEST_F(Smtp, WhatIsNoReplyIsGivenUp) {
    std::string junk = "220 mx ESMTP\r\n";
    for (int i = 0; i < 40; ++i) junk += "junk\r\n";
    driver.converse({server(junk)});
    EXPECT_EQ(driver.anomalies(), "not_smtp");
}

TEST_F(Smtp, DeeplyNestedMultipartsEnd) {
    std::string mail = "Subject: deep\r\n";
    for (int i = 0; i < 40; ++i) {
        const std::string boundary = "b" + std::to_string(i);
        mail += "Content-Type: multipart/mixed; boundary=" + boundary + "\r\n\r\n--" + boundary +
                "\r\n";
    }
    driver.converse(conversation(mail));
    EXPECT_EQ(driver.text(0, "email.subject"), "deep");
}

TEST(Mime, EncodedWordsAndParameters) {
    using mime::decoded_words;
    using mime::parameter;
    EXPECT_EQ(decoded_words("a =?UTF-8?Q?b_c=21?= =?utf-8?b?ZA==?= e"), "a b c!d e");
    EXPECT_EQ(decoded_words("=?iso-8859-1?q?caf=E9?="), "caf\xC3\xA9");
    EXPECT_EQ(decoded_words("=?koi8-r?q?=C1?="), "=?koi8-r?q?=C1?=");
    EXPECT_EQ(decoded_words("=?utf-8?x?abc?= =?"), "=?utf-8?x?abc?= =?");
    EXPECT_EQ(parameter("text/plain; charset=x; name=\"a;b.txt\"; z=1", "name"), "a;b.txt");
    EXPECT_EQ(parameter("attachment; filename*=utf-8''a%20%C3%A9.pdf", "filename"),
              "a \xC3\xA9.pdf");
    EXPECT_EQ(parameter("attachment; filename=plain.doc", "filename"), "plain.doc");
    EXPECT_EQ(parameter("attachment", "filename"), "");
    EXPECT_EQ(parameter("a; b; c=\"unterminated", "c"), "unterminated");
}

}  // namespace
}  // namespace persandian::protocols
