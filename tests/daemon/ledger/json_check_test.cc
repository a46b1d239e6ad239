// SPDX-License-Identifier: Apache-2.0
#include "daemon/ledger/json_check.h"

#include <gtest/gtest.h>

namespace persandian::test {
namespace {

bool accepts(std::string_view text) {
    ledger::JsonChecker checker;
    return checker.check_object(text).has_value();
}

TEST(JsonCheck, AcceptsStrictRecords) {
    for (const char* text :
         {"{}", R"({"a":1})", R"({"a":-1,"b":0,"c":[],"d":{},"e":[1,[2],{"a":1}],"f":null})",
          R"({"a":"\"\\\/\b\f\n\r\t\u0000\u00e9\ud83d\ude00"})",
          R"({"a":18446744073709551615,"b":-9223372036854775808,"t":true,"f":false})",
          R"({"a":{"x":1},"b":{"x":1}})", "{\"\xC3\xA9\":\"\xF0\x9F\x98\x80\"}"})
        EXPECT_TRUE(accepts(text)) << text;
}

TEST(JsonCheck, RefusesEverythingElse) {
    for (const char* text : {"",
                             "[]",
                             "1",
                             "null",
                             "{",
                             "}",
                             "{}}",
                             "{} ",
                             " {}",
                             "{ }",
                             R"({"a":1,})",
                             R"({"a" :1})",
                             R"({"a": 1})",
                             R"({"a":1}{"b":1})",
                             R"({"a":1.0})",
                             R"({"a":1e3})",
                             R"({"a":01})",
                             R"({"a":-0})",
                             R"({"a":-})",
                             R"({"a":+1})",
                             R"({"a":0x1})",
                             R"({"a":18446744073709551616})",
                             R"({"a":-9223372036854775809})",
                             R"({"a":NaN})",
                             R"({"a":tru})",
                             R"({"a":True})",
                             R"({"a":1,"a":2})",
                             R"({"b":{"a":1,"c":2,"a":2}})",
                             R"({"\u0061":1})",
                             R"({a:1})",
                             R"({"a"})",
                             R"({"a":})",
                             R"({"a":"\x"})",
                             R"({"a":"\u12"})",
                             R"({"a":"\u12g4"})",
                             R"({"a":"\ud800"})",
                             R"({"a":"\udc00"})",
                             R"({"a":"\ud800\u0041"})",
                             R"({"a":"\ud800)",
                             R"({"a":"x)",
                             R"({"a":[1)",
                             R"({"a":[1,]})",
                             R"({"a":'x'})",
                             "{\"a\":\"\n\"}",
                             "{\"a\":\"\x01\"}",
                             "{\"a\":\"\xFF\"}",
                             "{\"a\":\"\xC0\x80\"}",
                             "{\"a\":\"\xED\xA0\x80\"}",
                             "\xEF\xBB\xBF{}",
                             R"({"a":"\u-123"})",
                             R"({"a":"\)"})
        EXPECT_FALSE(accepts(text)) << text;
    EXPECT_FALSE(accepts(std::string_view("{\"a\":1}\0", 8)));
    EXPECT_FALSE(accepts(std::string_view("{\"a\":\0}", 7)));
}

TEST(JsonCheck, EveryPrefixIsRefused) {
    const std::string_view text = R"({"a":[1,{"b":"\ud83d\ude00"},null],"c":-12,"d":true})";
    ASSERT_TRUE(accepts(text));
    for (std::size_t size = 0; size < text.size(); ++size)
        EXPECT_FALSE(accepts(text.substr(0, size))) << size;
}

TEST(JsonCheck, DepthIsLimitedNotFatal) {
    const auto nested = [](std::size_t depth) {
        std::string text = "{\"a\":";
        text.append(depth, '[').append(depth, ']');
        return text + "}";
    };
    EXPECT_TRUE(accepts(nested(31)));
    EXPECT_FALSE(accepts(nested(33)));
    EXPECT_FALSE(accepts(nested(60'000)));
}

TEST(JsonCheck, ManyMembersAreCheckedQuickly) {
    std::string text = "{";
    for (int i = 0; i < 8000; ++i) text += "\"" + std::to_string(i) + "\":1,";
    EXPECT_TRUE(accepts(text + "\"x\":1}"));
    EXPECT_FALSE(accepts(text + "\"0\":1}"));
}

TEST(JsonCheck, CheckerIsReusableAfterAFailure) {
    ledger::JsonChecker checker;
    EXPECT_FALSE(checker.check_object(R"({"a":{"b":1,"c":)"));
    EXPECT_TRUE(checker.check_object(R"({"b":1,"a":2})"));
}

}  // namespace
}  // namespace persandian::test
