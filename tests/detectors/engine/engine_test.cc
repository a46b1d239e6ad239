// SPDX-License-Identifier: Apache-2.0
//
// All rooms in line: packets and lines in, records out.
#include "detectors/engine/engine.h"

#include <algorithm>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "detectors/engine/quiet.h"
#include "detectors/event/event_json.h"
#include "tests/detectors/incident/support.h"
#include "tests/support/fixed_random.h"
#include "tests/support/packet_builder.h"

namespace persandian::engine {
namespace {

using incident::test::disclosed;
using incident::test::Drafts;
using incident::test::parsed;
using incident::test::text;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr std::int64_t start = 1'790'000'000;

constexpr const char* logsources = R"(
logsources:
  - product: test
    service: sshd
    when: {log.format: sshd}
  - product: test
    category: web
    when: {http.url: '*'}
)";

constexpr const char* rules_text = R"(
title: SSH login failure
name: ssh_failure
logsource: {product: test, service: sshd}
detection:
  selection: {sshd.action: [failed, invalid_user]}
  condition: selection
level: low
---
title: SSH brute force
name: ssh_brute_force
correlation:
  type: event_count
  rules: [ssh_failure]
  group-by: [src_ip]
  timespan: 5m
  condition: {gte: 10}
level: medium
---
title: Web shell
name: web_shell
logsource: {product: test, category: web}
detection:
  selection: {http.url|contains: '/shell.php?cmd='}
  condition: selection
level: high
---
title: Page read
logsource: {product: test, category: web}
detection:
  selection: {http.url|startswith: /}
  condition: selection
level: informational
)";

std::shared_ptr<const sigma::RuleSet> rules(const char* written = rules_text) {
    const std::vector<sigma::SourceFile> rule_files = {{"rules.yml", written}};
    const std::vector<sigma::SourceFile> sources = {{"logsources.yml", logsources}};
    const sigma::LoadResult loaded = sigma::load_rules(rule_files, sources);
    for (const sigma::RuleProblem& problem : loaded.refused) ADD_FAILURE() << problem.to_string();
    return loaded.rules;
}

struct EventLines final : EventSink {
    void on_event(const Event& event) override {
        append_eve_json(text, event);
        text += '\n';
    }
    std::string text;
};

struct Bench {
    Bench() : engine(rules(), {}, {.events = &events}, inventory, random, drafts) {
        engine.events().name_source(0, "office.pcap");
    }

    void ssh_failure(int second, const std::string& address) {
        const std::string line =
            "2026-09-21T14:" + two(13 + (20 + second) / 60) + ":" + two((20 + second) % 60) +
            "+00:00 web1 sshd[4711]: Failed password for root from " + address + " port 40000 ssh2";
        engine.on_line({.text = line,
                        .source_name = "/var/log/auth.log",
                        .format = "syslog",
                        .received = Timestamp::from_seconds(start),
                        .number = ++number_,
                        .source = 1});
    }

    // A whole TCP conversation of one request and its answer.
    void request(const std::string& url) {
        const std::string sent = "GET " + url + " HTTP/1.1\r\nHost: rahasia.example.go.id\r\n\r\n";
        const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
        ++client_port_;
        const auto size = [](const std::string& t) { return static_cast<std::uint32_t>(t.size()); };
        segment(true, 0x02, 100, 0, "");
        segment(false, 0x12, 500, 101, "");
        segment(true, 0x10, 101, 501, "");
        segment(true, 0x18, 101, 501, sent);
        segment(false, 0x18, 501, 101 + size(sent), answer);
        segment(true, 0x11, 101 + size(sent), 501 + size(answer), "");
        segment(false, 0x11, 501 + size(answer), 102 + size(sent), "");
    }

    void segment(bool to_server, std::uint8_t flags, std::uint32_t sequence,
                 std::uint32_t acknowledgement, const std::string& payload) {
        persandian::test::PacketBuilder builder;
        if (to_server) {
            builder.ipv4("203.0.113.7", "192.0.2.80").tcp(client_port_, 80);
        } else {
            builder.ipv4("192.0.2.80", "203.0.113.7").tcp(80, client_port_);
        }
        builder.sequence(sequence).acknowledgement(acknowledgement).flags(flags).payload(payload);
        persandian::test::Packet packet = builder.packet();
        packet.time = Timestamp::from_seconds(start, static_cast<std::int64_t>(++number_) * 1000);
        engine.on_packet(packet.raw(number_));
    }

    static std::string two(int n) { return (n < 10 ? "0" : "") + std::to_string(n); }

    persandian::test::FixedRandom random;
    incident::AssetInventory inventory;
    Drafts drafts;
    EventLines events;
    Engine engine;
    std::uint64_t number_ = 0;
    std::uint16_t client_port_ = 40'000;
};

TEST(Engine, BruteForceInALogBecomesAnIncident) {
    Bench bench;
    for (int i = 0; i < 12; ++i) bench.ssh_failure(i, "203.0.113.7");
    bench.engine.finish();
    ASSERT_FALSE(bench.drafts.records.empty());
    const incident::RecordDraft& draft = bench.drafts.records[0];
    const auto record = parsed(draft);
    EXPECT_EQ(text(record.at("rule").at("title")), "SSH brute force");
    EXPECT_EQ(text(record.at("severity")), "medium");
    EXPECT_EQ(text(record.at("entity").at(0).at("field")), "src_ip");
    EXPECT_EQ(disclosed(draft, "entity/0/value"), "203.0.113.7");
    EXPECT_THAT(text(record.at("why").at(0).at("test")),
                HasSubstr("count of findings of SSH login failure = 10 (gte 10) within 5m"));
    EXPECT_EQ(text(record.at("occurred_at")), "2026-09-21T14:13:29.000000000Z");
    EXPECT_EQ(text(record.at("discovered_at")), "2026-09-21T14:13:29.000000000Z");
    ASSERT_EQ(draft.evidence.size(), 6U);
    EXPECT_THAT(draft.evidence[0].bytes, HasSubstr("SSH brute force"));
    EXPECT_THAT(draft.evidence[1].bytes, HasSubstr("Failed password for root"));
    EXPECT_EQ(bench.engine.events().coverage().lines_read, 12U);
    EXPECT_EQ(bench.engine.events().coverage().findings, 12U);
}

TEST(Engine, AWebShellInTrafficBecomesAnIncidentWithItsPackets) {
    Bench bench;
    bench.request("/upload/shell.php?cmd=id");
    bench.engine.finish();
    ASSERT_FALSE(bench.drafts.records.empty()) << bench.events.text;
    const incident::RecordDraft& draft = bench.drafts.records[0];
    const auto record = parsed(draft);
    EXPECT_EQ(text(record.at("rule").at("title")), "Web shell");
    EXPECT_EQ(text(record.at("event_type")), "http");
    EXPECT_EQ(disclosed(draft, "entity/0/value"), "203.0.113.7");
    ASSERT_EQ(draft.evidence.size(), 2U);
    EXPECT_EQ(draft.evidence[1].media_type, "application/x-pcapng");
    const std::string& capture = draft.evidence[1].bytes;
    EXPECT_THAT(capture, HasSubstr("INC-2026-000001: Web shell"));
    EXPECT_THAT(capture, HasSubstr("earlier in the flow, packet 1"));  // the SYN
    EXPECT_THAT(capture, HasSubstr("GET /upload/shell.php?cmd=id"));
    EXPECT_THAT(capture, HasSubstr("matched, packet 5"));
    EXPECT_THAT(capture, Not(HasSubstr("packet 3")));  // a bare acknowledgement
    EXPECT_EQ(record.at("coverage").at("packets_received").as_int64(), 5);
    for (const char* personal : {"203.0.113.7", "192.0.2.80", "rahasia", "shell.php?cmd=id"})
        EXPECT_THAT(draft.members, Not(HasSubstr(personal)));
}

TEST(Engine, InformationalRulesRaiseNoIncident) {
    Bench bench;
    bench.request("/index.html");
    bench.engine.finish();
    EXPECT_TRUE(bench.drafts.records.empty());
    EXPECT_EQ(bench.engine.events().coverage().findings, 1U);
}

TEST(Engine, EventsAreWrittenBesideTheFindings) {
    Bench bench;
    bench.request("/");
    bench.engine.finish();
    EXPECT_THAT(bench.events.text, HasSubstr(R"("event_type":"http")"));
    EXPECT_THAT(bench.events.text, HasSubstr(R"("event_type":"flow")"));
    EXPECT_TRUE(bench.drafts.records.empty());
    EXPECT_EQ(bench.engine.events().events_by_type().at("http"), 1U);
}

TEST(Engine, TheSameInputGivesTheSameBytes) {
    const auto run = [] {
        Bench bench;
        for (int i = 0; i < 30; ++i) bench.ssh_failure(i, "203.0.113." + std::to_string(i % 3));
        bench.request("/shell.php?cmd=ls");
        bench.engine.finish();
        std::string out = bench.events.text;
        for (const incident::RecordDraft& draft : bench.drafts.records) {
            out += draft.members + "\n";
            for (const incident::EvidenceBlob& blob : draft.evidence) out += blob.sha256.hex();
        }
        return out;
    };
    const std::string first = run();
    EXPECT_THAT(first, HasSubstr("INC-2026-000004"));
    EXPECT_EQ(first, run());
}

TEST(Engine, NewRulesApplyFromTheNextEventOn) {
    Bench bench;
    bench.request("/status");
    const auto changed = rules(R"(
title: Status page
name: status
logsource: {product: test, category: web}
detection:
  selection: {http.url: /status}
  condition: selection
level: low
)");
    bench.engine.swap_rules(changed);
    EXPECT_TRUE(bench.drafts.records.empty());
    bench.request("/status");
    bench.engine.finish();
    ASSERT_EQ(bench.drafts.records.size(), 2U);
    EXPECT_EQ(text(parsed(bench.drafts.records[0]).at("ruleset")), changed->version().hex());
}

/// The rules of this test with one text in the place of another, and a rule more.
std::string edited(const std::string& from, const std::string& to) {
    std::string out = rules_text;
    const std::size_t at = out.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    out.replace(at, from.size(), to);
    return out + R"(
---
title: Another page
logsource: {product: test, category: web}
detection:
  selection: {http.url: /other}
  condition: selection
level: low
)";
}

/// Incidents of the brute force when the rules change between its 6th and its 7th of 12 attempts.
std::vector<std::string> incidents_around_a_reload(const std::string& changed) {
    Bench bench;
    for (int second = 0; second < 6; ++second) bench.ssh_failure(second, "203.0.113.7");
    bench.engine.swap_rules(rules(changed.c_str()));
    for (int second = 6; second < 12; ++second) bench.ssh_failure(second, "203.0.113.7");
    bench.engine.finish();
    std::vector<std::string> out;
    for (const incident::RecordDraft& draft : bench.drafts.records) {
        const auto record = parsed(draft);
        if (text(record.at("rule").at("title")) == "SSH brute force")
            out.push_back(text(record.at("facts").at("correlation.count")));
    }
    return out;
}

TEST(Reload, AnAttackUnderWayIsStillSeen) {
    EXPECT_THAT(incidents_around_a_reload(edited("/shell.php", "/shell.jsp")),
                testing::ElementsAre("10", "10"));  // opened, and final
}

TEST(FindingStage, WhatAnEarlierRunDealtWithFillsWindowsAndSaysNothing) {
    persandian::test::FixedRandom random;
    const incident::AssetInventory inventory;
    Drafts drafts;
    FindingStage stage(rules(), {}, inventory, random, drafts);
    const auto attempt = [](int second) {
        Finding out =
            incident::test::finding("ssh_failure", start + second, {{"src_ip", "203.0.113.7"}});
        return out;
    };
    for (int second = 0; second < 9; ++second) stage.on_finding_again(attempt(second));
    EXPECT_TRUE(drafts.records.empty());
    stage.on_finding(attempt(9));
    ASSERT_EQ(drafts.records.size(), 2U);  // the tenth attempt itself, and the correlation
    EXPECT_EQ(text(parsed(drafts.records[1]).at("facts").at("correlation.count")), "10");
    for (int second = 400; second < 420; ++second) stage.on_finding_again(attempt(second));
    EXPECT_EQ(drafts.records.size(), 2U) << "what fires again was told then";
    stage.on_finding(attempt(420));
    EXPECT_EQ(drafts.records.size(), 2U) << "and is quiet for the rest of its time";
}

TEST(Reload, WindowsOfWhatChangedBeginAnew) {
    for (const auto& [from, to] : {std::pair("timespan: 5m", "timespan: 6m"),
                                   std::pair("[failed, invalid_user]", "[failed]")})
        EXPECT_THAT(incidents_around_a_reload(edited(from, to)), testing::IsEmpty()) << to;
}

TEST(Reload, ACorrelationOfAChangedCorrelationBeginsAnew) {
    const std::string outer = R"(
---
title: Several accounts
name: outer
correlation:
  type: event_count
  rules: [ssh_brute_force]
  group-by: [src_ip]
  timespan: 1h
  condition: {gte: 2}
level: high
)";
    for (const bool change_inner : {false, true}) {
        Bench bench;
        bench.engine.swap_rules(rules((rules_text + outer).c_str()));
        for (int second = 0; second < 10; ++second) bench.ssh_failure(second, "203.0.113.7");
        bench.engine.swap_rules(
            rules((edited("gte: 10", change_inner ? "gte: 9" : "gte: 10") + outer).c_str()));
        for (int second = 600; second < 610; ++second) bench.ssh_failure(second, "203.0.113.7");
        bench.engine.finish();
        const bool fired = std::any_of(
            bench.drafts.records.begin(), bench.drafts.records.end(), [](const auto& draft) {
                return text(parsed(draft).at("rule").at("title")) == "Several accounts";
            });
        EXPECT_EQ(fired, !change_inner);
    }
}

TEST(Shortfalls, SayWhatNoCorrelationCouldCountAlsoBeforeAReload) {
    Bench bench;
    EXPECT_THAT(bench.engine.findings().shortfalls(), testing::IsEmpty());
    const std::string without = edited("group-by: [src_ip]", "group-by: [dst_mac]");
    bench.engine.swap_rules(rules(without.c_str()));
    for (int i = 0; i < 3; ++i) bench.ssh_failure(i, "203.0.113.7");
    bench.engine.swap_rules(rules((without + "# changed\n").c_str()));
    for (int i = 3; i < 5; ++i) bench.ssh_failure(i, "203.0.113.7");
    EXPECT_EQ(to_text(bench.engine.findings().shortfalls()), "findings_without_group_field 5");
    bench.engine.finish();
}

std::shared_ptr<const suppression::Plan> quiet(const std::string& text) {
    const std::vector<suppression::SourceFile> files = {{"quiet.yml", text}};
    const suppression::PlanResult result = plan_suppressions(files, 0, *rules());
    for (const suppression::Problem& problem : result.problems)
        ADD_FAILURE() << problem.to_string();
    for (const suppression::Problem& warning : result.warnings)
        ADD_FAILURE() << warning.to_string();
    return result.plan;
}

constexpr const char* in_september = ", reason: r, author: a, from: 2026-09-01, until: 2026-09-30}";

TEST(Suppressions, HideTheAlertAndCountIt) {
    Bench bench;
    bench.engine.findings().use_suppressions(
        quiet(std::string("suppressions:\n  - {rule: ssh_brute_force, fields: {src_ip|cidr: "
                          "203.0.113.0/24}") +
              in_september));
    for (int i = 0; i < 12; ++i) bench.ssh_failure(i, "203.0.113.7");
    for (int i = 0; i < 12; ++i) bench.ssh_failure(20 + i, "198.51.100.7");
    bench.engine.finish();
    for (const incident::RecordDraft& draft : bench.drafts.records) {
        EXPECT_NE(disclosed(draft, "entity/0/value") + text(parsed(draft).at("rule").at("title")),
                  "203.0.113.7SSH brute force");
    }
    EXPECT_EQ(bench.engine.findings().suppressor().hidden(), 1U);
    EXPECT_EQ(bench.engine.findings().suppressor().counts().at(0).hidden, 1U);
}

std::vector<std::string> titles(const Drafts& drafts) {
    std::vector<std::string> out;
    for (const incident::RecordDraft& draft : drafts.records)
        if (parsed(draft).at("rev").as_int64() == 1)
            out.push_back(text(parsed(draft).at("rule").at("title")));
    return out;
}

/// The same rules, but each failure is an alert of its own as well.
std::shared_ptr<const sigma::RuleSet> loud_rules() {
    std::string text = rules_text;
    const std::string condition = "  condition: {gte: 10}\n";
    text.insert(text.find(condition) + condition.size(), "  generate: true\n");
    return rules(text.c_str());
}

TEST(Suppressions, CorrelationsCountWhatIsHidden) {
    for (const bool is_quiet : {false, true}) {
        Bench bench;
        bench.engine.swap_rules(loud_rules());
        if (is_quiet)
            bench.engine.findings().use_suppressions(
                quiet(std::string("suppressions:\n  - {rule: ssh_failure") + in_september));
        for (int i = 0; i < 12; ++i) bench.ssh_failure(i, "203.0.113.7");
        bench.engine.finish();
        const std::vector<std::string> shown = titles(bench.drafts);
        EXPECT_EQ(std::count(shown.begin(), shown.end(), "SSH brute force"), 1);
        EXPECT_EQ(std::count(shown.begin(), shown.end(), "SSH login failure"), is_quiet ? 0 : 1);
        EXPECT_EQ(bench.engine.findings().suppressor().hidden(), is_quiet ? 12U : 0U);
    }
}

TEST(Suppressions, CorrelationsDoNotCountWhatIsHiddenFromThem) {
    Bench bench;
    bench.engine.findings().use_suppressions(
        quiet(std::string("suppressions:\n  - {rule: ssh_failure, also_correlations: true") +
              in_september));
    for (int i = 0; i < 12; ++i) bench.ssh_failure(i, "203.0.113.7");
    bench.engine.finish();
    EXPECT_THAT(titles(bench.drafts), testing::IsEmpty());
    EXPECT_EQ(bench.engine.findings().suppressor().hidden(), 12U);
}

TEST(Suppressions, AThrottleLimitsWhatAnIncidentCounts) {
    Bench bench;
    bench.engine.findings().use_suppressions(
        quiet(std::string("throttles:\n  - {rule: web_shell, key: src_ip, limit: 2, window: 1h") +
              in_september));
    for (int i = 0; i < 5; ++i) bench.request("/shell.php?cmd=id");
    bench.engine.finish();
    ASSERT_FALSE(bench.drafts.records.empty());
    EXPECT_EQ(parsed(bench.drafts.records.back()).at("count").as_int64(), 2);
    EXPECT_EQ(bench.engine.findings().suppressor().counts().at(0).hidden, 3U);
}

TEST(Suppressions, TheConfigurationRecordSpeaksOfThem) {
    Bench bench;
    bench.engine.findings().use_suppressions(
        quiet(std::string("suppressions:\n  - {rule: 'ssh_*'") + in_september));
    incident::ConfigFacts facts;
    add_suppressions(facts, bench.engine.findings().suppressor());
    ASSERT_EQ(facts.suppressions.size(), 1U);
    EXPECT_EQ(facts.suppressions[0].line, 2U);
    EXPECT_EQ(facts.suppressions[0].author, "a");
    EXPECT_EQ(facts.suppressions[0].rules.size(), 2U);
    EXPECT_THAT(facts.suppression_files.at(0), HasSubstr("ssh_*"));
}

TEST(OurWords, AreFieldsProtocolsAndFormats) {
    for (const char* word : {"src_ip", "http.hostname", "dns", "http", "sshd", "TCP", "log.raw"})
        EXPECT_TRUE(is_our_word(word)) << word;
    for (const char* word : {"", "budi", "203.0.113.7", "user.nama"})
        EXPECT_FALSE(is_our_word(word)) << word;
}

}  // namespace
}  // namespace persandian::engine
