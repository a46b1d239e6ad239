// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/detectors/logs/log_test_support.h"

namespace persandian::logs::test {
namespace {

struct Case {
    std::string message;
    std::string action, user, address, port;
    std::string invalid = "(absent)";
};

const std::string none = "(absent)";

const std::vector<Case> cases = {
    {"Accepted password for budi from 203.0.113.7 port 51022 ssh2", "accepted", "budi",
     "203.0.113.7", "51022"},
    {"Accepted publickey for ops from 2001:db8::7 port 40000 ssh2: ED25519 SHA256:abc", "accepted",
     "ops", "2001:db8::7", "40000"},
    {"Failed password for invalid user root from 203.0.113.7 port 51022 ssh2", "failed", "root",
     "203.0.113.7", "51022", "true"},
    {"Failed none for invalid user  from 203.0.113.7 port 51022 ssh2", "failed", "", "203.0.113.7",
     "51022", "true"},
    {"Failed password for root from 203.0.113.7 port 22 ssh2", "failed", "root", "203.0.113.7",
     "22"},
    {"Failed keyboard-interactive/pam for a b from 203.0.113.7 port 22 ssh2", "failed", "a b",
     "203.0.113.7", "22"},
    {"Invalid user pascal from 203.0.113.9 port 53502", "invalid_user", "pascal", "203.0.113.9",
     "53502", "true"},
    {"Invalid user  from 203.0.113.9", "invalid_user", "", "203.0.113.9", none, "true"},
    {"input_userauth_request: invalid user admin [preauth]", "invalid_user_request", "admin", none,
     none, "true"},
    {"User ftp from 203.0.113.9 not allowed because not listed in AllowUsers", "not_allowed", "ftp",
     "203.0.113.9", none, "true"},
    {"Connection closed by authenticating user root 203.0.113.9 port 4711 [preauth]",
     "connection_closed", "root", "203.0.113.9", "4711"},
    {"Connection closed by 203.0.113.9 port 4711 [preauth]", "connection_closed", none,
     "203.0.113.9", "4711"},
    {"Connection reset by 203.0.113.9 port 4711 [preauth]", "connection_reset", none, "203.0.113.9",
     "4711"},
    {"Disconnected from invalid user x y 203.0.113.9 port 4711 [preauth]", "disconnected", "x y",
     "203.0.113.9", "4711", "true"},
    {"Received disconnect from 203.0.113.9 port 4711:11: Bye Bye [preauth]", "disconnect_received",
     none, "203.0.113.9", "4711"},
    {"Received disconnect from 203.0.113.9: 11: disconnected by user", "disconnect_received", none,
     "203.0.113.9", none},
    {"error: maximum authentication attempts exceeded for root from 203.0.113.9 port 5 ssh2 "
     "[preauth]",
     "max_attempts", "root", "203.0.113.9", "5"},
    {"Disconnecting: Too many authentication failures [preauth]", "max_attempts", none, none, none},
    {"Unable to negotiate with 203.0.113.9 port 45626: no matching key exchange method found. "
     "Their "
     "offer: x [preauth]",
     "negotiation_failed", none, "203.0.113.9", "45626"},
    {"banner exchange: Connection from 203.0.113.9 port 44105: invalid format", "bad_protocol",
     none, "203.0.113.9", "44105"},
    {"Bad protocol version identification 'GET / HTTP/1.1' from 203.0.113.9 port 60000",
     "bad_protocol", none, "203.0.113.9", "60000"},
    {"Did not receive identification string from 203.0.113.9", "no_identification", none,
     "203.0.113.9", none},
    {"refused connect from pc.example.go.id (203.0.113.9)", "refused", none, "203.0.113.9", none},
    {"Connection from 203.0.113.9 port 5 on 198.51.100.2 port 22", "connection", none,
     "203.0.113.9", "5"},
    {"pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= "
     "rhost=203.0.113.9  user=root",
     "pam_authentication_failure", "root", "203.0.113.9", none},
    {"pam_unix(sshd:session): session opened for user budi(uid=1000) by (uid=0)",
     "pam_session_opened", "budi", none, none},
    {"PAM 2 more authentication failures; logname= uid=0 euid=0 tty=ssh ruser= rhost=203.0.113.9",
     "pam_more_authentication_failures", none, "203.0.113.9", none},
    {"Exiting on signal 15", "other", none, none, none},
};

TEST(Sshd, MessagesAreReadByTheirWording) {
    for (const char* program : {"sshd", "sshd-session"}) {
        for (const Case& want : cases) {
            const KeptEvent event = parse_one("sshd", std::string("<38>Aug 15 10:31:40 web01 ") +
                                                          program + "[4711]: " + want.message);
            SCOPED_TRACE(want.message);
            EXPECT_EQ(event["log.format"], "sshd");
            EXPECT_EQ(event["sshd.action"], want.action);
            EXPECT_EQ(event["user.name"], want.user);
            EXPECT_EQ(event["src_ip"], want.address);
            EXPECT_EQ(event["src_port"], want.port);
            EXPECT_EQ(event["sshd.invalid_user"], want.invalid);
            EXPECT_EQ(event["host"], "web01");
            EXPECT_EQ(event["syslog.pid"], "4711");
            EXPECT_EQ(event["log.message"], want.message);
        }
    }
}

TEST(Sshd, AUserNameCannotForgeTheAddress) {
    const KeptEvent event = parse_one(
        "sshd",
        "Aug 15 10:31:40 h sshd[1]: Failed password for invalid user x from 198.51.100.9 port 1 "
        "ssh2 from 203.0.113.7 port 51022 ssh2");
    EXPECT_EQ(event["src_ip"], "203.0.113.7");
    EXPECT_EQ(event["src_port"], "51022");
    EXPECT_EQ(event["user.name"], "x from 198.51.100.9 port 1 ssh2");
}

TEST(Sshd, KeyAndMethodAreKept) {
    const KeptEvent event = parse_one("sshd",
                                      "Aug 15 10:31:40 h sshd[1]: Accepted publickey for ops from "
                                      "192.0.2.4 port 40000 ssh2: ED25519 SHA256:abc");
    EXPECT_EQ(event["sshd.method"], "publickey");
    EXPECT_EQ(event["sshd.key"], "ED25519 SHA256:abc");
}

TEST(Sshd, ARepeatedMessageIsReadAndCounted) {
    const KeptEvent event = parse_one(
        "sshd",
        "Aug 15 10:31:40 h sshd[1]: message repeated 3 times: [ Failed password for root from "
        "203.0.113.7 port 22 ssh2]");
    EXPECT_EQ(event["sshd.action"], "failed");
    EXPECT_EQ(event["sshd.repeated"], "3");
    EXPECT_EQ(event["src_ip"], "203.0.113.7");
}

TEST(Sshd, BareMessagesAreReadAsWell) {
    EXPECT_EQ(parse_one("auto", "sshd[9]: Invalid user a from 192.0.2.1 port 9")["sshd.action"],
              "invalid_user");
    EXPECT_EQ(
        parse_one("auto", "Failed password for root from 192.0.2.1 port 9 ssh2")["log.format"],
        "sshd");
}

TEST(Sshd, LinesOfOtherProgramsFallBackToSyslog) {
    EXPECT_EQ(parse_one("sshd", "Aug 15 10:31:40 h CRON[1]: x")["log.format"], "syslog");
    EXPECT_EQ(parse_one("sshd", "no header at all")["log.format"], "plain");
}

TEST(Sshd, SourcesNamedSyslogAreReadInDetail) {
    EXPECT_EQ(
        parse_one("syslog",
                  "Aug 15 10:31:40 h sshd[1]: Connection closed by 192.0.2.1 port 1")["log.format"],
        "sshd");
}

TEST(Sshd, AuthLogIsUnderstood) {
    const auto lines = shared_lines("logs/auth/auth_7k.log");
    if (!lines) GTEST_SKIP() << "skipped: PERSANDIAN_SHARED_DATA is not set";
    const RunResult result = run("auto", *lines);
    EXPECT_EQ(result.counters.parsed, 7121U);
    EXPECT_TRUE(adds_up(result.counters));
    std::map<std::string, int> formats, actions;
    for (const KeptEvent& event : result.events) {
        ++formats[event["log.format"]];
        if (event["log.format"] == "sshd") ++actions[event["sshd.action"]];
    }
    EXPECT_EQ(formats["sshd"], 4095);
    EXPECT_EQ(formats["sudo"], 557);
    EXPECT_EQ(formats["syslog"], 7121 - 4095 - 557);
    EXPECT_EQ(actions["invalid_user"], 178);
    EXPECT_EQ(actions["accepted"], 226);
    EXPECT_LT(actions["other"], 205) << "wordings we do not know";
}

}  // namespace
}  // namespace persandian::logs::test
