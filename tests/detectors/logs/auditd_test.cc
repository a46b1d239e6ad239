// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstdio>
#include <sstream>

#include <gtest/gtest.h>

#include "detectors/base/encoding.h"
#include "detectors/logs/audit_record.h"
#include "tests/detectors/logs/log_test_support.h"
#include "tests/support/temp_dir.h"

namespace persandian::logs::test {
namespace {

using Strings = std::vector<std::string>;

const Strings web_shell = {
    "type=SYSCALL msg=audit(1684329817.579:2996): arch=c000003e syscall=59 success=yes exit=0 "
    "a0=55df1048ec88 a1=55df1048ec38 a2=7ff a3=1 items=2 ppid=26843 pid=27031 auid=4294967295 "
    "uid=33 "
    "gid=33 euid=33 suid=33 tty=(none) ses=4294967295 comm=\"sh\" exe=\"/usr/bin/dash\" "
    "key=77656265786563016F74686572",
    "type=EXECVE msg=audit(1684329817.579:2996): argc=3 a0=\"sh\" a1=\"-c\" "
    "a2=77686F616D69203E2078",
    "type=CWD msg=audit(1684329817.579:2996): cwd=\"/home/ppid/public_html/uploads\"",
    "type=PATH msg=audit(1684329817.579:2996): item=0 name=\"/bin/sh\" inode=9 mode=0100755 ouid=0 "
    "nametype=NORMAL",
    "type=PATH msg=audit(1684329817.579:2996): item=1 name=2F746D702F6120622E736F inode=10 "
    "mode=0100755 ouid=0 nametype=NORMAL",
    "type=PROCTITLE msg=audit(1684329817.579:2996): proctitle=7368002D630077686F616D69"};

TEST(Auditd, RecordsOfOneSerialBecomeOneEvent) {
    const RunResult result = run("auto", web_shell);
    ASSERT_EQ(result.events.size(), 1U);
    const KeptEvent& event = result.events[0];
    EXPECT_EQ(event["log.format"], "auditd");
    EXPECT_EQ(format_rfc3339_ns(event.time), "2023-05-17T13:23:37.579000000Z");
    EXPECT_EQ(event.all("type"),
              (Strings{"SYSCALL", "EXECVE", "CWD", "PATH", "PATH", "PROCTITLE"}));
    EXPECT_EQ(event["SYSCALL"], "execve");
    EXPECT_EQ(event.all("syscall"), (Strings{"59", "execve"}));
    EXPECT_EQ(event["a0"], "sh");
    EXPECT_EQ(event["a1"], "-c");
    EXPECT_EQ(event["a2"], "whoami > x");
    EXPECT_FALSE(event.has("a3")) << "registers give way to arguments";
    EXPECT_EQ(event["CommandLine"], "sh -c whoami > x");
    EXPECT_EQ(event["exe"], "/usr/bin/dash");
    EXPECT_EQ(event["comm"], "sh");
    EXPECT_EQ(event.all("key"), (Strings{"webexec", "other"}));
    EXPECT_EQ(event.all("name"), (Strings{"/bin/sh", "/tmp/a b.so"}));
    EXPECT_EQ(event.all("nametype"), (Strings{"NORMAL", "NORMAL"}));
    EXPECT_EQ(event["cwd"], "/home/ppid/public_html/uploads");
    EXPECT_EQ(event["proctitle"], "sh -c whoami");
    EXPECT_EQ(event["uid"], "33");
    EXPECT_EQ(event["auid"], "4294967295");
    EXPECT_EQ(event["success"], "yes");
    EXPECT_EQ(event["audit.serial"], "2996");
    EXPECT_EQ(event["audit.records"], "6");
    EXPECT_EQ(std::count(event.raw.begin(), event.raw.end(), '\n'), 5);
    EXPECT_EQ(result.counters.joined, 6U);
    EXPECT_TRUE(adds_up(result.counters));
}

std::string record(const char* type, int serial, const std::string& body, double second = 1000.5) {
    std::array<char, 64> stamp{};
    std::snprintf(stamp.data(), stamp.size(), "%.3f:%d", second, serial);
    return std::string("type=") + type + " msg=audit(" + stamp.data() + "): " + body;
}

TEST(Auditd, InterleavedEventsAreKeptApart) {
    const RunResult result =
        run("auditd",
            {record("SYSCALL", 1, "pid=1"), record("SYSCALL", 2, "pid=2"),
             record("PATH", 1, "name=\"/one\""), record("PATH", 2, "name=\"/two\""),
             record("PROCTITLE", 2, "proctitle=\"b\""), record("PROCTITLE", 1, "proctitle=\"a\"")});
    ASSERT_EQ(result.events.size(), 2U);
    EXPECT_EQ(result.events[0]["name"], "/two");
    EXPECT_EQ(result.events[1]["name"], "/one");
}

TEST(Auditd, AnEventWithoutAnEndIsEmittedWhenTwoSecondsHavePassed) {
    KeepingSink sink;
    LogRoom room(sink);
    const std::string first = record("SYSCALL", 1, "pid=1", 1000.0);
    const std::string soon = record("SYSCALL", 2, "pid=2", 1001.9);
    const std::string later = record("SYSCALL", 3, "pid=3", 1002.1);
    room.on_line({.text = first, .format = "auditd"});
    room.on_line({.text = soon, .format = "auditd"});
    EXPECT_TRUE(sink.events.empty());
    room.on_line({.text = later, .format = "auditd"});
    ASSERT_EQ(sink.events.size(), 1U);
    EXPECT_EQ(sink.events[0]["pid"], "1");
    room.finish();
    EXPECT_EQ(sink.events.size(), 3U);
}

TEST(Auditd, TheRoomTellsFromWhichLineOnLinesWait) {
    KeepingSink sink;
    LogRoom room(sink);
    EXPECT_EQ(room.oldest_kept_line(3), 0U);
    const std::string one = record("SYSCALL", 1, "pid=1");
    const std::string two = record("SYSCALL", 2, "pid=2");
    const std::string end_of_one = record("EOE", 1, "");
    room.on_line({.text = one, .format = "auditd", .number = 7, .source = 3});
    room.on_line({.text = two, .format = "auditd", .number = 8, .source = 3});
    EXPECT_EQ(room.oldest_kept_line(3), 7U);
    room.on_line({.text = end_of_one, .format = "auditd", .number = 9, .source = 3});
    EXPECT_EQ(room.oldest_kept_line(3), 8U);
    room.finish();
    EXPECT_EQ(room.oldest_kept_line(3), 0U);
}

TEST(Auditd, TimeAloneEmitsWhatWaits) {
    KeepingSink sink;
    LogRoom room(sink);
    const std::string line = record("SYSCALL", 1, "pid=1", 1000.0);
    room.on_line({.text = line, .format = "auditd", .received = noon});
    room.on_time(noon + Duration::seconds(1));
    EXPECT_TRUE(sink.events.empty());
    room.on_time(noon + Duration::seconds(3));
    EXPECT_EQ(sink.events.size(), 1U);
}

TEST(Auditd, RecordsOfProgramsStandAlone) {
    KeepingSink sink;
    LogRoom room(sink);
    const std::string line =
        "node=web01 type=USER_LOGIN msg=audit(1492896301.818:19955): pid=12635 uid=0 "
        "auid=4294967295 ses=4294967295 msg='op=login acct=28696E76616C6964207573657229 "
        "exe=\"/usr/sbin/sshd\" hostname=? addr=203.0.113.151 terminal=sshd res=failed'";
    room.on_line({.text = line, .format = "auto"});
    ASSERT_EQ(sink.events.size(), 1U);
    const KeptEvent& event = sink.events[0];
    EXPECT_EQ(event["host"], "web01");
    EXPECT_EQ(event["type"], "USER_LOGIN");
    EXPECT_EQ(event["op"], "login");
    EXPECT_EQ(event["acct"], "(invalid user)");
    EXPECT_EQ(event["user.name"], "(invalid user)");
    EXPECT_EQ(event["src_ip"], "203.0.113.151");
    EXPECT_EQ(event["exe"], "/usr/sbin/sshd");
    EXPECT_EQ(event["res"], "failed");
    EXPECT_EQ(room.counters().parsed, 1U);
}

TEST(Auditd, TheEnrichedPartIsRead) {
    const KeptEvent event =
        parse_one("auto",
                  "type=SYSCALL msg=audit(1000.5:9): arch=c00000b7 syscall=221 success=yes uid=0 "
                  "key=(null)\x1D"
                  "ARCH=aarch64 SYSCALL=execve AUID=\"budi\" UID=\"root\"");
    EXPECT_EQ(event["SYSCALL"], "execve");
    EXPECT_EQ(event["AUID"], "budi");
    EXPECT_EQ(event["user.name"], "budi");
    EXPECT_EQ(event["ARCH"], "aarch64");
    EXPECT_FALSE(event.has("key"));
}

TEST(Auditd, SystemCallsAreNamedByArchitecture) {
    const auto name = [](const char* arch, const char* number) {
        return parse_one(
            "auditd",
            record("SYSCALL", 1, std::string("arch=") + arch + " syscall=" + number))["SYSCALL"];
    };
    EXPECT_EQ(name("c000003e", "41"), "socket");
    EXPECT_EQ(name("c000003e", "319"), "memfd_create");
    EXPECT_EQ(name("40000003", "11"), "execve");
    EXPECT_EQ(name("c00000b7", "221"), "execve");
    EXPECT_EQ(name("c000003e", "99999"), "(absent)");
    EXPECT_EQ(name("zz", "59"), "(absent)");
}

TEST(Auditd, RegistersStandWhereThereIsNoCommand) {
    const KeptEvent event = parse_one(
        "auditd", record("SYSCALL", 1, "arch=c000003e syscall=41 a0=26 a1=5 a2=0 a3=0 exe=\"/x\""));
    EXPECT_EQ(event["a0"], "26");
    EXPECT_EQ(event["a3"], "0");
    EXPECT_FALSE(event.has("CommandLine"));
}

TEST(Auditd, LongArgumentsArePutTogether) {
    const RunResult result =
        run("auditd",
            {record("EXECVE", 1, "argc=3 a0=\"sh\" a1_len=12 a1[0]=6563686F20 a1[1]=\"hello w\""),
             record("EXECVE", 1, "a2=\"end\""), record("EOE", 1, "")});
    ASSERT_EQ(result.events.size(), 1U);
    EXPECT_EQ(result.events[0]["a1"], "echo hello w");
    EXPECT_EQ(result.events[0]["CommandLine"], "sh echo hello w end");
}

TEST(Auditd, SocketAddressesAreRead) {
    const auto address = [](const char* saddr) {
        const KeptEvent event =
            parse_one("auditd", record("SOCKADDR", 1, std::string("saddr=") + saddr));
        return event["dest_ip"] + " " + event["dest_port"] + " " + event["saddr.path"];
    };
    EXPECT_EQ(address("02000050CB0071090000000000000000"), "203.0.113.9 80 (absent)");
    EXPECT_EQ(address("0A0001BB0000000020010DB800000000000000000000000100000000"),
              "2001:db8::1 443 (absent)");
    EXPECT_EQ(address("01002F7661722F72756E2F6E73636400FF"), "(absent) (absent) /var/run/nscd");
    EXPECT_EQ(address("0200"), "(absent) (absent) (absent)");
    EXPECT_EQ(address("xyz"), "(absent) (absent) (absent)");
}

TEST(Auditd, AccessVectorsAreRead) {
    const KeptEvent event = parse_one(
        "auditd", record("AVC", 1, "avc:  denied  { read write } for  pid=13010 comm=\"pickup\""));
    EXPECT_EQ(event["avc"], "denied");
    EXPECT_EQ(event.all("permission"), (Strings{"read", "write"}));
    EXPECT_EQ(event["pid"], "13010");
}

TEST(Auditd, RecordsInsideSyslogAreRead) {
    const KeptEvent kernel =
        parse_one("auto",
                  "Aug 15 10:31:40 web01 kernel: [ 12.345] audit: type=1326 audit(1000.5:7): pid=5 "
                  "comm=\"x\" sig=31");
    EXPECT_EQ(kernel["type"], "SECCOMP");
    EXPECT_EQ(kernel["host"], "web01");
    EXPECT_EQ(kernel["sig"], "31");
    EXPECT_EQ(parse_one("auto",
                        "Aug 15 10:31:40 web01 audispd: node=db type=USER_AUTH "
                        "msg=audit(1000.5:7): pid=5")["host"],
              "db");
}

TEST(Auditd, TheNumberOfWaitingEventsIsBounded) {
    Strings lines;
    for (int i = 0; i < 1000; ++i)
        lines.push_back(record("SYSCALL", i, "pid=" + std::to_string(i)));
    KeepingSink sink;
    LogRoom room(sink);
    for (const std::string& line : lines) room.on_line({.text = line, .format = "auditd"});
    EXPECT_EQ(sink.events.size(), 1000U - 64U);
    room.finish();
    EXPECT_EQ(sink.events.size(), 1000U);
    for (std::size_t i = 0; i < 1000; ++i) EXPECT_EQ(sink.events[i]["pid"], std::to_string(i));
}

TEST(Auditd, RecordsBeyondTheLimitArePlainAndSaid) {
    Strings lines;
    for (int i = 0; i < 300; ++i)
        lines.push_back(record("PATH", 1, "name=\"/" + std::to_string(i) + "\""));
    const RunResult result = run("auditd", lines);
    EXPECT_EQ(result.counters.joined, 256U);
    EXPECT_EQ(result.counters.limit, 44U);
    EXPECT_EQ(result.counters.plain, 44U);
    EXPECT_TRUE(adds_up(result.counters));
    EXPECT_EQ(result.events.back()["audit.cut"], "true");
    EXPECT_EQ(result.events.back().all("name").size(), 256U);
}

TEST(Auditd, OtherLinesAreNotMine) {
    for (const char* line :
         {"type=SYSCALL", "type=SYSCALL msg=audit(1.2)",
          "type=X msg=audit(a.b:c): ", "type= msg=audit(1000.5:7): ", "msg=audit(1000.5:7): x"})
        EXPECT_EQ(parse_one("auditd", line)["log.format"], "plain") << line;
}

TEST(AuditPairs, AreSplitAsAuditWritesThem) {
    std::vector<std::string> got;
    for_each_audit_pair(
        "user pid=1 msg='op=a, cmd=2F62 (hostname=h, res=success)' x=(null) y=\"a b\" =z w=",
        [&](const AuditPair& pair) {
            got.push_back(std::string(pair.name) + ":" + std::string(pair.value));
        });
    EXPECT_EQ(got, (Strings{"pid:1", "op:a", "cmd:2F62", "hostname:h", "res:success", "x:(null)",
                            "y:a b", "w:"}));
}

std::vector<std::string> reference_commands(const std::vector<std::string>& files) {
    std::string command =
        "python3 " +
        (persandian::test::source_dir() / "tests/detectors/logs/audit_reference.py").string();
    for (const std::string& file : files) command += " '" + file + "'";
    std::vector<std::string> out;
    FILE* const pipe = ::popen(command.c_str(), "r");
    std::array<char, 65'536> line{};
    while (pipe != nullptr && std::fgets(line.data(), line.size(), pipe) != nullptr) {
        std::string text(line.data());
        if (text.ends_with('\n')) text.pop_back();
        out.push_back(text);
    }
    if (pipe != nullptr) ::pclose(pipe);
    return out;
}

TEST(Auditd, LogsOfFiveDistributionsAreReadAsTheReferenceReadsThem) {
    std::vector<std::string> files;
    Strings commands;
    for (const char* name : {"rhel6", "rhel7", "ubuntu14", "ubuntu16", "ubuntu17"}) {
        const std::string path = std::string("logs/auditd/audit-") + name + ".log";
        auto lines = shared_lines(path);
        if (!lines) GTEST_SKIP() << "skipped: PERSANDIAN_SHARED_DATA is not set";
        files.push_back(std::string(std::getenv("PERSANDIAN_SHARED_DATA")) + "/" + path);
        std::erase(*lines, "");
        const RunResult result = run("auto", *lines);
        // one record says "type=UNKNOWN[1329] msg=?": there is nothing to read
        EXPECT_EQ(result.counters.plain, std::string_view(name) == "rhel7" ? 1U : 0U) << name;
        EXPECT_TRUE(adds_up(result.counters)) << name;
        for (const KeptEvent& event : result.events) {
            if (event.raw.find("type=EXECVE") == std::string::npos) continue;
            std::string command = event["audit.serial"];
            for (int i = 0; event.has("a" + std::to_string(i)); ++i) {
                const std::string hex = hex_encode(as_bytes(event["a" + std::to_string(i)]));
                command += " " + (hex.empty() ? "-" : hex);
            }
            commands.push_back(command);
        }
    }
    Strings want = reference_commands(files);
    std::sort(want.begin(), want.end());
    std::sort(commands.begin(), commands.end());
    EXPECT_GE(want.size(), 3U);
    EXPECT_EQ(commands, want);
}

}  // namespace
}  // namespace persandian::logs::test
