// SPDX-License-Identifier: Apache-2.0
#include "detectors/logs/json_names.h"

#include <gtest/gtest.h>

#include "tests/detectors/logs/log_test_support.h"

namespace persandian::logs::test {
namespace {

/// A key as it stands in JSON, with the room behind it that a comparison may read.
std::string json_key(const std::string& key) {
    std::string text = key + "\":1}";
    text.resize(text.size() + JsonNames::padding_bytes);
    return text;
}

TEST(JsonNames, AKnownKeyIsFoundAgainWithoutAGuess) {
    JsonNames names;
    const std::string raw = json_key("TargetUserName");
    EXPECT_EQ(names.find(names.top(), nullptr, raw.data()), nullptr);
    JsonName& made = names.add(names.top(), "TargetUserName", raw.data());
    EXPECT_EQ(names.find(names.top(), nullptr, raw.data()), &made);
    EXPECT_EQ(&names.add(names.top(), "TargetUserName", raw.data()), &made);
    EXPECT_EQ(made.field, "TargetUserName");
    EXPECT_EQ(made.hash, field_name_hash("TargetUserName"));
}

TEST(JsonNames, AWrongGuessDoesNotMislead) {
    JsonNames names;
    const std::string long_key = json_key("abcdefgh");
    const std::string short_key = json_key("abcdefg");
    JsonName& made_long = names.add(names.top(), "abcdefgh", long_key.data());
    JsonName& made_short = names.add(names.top(), "abcdefg", short_key.data());
    EXPECT_EQ(names.find(names.top(), &made_long, short_key.data()), &made_short);
    EXPECT_EQ(names.find(names.top(), &made_short, long_key.data()), &made_long);
    EXPECT_EQ(names.find(names.top(), &made_long, long_key.data()), &made_long);
}

TEST(JsonNames, TheSameKeyInTwoObjectsIsTwoNames) {
    JsonNames names;
    const std::string raw = json_key("name");
    JsonName& user = names.add(names.top(), "user", json_key("user").data());
    JsonName& top = names.add(names.top(), "name", raw.data());
    JsonName& inner = names.add(user, "name", raw.data());
    EXPECT_EQ(top.field, "name");
    EXPECT_EQ(inner.field, "user.name");
    EXPECT_EQ(names.find(user, nullptr, raw.data()), &inner);
    EXPECT_EQ(names.find(names.top(), nullptr, raw.data()), &top);
}

TEST(JsonNames, WhatTheRoomNamesItselfIsMovedAside) {
    JsonNames names;
    JsonName& log = names.add(names.top(), "log", json_key("log").data());
    EXPECT_EQ(names.add(log, "format", json_key("format").data()).field, "json.log.format");
}

TEST(JsonNames, TimesAreRankedByTheirName) {
    JsonNames names;
    const auto rank = [&](const std::string& key) {
        return names.add(names.top(), key, json_key(key).data()).time_rank;
    };
    EXPECT_LT(rank("@timestamp"), rank("EventTime"));
    EXPECT_LT(rank("EventTime"), rank("ts"));
    EXPECT_EQ(rank("other"), JsonNames::no_time);
}

/// Keys without end must cost neither memory nor events.
TEST(JsonNames, BeyondTheLimitNamesAreMadeForOneLine) {
    class Counter : public EventSink {
      public:
        void on_event(const Event& event) override {
            ++events;
            last = event.text_of(key);
        }
        std::string key, last;
        std::size_t events = 0;
    } sink;
    LogRoom room(sink);
    const std::size_t count = JsonNames::max_names + 100;
    for (std::size_t i = 0; i < count; ++i) {
        sink.key = "k" + std::to_string(i) + ".inner";
        const std::string line =
            "{\"k" + std::to_string(i) + "\":{\"inner\":\"v" + std::to_string(i) + "\"}}";
        room.on_line({.text = line, .format = "json"});
        EXPECT_EQ(sink.last, "v" + std::to_string(i));
    }
    EXPECT_EQ(sink.events, count);
}

TEST(JsonNames, EscapedKeysAreReadEachTime) {
    for (int i = 0; i < 3; ++i) {
        const KeptEvent event = parse_one("json", R"({"a\u0062":"x","ab":"y","a\"b":"z"})");
        EXPECT_EQ(event.all("ab"), (std::vector<std::string>{"x", "y"}));
        EXPECT_EQ(event["a\"b"], "z");
    }
}

}  // namespace
}  // namespace persandian::logs::test
