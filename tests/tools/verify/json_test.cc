// SPDX-License-Identifier: Apache-2.0
#include "tools/verify/json.h"

#include <gtest/gtest.h>

namespace persandian::verify {
namespace {

bool accepts(std::string_view text) {
    JsonDocument document;
    return document.parse(text) == nullptr;
}

TEST(Json, AcceptsWhatTheWriterWrites) {
    for (const char* good : {"{}", "[]", R"({"a":1,"b":[true,false,null],"c":{"d":"e"}})", "-1",
                             "18446744073709551615", "-9223372036854775808", R"("\u00e9\n\"\\")",
                             R"("\ud83d\ude00")", "\"\xF0\x9F\x98\x80\"", R"("\u0000")"})
        EXPECT_TRUE(accepts(good)) << good;
}

TEST(Json, RefusesEverythingElse) {
    for (const char* bad : {"",
                            " {}",
                            "{} ",
                            "{ }",
                            "[1, 2]",
                            "{\"a\" :1}",
                            "{\"a\":1}\n",
                            "\xEF\xBB\xBF{}",  // blanks, BOM
                            "{\"a\":1,\"a\":2}",
                            R"({"\u0061":1})",
                            R"({"b":{"a":1,"x":2,"a":3}})",  // names
                            "01",
                            "-0",
                            "1.0",
                            "1e3",
                            "-",
                            "+1",
                            "18446744073709551616",
                            "-9223372036854775809",
                            "NaN",
                            "0x1",  // numbers
                            "\"a",
                            "\"\n\"",
                            "\"\x01\"",
                            "\"\xFF\"",
                            "\"\xED\xA0\x80\"",
                            R"("\x")",
                            R"("\u12")",
                            R"("\ud800")",
                            R"("\udc00")",
                            R"("\ud800\u0041")",
                            "\"\\",  // strings
                            "{\"a\":1,}",
                            "[1,]",
                            "{,}",
                            "[,]",
                            "{\"a\"}",
                            "{1:2}",
                            "{}{}",
                            "[1",
                            "{\"a\":1",
                            "tru",
                            "nul",
                            "True",
                            "'a'"})
        EXPECT_FALSE(accepts(bad)) << bad;
    EXPECT_FALSE(accepts(std::string_view("\"a\0b\"", 5)));
    EXPECT_FALSE(accepts(std::string_view("{}\0", 3)));
}

TEST(Json, NestingIsBounded) {
    const auto nested = [](std::size_t levels) {
        return std::string(levels, '[') + std::string(levels, ']');
    };
    EXPECT_TRUE(accepts(nested(32)));
    EXPECT_FALSE(accepts(nested(40)));
    EXPECT_FALSE(accepts(std::string(60'000, '[')));
}

TEST(Json, FindsMembersAndTheirPlaces) {
    const std::string_view text = R"({"a":"x","b":{"a":7,"c":"\u0041\ud83d\ude00"},"z":[1,2]})";
    JsonDocument document;
    ASSERT_EQ(document.parse(text), nullptr);
    EXPECT_EQ(document.string(0, "a"), "x");
    const std::uint32_t inner = document.find(0, "b");
    EXPECT_EQ(document.unsigned_integer(inner, "a"), 7U);
    EXPECT_EQ(document.string(inner, "c"), "A\xF0\x9F\x98\x80");
    EXPECT_EQ(document.raw(document.find(0, "z")), "[1,2]");
    EXPECT_EQ(document.find(0, "c"), 0U);
    EXPECT_EQ(document.string(0, "b"), std::nullopt);
}

}  // namespace
}  // namespace persandian::verify
