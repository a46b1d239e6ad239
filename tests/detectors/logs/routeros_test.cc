// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/detectors/logs/log_test_support.h"

namespace persandian::logs::test {
namespace {

using Strings = std::vector<std::string>;

TEST(RouterOs, TheThreeTransportsGiveTheSameEvent) {
    const std::string text =
        "system,error,critical login failure for user admin from 203.0.113.35 via winbox";
    const std::array<std::pair<std::string, std::string>, 4> lines = {
        std::pair<std::string, std::string>{"2026-03-19T12:34:09.757188+08:00 10.20.0.1 " + text,
                                            "10.20.0.1"},
        {"<131>Aug 15 10:24:01 MikroTik-PALU " + text, "MikroTik-PALU"},
        {"<134>" + text, "(absent)"},
        {text, "(absent)"}};
    for (const auto& [line, host] : lines) {
        SCOPED_TRACE(line);
        const KeptEvent event = parse_one("auto", line);
        EXPECT_EQ(event["log.format"], "routeros");
        EXPECT_EQ(event["host"], host);
        EXPECT_EQ(event.all("routeros.topics"), (Strings{"system", "error", "critical"}));
        EXPECT_EQ(event["routeros.severity"], "critical");
        EXPECT_EQ(event["routeros.action"], "login_failure");
        EXPECT_EQ(event["user.name"], "admin");
        EXPECT_EQ(event["src_ip"], "203.0.113.35");
        EXPECT_EQ(event["routeros.via"], "winbox");
        EXPECT_EQ(event["log.message"],
                  "login failure for user admin from 203.0.113.35 via winbox");
    }
    EXPECT_EQ(format_rfc3339_ns(parse_one("auto", lines[0].first).time),
              "2026-03-19T04:34:09.757188000Z");
}

struct Case {
    std::string message;
    std::string action, user, address, object;
};

TEST(RouterOs, MessagesAreReadByTheirWording) {
    const std::string none = "(absent)";
    const std::vector<Case> cases = {
        {"system,info,account user admin logged in from 10.20.0.50 via winbox", "login", "admin",
         "10.20.0.50", none},
        {"system,info,account user admin logged in from 00:00:5e:00:53:01 via winbox", "login",
         "admin", none, none},
        {"system,info,account user admin logged in via local", "login", "admin", none, none},
        {"system,info,account user ops logged out from 2001:db8::5 via ssh", "logout", "ops",
         "2001:db8::5", none},
        {"system,error,critical login failure for user  from 203.0.113.7 via ssh", "login_failure",
         "", "203.0.113.7", none},
        {"system,info log rule changed by admin", "config_change", "admin", none, "log rule"},
        {"system,info filter rule added by tcp-msg(winbox):admin@192.0.2.5 (*1C = /ip/firewall "
         "add)",
         "config_change", "admin", "192.0.2.5", "filter rule"},
        {"system,info user x removed by budi", "config_change", "budi", none, "user x"},
        {"interface,info ether5 link down", "link_down", none, none, "ether5"},
        {"interface,info ether5 link up (speed 1G, full duplex)", "link_up", none, none, "ether5"},
        {"dhcp,info dhcp-OPD deassigned 10.20.9.249 for 00:00:5e:00:53:93 LAPTOP1",
         "dhcp_deassigned", none, "10.20.9.249", "dhcp-OPD"},
        {"system,error,critical router was rebooted without proper shutdown", "reboot", none, none,
         none},
        {"pppoe,ppp,info <pppoe-opd-dinkes>: terminating... - peer is not responding", "other",
         none, none, none},
    };
    for (const Case& want : cases) {
        const KeptEvent event = parse_one("auto", "<134>Aug 15 10:23:45 gw " + want.message);
        SCOPED_TRACE(want.message);
        EXPECT_EQ(event["log.format"], "routeros");
        EXPECT_EQ(event["routeros.action"], want.action);
        EXPECT_EQ(event["user.name"], want.user);
        EXPECT_EQ(event["src_ip"], want.address);
        EXPECT_EQ(event["routeros.object"], want.object);
    }
}

TEST(RouterOs, FirewallLines) {
    const KeptEvent event = parse_one(
        "auto",
        "2026-03-18T20:36:59.594792+08:00 10.20.0.1 firewall,info drop tcp input: in:ether1-WAN "
        "out:(unknown 0), connection-state:new src-mac 00:00:5e:00:53:02, proto TCP (SYN,ACK), "
        "203.0.113.219:59388->198.51.100.145:23, NAT (203.0.113.219:59388->198.51.100.145:23)"
        "->10.0.0.5:23, len 40");
    EXPECT_EQ(event["routeros.action"], "firewall");
    EXPECT_EQ(event["routeros.prefix"], "drop tcp");
    EXPECT_EQ(event["routeros.chain"], "input");
    EXPECT_EQ(event["routeros.in"], "ether1-WAN");
    EXPECT_EQ(event["routeros.out"], "(unknown 0)");
    EXPECT_EQ(event["routeros.connection_state"], "new");
    EXPECT_EQ(event["routeros.src_mac"], "00:00:5e:00:53:02");
    EXPECT_EQ(event["proto"], "TCP");
    EXPECT_EQ(event["routeros.tcp_flags"], "SYN,ACK");
    EXPECT_EQ(event["src_ip"], "203.0.113.219");
    EXPECT_EQ(event["src_port"], "59388");
    EXPECT_EQ(event["dest_ip"], "198.51.100.145");
    EXPECT_EQ(event["dest_port"], "23");
    EXPECT_EQ(event["routeros.length"], "40");
    EXPECT_EQ(event["routeros.nat"], "(203.0.113.219:59388->198.51.100.145:23)->10.0.0.5:23");
}

TEST(RouterOs, FirewallLinesWithIpv6AndWithoutPrefixOrPorts) {
    const KeptEvent six = parse_one(
        "auto",
        "2026-05-31T00:04:27.696749+08:00 gw firewall,info input: in:WAN out:(unknown 0), "
        "connection-state:new src-mac 00:00:5e:00:53:0f, proto TCP (SYN), "
        "[2001:db8:1234::1]:40384->[2001:db8:1234::2]:20461, len 24");
    EXPECT_FALSE(six.has("routeros.prefix"));
    EXPECT_EQ(six["src_ip"], "2001:db8:1234::1");
    EXPECT_EQ(six["dest_port"], "20461");
    const KeptEvent icmp = parse_one("auto",
                                     "firewall,info forward: in:a out:b, proto ICMP (type 8, code "
                                     "0), 192.0.2.1->192.0.2.2, len 28");
    EXPECT_EQ(icmp["src_ip"], "192.0.2.1");
    EXPECT_EQ(icmp["dest_ip"], "192.0.2.2");
    EXPECT_FALSE(icmp.has("src_port"));
}

TEST(RouterOs, AUserNameCannotForgeTheAddress) {
    const KeptEvent event = parse_one(
        "auto",
        "<134>system,error,critical login failure for user a from 198.51.100.1 via ssh from "
        "203.0.113.7 via winbox");
    EXPECT_EQ(event["src_ip"], "203.0.113.7");
    EXPECT_EQ(event["user.name"], "a from 198.51.100.1 via ssh");
}

TEST(RouterOs, OrdinarySyslogIsNotTaken) {
    for (const char* line :
         {"Aug 15 10:23:45 h app: system,info x", "Aug 15 10:23:45 h info x",
          "Aug 15 10:23:45 h a,b c", "hello, world info", "system,info", "SYSTEM,INFO x"})
        EXPECT_NE(parse_one("auto", line)["routeros.action"], "login") << line;
    EXPECT_EQ(parse_one("auto", "Aug 15 10:23:45 h a,b c")["log.format"], "syslog");
    EXPECT_EQ(parse_one("auto", "Aug 15 10:23:45 h app: system,info x")["log.format"], "syslog");
}

}  // namespace
}  // namespace persandian::logs::test
