// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/detectors/logs/log_test_support.h"

namespace persandian::logs::test {
namespace {

using Strings = std::vector<std::string>;

TEST(Json, ObjectsAreFlattenedWithDots) {
    const KeptEvent event = parse_one(
        "auto",
        R"({"a":{"b":{"c":"x"}},"d.e":1,"list":[1,"two",null,true],"o":[{"k":"v1"},{"k":"v2"}]})");
    EXPECT_EQ(event["log.format"], "json");
    EXPECT_EQ(event["a.b.c"], "x");
    EXPECT_EQ(event["d.e"], "1");
    EXPECT_EQ(event.all("list"), (Strings{"1", "two", "", "true"}));
    EXPECT_EQ(event.all("o.k"), (Strings{"v1", "v2"}));
}

class KindSink : public EventSink {
  public:
    void on_event(const Event& event) override {
        for (const EventField& field : event.fields()) {
            kinds[std::string(field.name)] = field.value.kind();
            elements[std::string(field.name)].push_back(field.element);
        }
    }
    std::map<std::string, Value::Kind> kinds;
    std::map<std::string, std::vector<int>> elements;
};

TEST(Json, TypesAreKept) {
    KindSink sink;
    LogRoom room(sink);
    room.on_line(
        {.text =
             R"({"i":-5,"u":18446744073709551615,"r":1.5,"t":"5","b":false,"n":null,"x":[7,8]})",
         .format = "json"});
    EXPECT_EQ(sink.kinds["i"], Value::Kind::integer);
    EXPECT_EQ(sink.kinds["u"], Value::Kind::unsigned_integer);
    EXPECT_EQ(sink.kinds["r"], Value::Kind::real);
    EXPECT_EQ(sink.kinds["t"], Value::Kind::text);
    EXPECT_EQ(sink.kinds["b"], Value::Kind::boolean);
    EXPECT_EQ(sink.kinds["n"], Value::Kind::null);
    EXPECT_EQ(sink.elements["x"], (std::vector<int>{0, 1}));
}

TEST(Json, ARepeatedKeyHidesNothing) {
    EXPECT_EQ(parse_one("json", R"({"user":"root","user":"guest"})").all("user"),
              (Strings{"root", "guest"}));
}

TEST(Json, NumbersTooLargeKeepTheirDigits) {
    EXPECT_EQ(parse_one("json", R"({"n":123456789012345678901234567890,"z":2})")["n"],
              "123456789012345678901234567890");
    EXPECT_EQ(parse_one("json", R"({"n":123456789012345678901234567890,"z":2})")["z"], "2");
}

TEST(Json, EscapesAreRead) {
    EXPECT_EQ(parse_one("json", R"({"a":"x\u0041\n\"","b\u0043":"y"})")["a"], "xA\n\"");
    EXPECT_EQ(parse_one("json", R"({"a":"x","b\u0043":"y"})")["bC"], "y");
    const KeptEvent lone = parse_one("json", R"({"a":"\ud800 x","b":"y"})");
    EXPECT_EQ(lone["a"], R"(\ud800 x)");
    EXPECT_EQ(lone["b"], "y");
}

TEST(Json, BytesThatAreNotUtf8DoNotHideTheLine) {
    const KeptEvent event = parse_one("json", "{\"agent\":\"sqlmap\xE9\",\"b\":1}");
    EXPECT_EQ(event["log.format"], "json");
    EXPECT_EQ(event["agent"], "sqlmap\xC3\xA9");
    EXPECT_EQ(event["json.repaired"], "true");
    EXPECT_EQ(event.raw, "{\"agent\":\"sqlmap\xE9\",\"b\":1}");
}

TEST(Json, TheLineCannotDescribeItself) {
    const KeptEvent event = parse_one("json", R"({"log":{"format":"sshd","level":"x"}})");
    EXPECT_EQ(event.all("log.format"), Strings{"json"});
    EXPECT_EQ(event["json.log.format"], "sshd");
    EXPECT_EQ(event["log.level"], "x");
}

TEST(Json, TimesOfTheUsualNames) {
    const auto time = [](const char* line, int zone = 0) {
        return format_rfc3339_ns(parse_one("json", line, noon, zone).time);
    };
    EXPECT_EQ(time(R"({"@timestamp":"2026-05-01T10:00:00.5Z"})"), "2026-05-01T10:00:00.500000000Z");
    EXPECT_EQ(time(R"({"timestamp":"2026-05-01T10:00:00.123456+0700"})"),
              "2026-05-01T03:00:00.123456000Z");
    EXPECT_EQ(time(R"({"ts":1777629600.25})"), "2026-05-01T10:00:00.250000000Z");
    EXPECT_EQ(time(R"({"ts":"1777629600.250000"})"), "2026-05-01T10:00:00.250000000Z");
    EXPECT_EQ(time(R"({"time":1777629600250})"), "2026-05-01T10:00:00.250000000Z");
    EXPECT_EQ(time(R"({"EventTime":"2026-05-01 10:00:00"})", 480),
              "2026-05-01T02:00:00.000000000Z");
    EXPECT_EQ(time(R"({"UtcTime":"2026-05-01 10:00:00.000"})", 480),
              "2026-05-01T10:00:00.000000000Z");
    EXPECT_EQ(time(R"({"time":"whenever"})"), "2026-08-15T12:00:00.000000000Z");
}

TEST(Json, DeepNestingEndsInText) {
    std::string line = R"({"a":)";
    for (int i = 0; i < 40; ++i) line += R"({"a":)";
    line += "1" + std::string(41, '}');
    const KeptEvent event = parse_one("json", line);
    EXPECT_EQ(event["log.format"], "json");
    EXPECT_EQ(event["json.cut"], "true");
}

TEST(Json, TooManyFieldsAreCutAndSaid) {
    std::string line = "{";
    for (int i = 0; i < 3000; ++i) line += "\"k" + std::to_string(i) + "\":1,";
    line += "\"last\":1}";
    const KeptEvent event = parse_one("json", line);
    EXPECT_EQ(event["json.cut"], "true");
    EXPECT_TRUE(event.has("k2047"));
    EXPECT_FALSE(event.has("last"));
}

TEST(Json, NumbersAndKeysThatBreakTheRulesKeepTheirText) {
    EXPECT_EQ(parse_one("json", R"({"a":01,"b":2})")["a"], "01");
    EXPECT_EQ(parse_one("json", R"({"a":01,"b":2})")["b"], "2");
    EXPECT_EQ(parse_one("json", R"({"a":1.})")["a"], "1.");
    EXPECT_EQ(parse_one("json", R"({"a":-})")["a"], "-");
    EXPECT_EQ(parse_one("json", R"({"\q":"x","b":2})")["\\q"], "x");
    EXPECT_EQ(parse_one("json", R"({"\ud800":"x","b":2})")["b"], "2");
}

TEST(Json, BrokenLinesArePlainAndCounted) {
    for (const char* line : {R"({"a":1)", R"({"a" 1})", R"({"a":tru})", R"({"a":nul})",
                             R"({"a":nxll})", R"({"a":falze})", R"({"a":1}x)", R"({"a":1}{"b":2})",
                             R"({"a":[1,})", R"({"a":"b})", R"({a:1})", R"({)"}) {
        const RunResult result = run("json", {line});
        ASSERT_EQ(result.events.size(), 1U) << line;
        EXPECT_EQ(result.events[0]["log.format"], "plain") << line;
        EXPECT_EQ(result.counters.malformed, 1U) << line;
    }
    EXPECT_EQ(run("json", {"[1]"}).counters.not_understood, 1U);
}

TEST(Json, EmptyObjectIsAnEventWithoutFields) {
    EXPECT_EQ(parse_one("json", "  {} \t")["log.format"], "json");
}

TEST(Json, RealEventsAreAllUnderstood) {
    for (const char* path : {"events/linux_log4shell.jsonl", "events/zeek_18k.jsonl",
                             "events/sigma_regression.jsonl", "events/windows_20k.jsonl"}) {
        const auto lines = shared_lines(path);
        if (!lines) GTEST_SKIP() << "skipped: PERSANDIAN_SHARED_DATA is not set";
        const RunResult result = run("auto", *lines);
        EXPECT_EQ(result.counters.parsed, lines->size()) << path;
        std::size_t timed = 0;
        for (const KeptEvent& event : result.events) {
            ASSERT_FALSE(event.has("json.cut")) << event.raw;
            timed += event.time != noon ? 1U : 0U;
        }
        EXPECT_GT(timed * 100, lines->size() * 80) << path;
    }
}

}  // namespace
}  // namespace persandian::logs::test
