// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/line_filter.h"

#include <random>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "detectors/event/common_fields.h"
#include "detectors/logs/log_room.h"
#include "detectors/sigma/modifiers/utf8.h"
#include "tests/detectors/sigma/rule_bench.h"

namespace persandian::sigma::test {
namespace {

Event json_event(std::string_view line) {
    Event event;
    event.add(fields::log_format, "json");
    event.add(fields::log_source, "file");
    event.add(fields::log_raw, line);
    return event;
}

TEST(LineFilter, TheLongestRunThatJsonWritesAsItIs) {
    EXPECT_EQ(longest_plain_run("sekurlsa::logonpasswords"), "sekurlsa::logonpasswords");
    EXPECT_EQ(longest_plain_run("ab\\windows\\x"), "windows");
    EXPECT_EQ(longest_plain_run("say \"hello there\""), "hello there");
    EXPECT_EQ(longest_plain_run("=<script>alert'x"), "script");
    EXPECT_EQ(longest_plain_run("/tmp/evil"), "evil");
    EXPECT_EQ(longest_plain_run("caf\u00e9 noir"), " noir");
    EXPECT_EQ(longest_plain_run("abc"), "") << "short";
    EXPECT_EQ(longest_plain_run("12345.5e+10"), "") << "a number is written anew";
    EXPECT_EQ(longest_plain_run("\n\t\\"), "");
    EXPECT_EQ(longest_plain_run(""), "");
}

TEST(LineFilter, LinesInWhichAKeywordMayLookDifferentAreNotSearched) {
    const auto searchable = [](std::string_view line) {
        return !search_line(json_event(line), {}).text.empty();
    };
    for (const char* const padding : {"", "0123456789abcdef0123456789"}) {
        const std::string before = std::string("{\"a\":\"") + padding;
        EXPECT_TRUE(searchable(before + "x\"}"));
        EXPECT_TRUE(searchable(before + "C:\\\\Users\"}"));
        EXPECT_TRUE(searchable(before + "\u00ae\"}"));
        EXPECT_TRUE(searchable(before + "a \\u003e b \\u0026 c \\u00e9\"}"));
        EXPECT_TRUE(searchable(before + "C:\\\\users\\\\unins000.exe\"}"));
        EXPECT_FALSE(searchable(before + "\\u006b\"}"));
        EXPECT_FALSE(searchable(before + "\\u003e \\u006B\"}"));
        EXPECT_FALSE(searchable(before + "\\u212a\"}"));
        EXPECT_FALSE(searchable(before + "\\u017F\"}"));
        EXPECT_FALSE(searchable(before + "\u212A\"}"));
        EXPECT_FALSE(searchable(before + "\u017F\"}"));
    }
}

TEST(LineFilter, EventsThatSayMoreThanTheirLineAreNotSearched) {
    Event other = json_event("{}");
    other.add(fields::log_truncated, Value::boolean(true));
    EXPECT_TRUE(search_line(other, {}).text.empty());
    Event syslog;
    syslog.add(fields::log_format, "syslog");
    syslog.add(fields::log_raw, "{}");
    EXPECT_TRUE(search_line(syslog, {}).text.empty());
    EXPECT_TRUE(search_line(Event(), {}).text.empty());
}

TEST(LineFilter, OnlyTheTwoCharactersItLooksForFoldToAscii) {
    for (char32_t c = 0x80; c <= 0x10FFFF; ++c)
        EXPECT_EQ(fold(c) < 0x80, c == 0x017F || c == 0x212A) << std::hex << std::uint32_t{c};
}

/// Matches what comes out of the room for logs.
struct Matching : EventSink {
    std::unique_ptr<Matcher> matcher;
    Findings findings;
    void on_event(const Event& event) override { matcher->match(event, findings); }
};

/// A text as JSON may write it: each character in one of its ways.
std::string escaped(const std::u32string& text, std::mt19937& random, std::string& plain) {
    std::string out;
    for (const char32_t c : text) {
        append_utf8(plain, c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += static_cast<char>(c);
        } else if (c == '\n') {
            out += "\\n";
        } else if (random() % 40 == 0) {
            out += fmt::format("\\u{:04x}", std::uint32_t{c});
        } else if (c == '/' && random() % 2 == 0) {
            out += "\\/";
        } else {
            append_utf8(out, c);
        }
    }
    return out;
}

TEST(LineFilter, NoKeywordIsLost) {
    const std::u32string letters = U"aBcK\u212A\u017FSs\u00e9\"\\/<&\n1";
    std::mt19937 random(3);
    std::size_t found = 0;
    std::size_t missed = 0;
    LoadOptions options;
    options.forced_logsource = LogSource{.product = "test"};
    for (int round = 0; round < 60; ++round) {
        std::string keyword;
        while (keyword.size() < 4 || keyword.find_first_of("abc") == std::string::npos) {
            keyword.clear();
            for (std::size_t i = 0; i < 8; ++i)
                append_utf8(keyword, letters[random() % (random() % 4 == 0 ? 14 : 4)]);
        }
        std::string yaml;
        for (const char c : keyword) {
            if (c == '\\') yaml += '\\';  // a backslash stands for itself when doubled
            yaml += c;
        }
        const LoadResult loaded =
            load({rule_text("  s: ['" + yaml + "']\n  condition: s\n")}, options);
        ASSERT_TRUE(loaded.refused.empty()) << keyword;
        Matching out;
        out.matcher = make_matcher(loaded.rules);
        logs::LogRoom room(out);
        for (int i = 0; i < 200; ++i) {
            std::u32string text;
            for (std::size_t k = random() % 8; k > 0; --k)
                text += letters[random() % letters.size()];
            std::string plain;
            std::string json = "{\"v\":\"" + escaped(text, random, plain);
            if (random() % 2 == 0) {
                std::u32string characters;
                for (std::size_t at = 0; at < keyword.size();) {
                    const Character character = character_at(keyword, at);
                    characters += character.code_point;
                    at += character.size_bytes;
                }
                json += escaped(characters, random, plain);
            }
            json += "\"}";
            LogLine line;
            line.source_name = "test";
            line.format = "json";
            line.text = json;
            out.findings.all.clear();
            room.on_line(line);
            const bool stands = folded(plain).find(folded(keyword)) != std::string::npos;
            ASSERT_EQ(!out.findings.all.empty(), stands) << keyword << " in " << json;
            ++(stands ? found : missed);
        }
    }
    EXPECT_GT(found, 5000U);
    EXPECT_GT(missed, 5000U);
}

}  // namespace
}  // namespace persandian::sigma::test
