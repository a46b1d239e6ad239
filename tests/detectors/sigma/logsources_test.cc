// SPDX-License-Identifier: Apache-2.0
//
// Routing: which events a rule's log source means, with our own rules/logsources files.
#include <filesystem>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/detectors/sigma/rule_bench.h"
#include "tests/support/temp_dir.h"

namespace persandian::sigma::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

std::vector<std::string> own_logsources() {
    std::vector<std::string> texts;
    const std::filesystem::path folder = persandian::test::source_dir() / "rules/logsources";
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        if (entry.path().extension() == ".yml")
            texts.push_back(persandian::test::read_file(entry.path()));
    return texts;
}

/// Titles of the rules "<logsource>" that fire for the event; every rule asks for marker = 1.
std::set<std::string> routes(const std::string& event, const std::vector<std::string>& logsources) {
    std::vector<std::string> rules;
    for (const std::string& logsource : logsources)
        rules.push_back("title: '" + logsource + "'\nid: '" + logsource + "'\nlogsource: {" +
                        logsource + "}\ndetection:\n  s: {marker: 1}\n  condition: s\n");
    const LoadResult loaded = load(rules, {}, own_logsources());
    EXPECT_THAT(loaded.refused, IsEmpty());
    Event made;
    fill_event(made, event);
    Findings findings;
    make_matcher(loaded.rules)->match(made, findings);
    std::set<std::string> titles;
    for (const Finding& finding : findings.all) titles.insert(finding.rule.title);
    return titles;
}

TEST(LogSources, OurOwnFilesLoad) {
    const LoadResult loaded = load({}, {}, own_logsources());
    for (const RuleProblem& problem : loaded.refused) ADD_FAILURE() << problem.to_string();
}

TEST(LogSources, SysmonEventsAreTheirCategoryAndTheServiceSysmon) {
    EXPECT_THAT(
        routes("{marker: 1, Channel: Microsoft-Windows-Sysmon/Operational, EventID: 1}",
               {"product: windows", "product: windows, category: process_creation",
                "product: windows, service: sysmon", "product: windows, service: security",
                "product: windows, category: image_load", "product: linux",
                "category: process_creation",
                "product: windows, category: process_creation, service: sysmon",
                "product: windows, category: process_creation, service: security"}),
        UnorderedElementsAre("product: windows", "product: windows, category: process_creation",
                             "product: windows, service: sysmon", "category: process_creation",
                             "product: windows, category: process_creation, service: sysmon"));
}

TEST(LogSources, TheSecurityLogsProcessEventsAreProcessCreationUnderTheirOwnNames) {
    const std::string rule =
        "title: t\nid: a\nlogsource: {product: windows, category: process_creation}\n"
        "detection:\n  s: {Image|endswith: '\\x.exe', ParentImage: p}\n  condition: s\n";
    const LoadResult loaded = load({rule}, {}, own_logsources());
    Event event;
    fill_event(event,
               "{Channel: Security, EventID: '4688', NewProcessName: 'C:\\x.exe', "
               "ParentProcessName: p}");
    Findings findings;
    make_matcher(loaded.rules)->match(event, findings);
    EXPECT_EQ(findings.all.size(), 1U);
}

TEST(LogSources, WinlogbeatAndNestedShapesAreFound) {
    const std::vector<std::string> sources = {"product: windows, category: process_creation",
                                              "product: windows, service: security"};
    EXPECT_THAT(routes("{marker: 1, winlog: {channel: 'Microsoft-Windows-Sysmon/Operational', "
                       "event_id: '1'}}",
                       sources),
                UnorderedElementsAre("product: windows, category: process_creation"));
    EXPECT_THAT(
        routes("{winlog: {channel: security, event_id: 4625, event_data: {marker: 1}}}", sources),
        UnorderedElementsAre("product: windows, service: security"));
    EXPECT_THAT(routes("{Event: {System: {Channel: Security, EventID: 4625}, "
                       "EventData: {marker: 1}}}",
                       sources),
                UnorderedElementsAre("product: windows, service: security"));
}

TEST(LogSources, ZeekLogsAreToldByPathElseByShape) {
    const std::vector<std::string> sources = {"product: zeek, service: dns",  "category: dns",
                                              "product: zeek, service: http", "category: proxy",
                                              "category: webserver",          "product: zeek"};
    EXPECT_THAT(
        routes("{marker: 1, _path: dns}", sources),
        UnorderedElementsAre("product: zeek, service: dns", "category: dns", "product: zeek"));
    EXPECT_THAT(routes("{marker: 1, uid: C1, method: GET, uri: /, trans_depth: 1}", sources),
                UnorderedElementsAre("product: zeek, service: http", "category: proxy",
                                     "category: webserver", "product: zeek"));
}

TEST(LogSources, OurTrafficIsOurServiceAndSigmasCategories) {
    const std::vector<std::string> sources = {"product: persandian, service: dns",
                                              "product: persandian, service: http",
                                              "category: dns",
                                              "category: webserver",
                                              "category: proxy",
                                              "category: firewall"};
    EXPECT_THAT(routes("{marker: 1, event_type: dns}", sources),
                UnorderedElementsAre("product: persandian, service: dns", "category: dns"));
    EXPECT_THAT(routes("{marker: 1, event_type: http}", sources),
                UnorderedElementsAre("product: persandian, service: http", "category: webserver",
                                     "category: proxy"));
    EXPECT_THAT(routes("{marker: 1, event_type: flow}", sources),
                UnorderedElementsAre("category: firewall"));
}

TEST(LogSources, LinuxLogsAreToldByFormatAndProgram) {
    const std::vector<std::string> sources = {"product: linux",
                                              "product: linux, service: sshd",
                                              "product: linux, service: auth",
                                              "product: linux, service: cron",
                                              "product: linux, service: syslog",
                                              "product: linux, service: auditd",
                                              "product: linux, category: process_creation",
                                              "product: linux, category: file_event"};
    EXPECT_THAT(
        routes("{marker: 1, log.format: sshd}", sources),
        UnorderedElementsAre("product: linux", "product: linux, service: sshd",
                             "product: linux, service: auth", "product: linux, service: syslog"));
    EXPECT_THAT(routes("{marker: 1, log.format: syslog, syslog.program: CRON}", sources),
                UnorderedElementsAre("product: linux", "product: linux, service: cron",
                                     "product: linux, service: syslog"));
    EXPECT_THAT(routes("{marker: 1, log.format: auditd, type: [SYSCALL, EXECVE, PATH], "
                       "nametype: [NORMAL]}",
                       sources),
                UnorderedElementsAre("product: linux", "product: linux, service: auditd",
                                     "product: linux, category: process_creation"));
}

TEST(LogSources, EventsOfNoSourceMatchOnlyRulesThatNameNone) {
    EXPECT_THAT(routes("{marker: 1, what: ever}",
                       {"product: windows", "category: dns", "definition: anything at all"}),
                UnorderedElementsAre("definition: anything at all"));
}

TEST(LogSources, AForcedSourceMatchesRulesThatNameNothingElse) {
    LoadOptions options;
    options.forced_logsource =
        LogSource{.product = "windows", .category = "process_creation", .service = {}};
    const auto rule = [](const std::string& source) {
        return "title: '" + source + "'\nid: '" + source + "'\nlogsource: {" + source +
               "}\ndetection:\n  s: {a: 1}\n  condition: s\n";
    };
    const LoadResult loaded =
        load({rule("product: windows"), rule("category: process_creation"),
              rule("product: windows, service: sysmon"), rule("category: dns")},
             options, own_logsources());
    Event event;
    fill_event(event, "{a: 1}");
    Findings findings;
    make_matcher(loaded.rules)->match(event, findings);
    ASSERT_EQ(findings.all.size(), 2U);
    EXPECT_EQ(findings.all[1].rule.title, "category: process_creation");
}

TEST(LogSources, WrongFilesAreRefusedAtTheirPlace) {
    const auto refused = [](const std::string& text) {
        std::string out;
        for (const RuleProblem& problem : load({}, {}, {text}).refused)
            out += problem.to_string() + "\n";
        return out;
    };
    EXPECT_THAT(refused("logsource: []\n"), HasSubstr("did you mean 'logsources'?"));
    EXPECT_THAT(refused("logsources:\n  - {when: {a: 1}}\n"),
                HasSubstr("source0.yml:2:5: a log source needs a product, category or service"));
    EXPECT_THAT(refused("logsources:\n  - {product: x, when: [a]}\n"),
                HasSubstr("when must be a map"));
}

}  // namespace
}  // namespace persandian::sigma::test
