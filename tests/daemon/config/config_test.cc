// SPDX-License-Identifier: Apache-2.0
#include "daemon/config/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace persandian::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> problems_of(const std::string& text,
                                     const std::vector<std::string>& overrides = {}) {
    std::vector<std::string> out;
    try {
        (void)parse_config("/etc/persandian/persandian.yaml", text, overrides);
    } catch (const ConfigError& error) {
        for (const ConfigProblem& problem : error.problems()) out.push_back(problem.to_string());
    }
    return out;
}

TEST(Config, SuppressionsHaveAFolder) {
    EXPECT_TRUE(parse_config("c.yaml", "").suppressions.empty());
    EXPECT_EQ(parse_config("c.yaml", "suppressions: /etc/quiet\n").suppressions, "/etc/quiet");
    EXPECT_THAT(problems_of("suppressions: quiet\n"),
                ElementsAre("/etc/persandian/persandian.yaml:1:15: 'suppressions' must be an "
                            "absolute path, not 'quiet'"));
}

TEST(Config, EmptyFileIsAllDefaults) {
    const Config config = parse_config("c.yaml", "");
    EXPECT_EQ(config.ledger.heartbeat, Duration::seconds(10));
    EXPECT_TRUE(config.captures.empty());
    EXPECT_EQ(config.flows.reassembly.size(), 0U);
    EXPECT_FALSE(config.flows.check_checksums);
    EXPECT_EQ(config.origin(), "localhost/00/sensor-1");
}

TEST(Config, ReadsEverySection) {
    const Config config =
        parse_config("c.yaml",
                     "version: 1\n"
                     "sensor: {name: s1, domain: example.go.id, province: '72', zone: WITA}\n"
                     "capture:\n  - interface: eth0\n    filter: not port 22\n    buffer: 16mb\n"
                     "logs:\n  - {path: /var/log/auth.log, format: syslog, zone: '+07:00'}\n"
                     "rules: {paths: /srv/rules, on-error: skip, placeholders: {admins: [a, b]}}\n"
                     "assets: /etc/persandian/assets.yml\n"
                     "ledger: {directory: /srv/ledger, heartbeat: 30s}\n"
                     "flows: {interim: 5m, check-checksums: yes, reassembly: [{network: "
                     "10.0.0.0/8, policy: windows}, {network: '2001:db8::/32', policy: linux}]}\n"
                     "limits: {flow-memory: 1GiB, incident-window: 2h}\n"
                     "log-level: debug\n");
    EXPECT_EQ(config.origin(), "example.go.id/72/s1");
    ASSERT_EQ(config.captures.size(), 1U);
    EXPECT_EQ(config.captures[0].buffer_bytes, 16_MiB);
    ASSERT_EQ(config.logs.size(), 1U);
    EXPECT_EQ(config.logs[0].zone_offset_minutes, 420);
    EXPECT_EQ(config.logs[0].format, "syslog");
    EXPECT_TRUE(config.rules.skip_bad_rules);
    EXPECT_THAT(config.rules.paths, ElementsAre("/srv/rules"));
    EXPECT_EQ(config.flows.interim, Duration::minutes(5));
    EXPECT_TRUE(config.flows.check_checksums);
    EXPECT_EQ(config.flows.reassembly.of(*IpAddress::parse("10.1.2.3")),
              flow::ReassemblyPolicy::windows);
    EXPECT_EQ(config.flows.reassembly.of(*IpAddress::parse("2001:db8::1")),
              flow::ReassemblyPolicy::linux);
    EXPECT_EQ(config.limits.flow_memory_bytes, 1_GiB);
    EXPECT_EQ(config.log_level, LogLevel::debug);
}

TEST(Config, EveryMistakeIsReportedAtOnceWithPositionAndRemedy) {
    EXPECT_THAT(
        problems_of("version: 1\n"
                    "sensor:\n  nmae: s1\n"
                    "capture:\n  - filter: tcp\n    bufer: 1mb\n"
                    "logs: /var/log/auth.log\n"
                    "ledger:\n  heartbeat: soon\n"
                    "log-level: verbos\n"),
        ElementsAre(
            HasSubstr("persandian.yaml:3:3: unknown key 'nmae' in the section sensor; did you mean "
                      "'name'?"),
            HasSubstr("persandian.yaml:5:5: an item of capture needs the key 'interface'"),
            HasSubstr("persandian.yaml:6:5: unknown key 'bufer' in an item of capture; did you "
                      "mean 'buffer'?"),
            HasSubstr(
                "persandian.yaml:7:7: 'logs' must be a list ('- …' per item), not a single value"),
            HasSubstr("persandian.yaml:9:14: 'heartbeat' must be a duration from 1s to 1h"),
            HasSubstr(
                "persandian.yaml:10:12: 'log-level' must be one of debug, info, warning, error")));
}

TEST(Config, ValuesOutOfRangeAreRefused) {
    const std::pair<std::string, std::string> cases[] = {
        {"ledger: {heartbeat: 0s}", "from 1s to 1h"},
        {"ledger: {directory: relative/path}", "absolute path"},
        {"capture: [{interface: eth0, snap-length: 99999999999999999999}]", "size from 64"},
        {"capture: [{interface: eth0, promiscuous: maybe}]", "yes or no"},
        {"sensor: {name: 'two words'}", "letters, digits"},
        {"sensor: {zone: Mars}", "WIB, WITA, WIT"},
        {"flows: {interim: 3s}", "0s or at least 10s"},
        {"flows: {reassembly: [{network: 10.0.0.1/8, policy: windows}]}", "is no network"},
        {"flows: {reassembly: [{network: 10.0.0.0/8, policy: amiga}]}", "one of first, last"},
        {"flows: {reassembly: [{policy: last}]}", "needs the key 'network'"},
        {"version: 2", "from 1 to 1"},
        {"[]", "must be a map"},
        {"a: 1\na: 2", "stands twice"},
        {"version: 1\n---\nversion: 1\n", "one YAML document"}};
    for (const auto& [text, expected] : cases)
        EXPECT_THAT(problems_of(text), ::testing::Contains(HasSubstr(expected))) << text;
}

TEST(Config, OverridesReplaceAndAreCheckedToo) {
    const Config config = parse_config("c.yaml", "ledger: {heartbeat: 10s}",
                                       {"ledger.heartbeat=20s", "sensor.name=x"});
    EXPECT_EQ(config.ledger.heartbeat, Duration::seconds(20));
    EXPECT_EQ(config.sensor.name, "x");
    EXPECT_THAT(problems_of("", {"ledger.heartbeet=20s"}),
                ElementsAre(HasSubstr("did you mean 'heartbeat'?")));
    const Config longer =
        parse_config("c.yaml", "capture: [eth0]", {"capture+=eth1", "rules.paths+=/srv"});
    ASSERT_EQ(longer.captures.size(), 2U);
    EXPECT_EQ(longer.captures[1].interface, "eth1");
    EXPECT_THAT(longer.rules.paths, ElementsAre("/srv"));
    EXPECT_THAT(problems_of("", {"nonsense"}), ElementsAre(HasSubstr("not key=value")));
}

TEST(Config, AnOverrideInsideAValueIsRefusedNotIgnored) {
    EXPECT_THAT(problems_of("log-level: debug\n", {"log-level.x=1"}),
                ElementsAre(HasSubstr("--set:1:1: 'log-level.x' lies in")));
    EXPECT_THAT(problems_of("capture: [{interface: eth0}]\n", {"capture.interface=eth1"}),
                ElementsAre(HasSubstr("'capture.interface'")));
}

TEST(Config, WhatDoesNotFitIntoAMessageIsRefused) {
    const std::string most = "version: 1\n" + std::string(max_config_bytes - 11, '\n');
    EXPECT_THAT(problems_of(most), ElementsAre());
    EXPECT_THAT(problems_of(most + '\n'), ElementsAre(HasSubstr("262144 bytes")));
    const std::string setting = "log-level=debug";
    EXPECT_THAT(problems_of("", std::vector<std::string>(max_overrides, setting)), ElementsAre());
    EXPECT_THAT(problems_of("", std::vector<std::string>(max_overrides + 1, setting)),
                ElementsAre(HasSubstr("more than 256")));
    EXPECT_THAT(problems_of("", {"user=" + std::string(max_override_bytes, 'x')}),
                ElementsAre(HasSubstr("longer than 1024")));
}

TEST(Zone, ReadsIndonesianZonesAndOffsets) {
    EXPECT_EQ(parse_zone("WIB"), 420);
    EXPECT_EQ(parse_zone("-03:30"), -210);
    EXPECT_FALSE(parse_zone("+8"));
    EXPECT_FALSE(parse_zone("+15:00"));
}

}  // namespace
}  // namespace persandian::config
