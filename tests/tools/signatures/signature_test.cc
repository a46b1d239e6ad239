// SPDX-License-Identifier: Apache-2.0
#include "tools/signatures/signature.h"

#include <gtest/gtest.h>

namespace persandian::signatures {
namespace {

Signature parsed(std::string_view line) {
    const auto result = parse_signature(line);
    if (const auto* const error = std::get_if<SyntaxError>(&result)) {
        ADD_FAILURE() << error->column << ": " << error->reason;
        return {};
    }
    return std::get<Signature>(result);
}

SyntaxError fault(std::string_view line) {
    const auto result = parse_signature(line);
    const auto* const error = std::get_if<SyntaxError>(&result);
    return error != nullptr ? *error : SyntaxError{0, "none"};
}

TEST(Signature, HeaderAndOptions) {
    const Signature one = parsed(
        "alert tcp [$HOME_NET, !10.0.0.1] any -> $EXTERNAL_NET [80,8080:8090] (msg:\"a; b\"; "
        "content:\"x\\;y\\\"z\"; nocase; sid:7; )");
    EXPECT_EQ(one.action, "alert");
    EXPECT_EQ(one.protocol, "tcp");
    EXPECT_EQ(one.source, "[$HOME_NET,!10.0.0.1]");
    EXPECT_EQ(one.destination_port, "[80,8080:8090]");
    ASSERT_EQ(one.options.size(), 4U);
    EXPECT_EQ(one.find("msg"), "\"a; b\"");
    EXPECT_EQ(unquoted(one.find("content")).text, "x;y\"z");
    EXPECT_TRUE(one.has("nocase"));
    EXPECT_EQ(one.options[3].value, "7");
}

TEST(Signature, ContentsAreBytes) {
    EXPECT_EQ(content_bytes("\"a|0d 0A|b|ff|\"").text, "a\r\nb\xFF");
    EXPECT_TRUE(content_bytes("!\"x\"").negated);
    EXPECT_EQ(content_bytes("\"a|0d\"").text, "") << "the bar is not closed";
    EXPECT_EQ(content_bytes("\"|0g|\"").text, "");
    EXPECT_EQ(content_bytes("\"c:\\\\x\"").text, "c:\\x");
}

TEST(Signature, Mistakes) {
    EXPECT_EQ(fault("alert tcp any any -> any any msg:1;").reason.substr(0, 8), "expected");
    EXPECT_EQ(fault("alarm tcp any any -> any any (sid:1;)").column, 1U);
    EXPECT_EQ(fault("alert tcp any any >> any any (sid:1;)").reason, "expected -> or <>, not '>>'");
    EXPECT_EQ(fault("alert tcp any any -> any any (sid:1;").reason, "the options end without ')'");
    EXPECT_EQ(fault("alert tcp any any -> any any (msg:\"x;)").reason,
              "an option ends without ';'");
    EXPECT_NE(fault("alert tcp any").reason.find("seven words"), std::string::npos);
    EXPECT_NE(fault("").reason.find("seven words"), std::string::npos);
}

}  // namespace
}  // namespace persandian::signatures
