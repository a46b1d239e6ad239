// SPDX-License-Identifier: Apache-2.0
#include "detectors/logs/log_room.h"

#include <set>

#include <gtest/gtest.h>

#include "tests/detectors/logs/log_test_support.h"

namespace persandian::logs::test {
namespace {

const std::string ssh = "Aug 15 10:31:40 h sshd[1]: Invalid user a from 192.0.2.1 port 9";
const std::string cron = "Aug 15 10:31:41 h CRON[1]: x";
const std::string web = "192.0.2.1 - - [08/Jun/2026:07:01:28 +0800] \"GET / HTTP/1.1\" 200 1";
const std::string json = R"({"a":1})";

std::vector<std::string> formats(const RunResult& result) {
    std::vector<std::string> names;
    for (const KeptEvent& event : result.events) names.push_back(event["log.format"]);
    return names;
}

TEST(LogRoom, AutoFindsTheFormatOfEachLine) {
    const RunResult result = run("auto", {ssh, cron, ssh, web, json, "what", web, cron, ssh});
    EXPECT_EQ(formats(result),
              (std::vector<std::string>{"sshd", "syslog", "sshd", "web_access", "json", "plain",
                                        "web_access", "syslog", "sshd"}));
    EXPECT_EQ(result.counters.lines, 9U);
    EXPECT_EQ(result.counters.parsed, 8U);
    EXPECT_EQ(result.counters.plain, 1U);
    EXPECT_TRUE(adds_up(result.counters));
}

TEST(LogRoom, TheOrderOfLinesDoesNotChangeTheirFormat) {
    std::vector<std::string> lines = {cron, json, ssh, web};
    std::sort(lines.begin(), lines.end());
    std::set<std::string> seen;
    do {
        for (const KeptEvent& event : run("auto", lines).events)
            seen.insert(event.raw.substr(0, 22) + " " + event["log.format"]);
    } while (std::next_permutation(lines.begin(), lines.end()));
    EXPECT_EQ(seen.size(), 4U);
}

TEST(LogRoom, NoLineIsLost) {
    using namespace std::string_literals;
    const std::string odd = "nul \0 and \xff bytes"s;
    const KeptEvent event = parse_one("auto", odd);
    EXPECT_EQ(event["log.format"], "plain");
    EXPECT_EQ(event["log.message"], odd);
    EXPECT_EQ(event["log.raw"], odd);
    EXPECT_EQ(event["log.source"], "test.log");
    EXPECT_EQ(event["log.line"], "1");
    EXPECT_EQ(event.time, noon);
}

TEST(LogRoom, TruncationIsSaid) {
    KeepingSink sink;
    LogRoom room(sink);
    room.on_line({.text = cron, .format = "syslog", .received = noon, .truncated = true});
    EXPECT_EQ(sink.events.at(0)["log.truncated"], "true");
    EXPECT_EQ(room.counters().truncated, 1U);
}

TEST(LogRoom, SourcesDoNotDisturbEachOther) {
    KeepingSink sink;
    LogRoom room(sink);
    for (int i = 0; i < 3; ++i) {
        room.on_line({.text = web, .format = "web_access", .source = 7});
        room.on_line({.text = web, .format = "syslog", .source = 2});
    }
    EXPECT_EQ(sink.events.at(4)["log.format"], "web_access");
    EXPECT_EQ(sink.events.at(5)["log.format"], "plain");
}

TEST(LogRoom, AnUnknownFormatNameCountsAsAuto) {
    EXPECT_EQ(parse_one("nonsense", web)["log.format"], "web_access");
    EXPECT_EQ(find_format("nonsense"), nullptr);
    ASSERT_NE(find_format("json"), nullptr);
    EXPECT_EQ(find_format("json")->name, "json");
}

TEST(LogCatalog, EntriesAreComplete) {
    std::set<std::string_view> names;
    for (const LogEntry* entry : catalog()) {
        EXPECT_TRUE(names.insert(entry->name).second) << entry->name;
        EXPECT_NE(entry->name, "auto");
        EXPECT_NE(entry->name, "plain");
        EXPECT_FALSE(entry->description.empty()) << entry->name;
        EXPECT_FALSE(entry->references.empty()) << entry->name;
        EXPECT_NE(entry->probe, nullptr) << entry->name;
        ASSERT_NE(entry->make, nullptr) << entry->name;
        EXPECT_NE(entry->make(), nullptr) << entry->name;
        EXPECT_EQ(entry->probe(""), 0U) << entry->name;
        EXPECT_TRUE(entry->within.empty() || find_format(entry->within) != nullptr) << entry->name;
        for (const Field* field : entry->fields) EXPECT_FALSE(field->meaning().empty());
    }
}

}  // namespace
}  // namespace persandian::logs::test
