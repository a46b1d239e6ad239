// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/detectors/logs/log_test_support.h"

namespace persandian::logs::test {
namespace {

struct Case {
    const char* name;
    std::string line;
    std::string time, host, program, pid, severity, message;
};

class SyslogForms : public testing::TestWithParam<Case> {};

TEST_P(SyslogForms, HeaderIsRead) {
    const Case& want = GetParam();
    const KeptEvent event = parse_one("syslog", want.line);
    EXPECT_EQ(event["log.format"], "syslog");
    EXPECT_EQ(format_rfc3339_ns(event.time), want.time);
    EXPECT_EQ(event["host"], want.host);
    EXPECT_EQ(event["syslog.program"], want.program);
    EXPECT_EQ(event["syslog.pid"], want.pid);
    EXPECT_EQ(event["syslog.severity"], want.severity);
    EXPECT_EQ(event["log.message"], want.message);
    EXPECT_EQ(event["log.raw"], want.line);
    EXPECT_EQ(event.raw, want.line);
}

const std::string absent = "(absent)";

INSTANTIATE_TEST_SUITE_P(
    All, SyslogForms,
    testing::Values(
        Case{"Bsd", "Aug 15 10:23:45 web01 CRON[417]: (root) CMD (run-parts)",
             "2026-08-15T10:23:45.000000000Z", "web01", "CRON", "417", absent,
             "(root) CMD (run-parts)"},
        Case{"BsdWithPriority",
             "<30>Aug  5 10:30:45 gw dnsmasq-dhcp[1834]: DHCPACK(br-lan) 192.0.2.7",
             "2026-08-05T10:30:45.000000000Z", "gw", "dnsmasq-dhcp", "1834", "info",
             "DHCPACK(br-lan) 192.0.2.7"},
        Case{"BsdWithoutHost", "Aug 15 10:23:45 kernel: link down",
             "2026-08-15T10:23:45.000000000Z", absent, "kernel", absent, absent, "link down"},
        Case{"BsdWithoutTag", "Aug 15 10:23:45 gw syslogd 1.4.1 restart",
             "2026-08-15T10:23:45.000000000Z", "gw", absent, absent, absent,
             "syslogd 1.4.1 restart"},
        Case{"BsdWithYear", "<28>Aug 15 2025 10:23:45 gw app: x", "2025-08-15T10:23:45.000000000Z",
             "gw", "app", absent, "warning", "x"},
        Case{"RsyslogIso",
             "2026-03-19T12:34:09.757188+08:00 mail postfix/smtpd[26897]: lost connection",
             "2026-03-19T04:34:09.757188000Z", "mail", "postfix/smtpd", "26897", absent,
             "lost connection"},
        Case{"Rfc5424",
             "<165>1 2026-08-15T10:24:01.003Z web01.example.go.id evntslog 77 ID47 "
             "[ex@32473 iut=\"3\" text=\"a \\\"b\\] c\"] \xEF\xBB\xBFstarted",
             "2026-08-15T10:24:01.003000000Z", "web01.example.go.id", "evntslog", "77", "notice",
             "started"},
        Case{"Rfc5424Nil", "<14>1 - - - - - -", "2026-08-15T12:00:00.000000000Z", absent, absent,
             absent, "info", ""},
        Case{"PriorityOnly", "<134>something odd happened", "2026-08-15T12:00:00.000000000Z",
             absent, absent, absent, "info", "something odd happened"}),
    [](const auto& test) { return test.param.name; });

TEST(Syslog, StructuredDataBecomesFields) {
    const KeptEvent event = parse_one(
        "syslog", "<165>1 2026-08-15T10:24:01Z h a - - [x@1 k=\"a \\\"b\\] c\\\\\"][y z=\"2\"] m");
    EXPECT_EQ(event["syslog.sd.x@1.k"], "a \"b] c\\");
    EXPECT_EQ(event["syslog.sd.y.z"], "2");
    EXPECT_EQ(event["log.message"], "m");
    EXPECT_EQ(event["syslog.facility"], "local4");
}

TEST(Syslog, OtherLinesArePlain) {
    for (const char* line : {"", "hello", "<999>x", "<12", "Aug 32 10:00:00 a b: c",
                             "Aug 15 25:00:00 a b: c", "Foo 15 10:00:00 a b: c"}) {
        const RunResult result = run("syslog", {line});
        ASSERT_EQ(result.events.size(), 1U) << line;
        EXPECT_EQ(result.events[0]["log.format"], "plain") << line;
        EXPECT_EQ(result.events[0]["log.message"], line);
        EXPECT_EQ(result.counters.not_understood, 1U);
    }
}

std::string time_of(const std::string& line, const char* received, int zone = 0) {
    return format_rfc3339_ns(parse_one("syslog", line, *parse_rfc3339(received), zone).time)
        .substr(0, 19);
}

TEST(SyslogYear, IsTheOneNearestToTheReceiveTime) {
    EXPECT_EQ(time_of("Dec 31 23:59:58 h a: x", "2027-01-01T00:00:03Z"), "2026-12-31T23:59:58");
    EXPECT_EQ(time_of("Jan  1 00:00:02 h a: x", "2026-12-31T23:59:59Z"), "2027-01-01T00:00:02");
    EXPECT_EQ(time_of("Jan  1 00:00:02 h a: x", "2027-01-01T00:00:03Z"), "2027-01-01T00:00:02");
    EXPECT_EQ(time_of("Feb 29 12:00:00 h a: x", "2026-08-15T12:00:00Z"), "2024-02-29T12:00:00");
}

TEST(SyslogYear, AnOldLineIsNeverMovedIntoTheFuture) {
    // nearest would be next March; a file read in December begins in the March before
    EXPECT_EQ(time_of("Mar 27 13:06:56 h a: x", "2026-12-30T12:00:00Z"), "2026-03-27T13:06:56");
}

TEST(SyslogZone, TimesWithoutAZoneAreTakenInTheZoneOfTheSource) {
    EXPECT_EQ(time_of("Aug 15 10:00:00 h a: x", "2026-08-15T02:00:00Z", 480),
              "2026-08-15T02:00:00");
    EXPECT_EQ(time_of("2026-08-15T10:00:00 h a: x", "2026-08-15T02:00:00Z", 480),
              "2026-08-15T02:00:00");
    EXPECT_EQ(time_of("2026-08-15T10:00:00+07:00 h a: x", "2026-08-15T02:00:00Z", 480),
              "2026-08-15T03:00:00");
    // New Year in Jakarta is still last year in UTC
    EXPECT_EQ(time_of("Jan  1 00:30:00 h a: x", "2026-12-31T17:30:05Z", 420),
              "2026-12-31T17:30:00");
}

TEST(Syslog, LinuxMessagesAreUnderstood) {
    const auto lines = shared_lines("logs/auth/linux_messages_2k.log");
    if (!lines) GTEST_SKIP() << "skipped: PERSANDIAN_SHARED_DATA is not set";
    const RunResult result = run("auto", *lines);
    EXPECT_EQ(result.counters.parsed, lines->size());
    EXPECT_TRUE(adds_up(result.counters));
    std::size_t failures = 0;
    for (const KeptEvent& event : result.events)
        failures += event["sshd.action"] == "pam_authentication_failure" ? 1U : 0U;
    EXPECT_GT(failures, 450U);
}

}  // namespace
}  // namespace persandian::logs::test
