// SPDX-License-Identifier: Apache-2.0
#include "detectors/base/encoding.h"

#include <gtest/gtest.h>

#include "detectors/base/digest.h"

namespace persandian {
namespace {

TEST(Hex, RoundTripsEveryByte) {
    std::string all;
    for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
    EXPECT_EQ(hex_decode(hex_encode(as_bytes(all))), all);
}

TEST(Hex, RefusesOddLengthAndOtherLetters) {
    EXPECT_FALSE(hex_decode("abc"));
    EXPECT_FALSE(hex_decode("0g"));
    EXPECT_EQ(hex_decode("FFff"), "\xff\xff");
}

TEST(Base64, MatchesVectorsOfRfc4648) {
    const std::pair<std::string_view, std::string_view> vectors[] = {
        {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foobar", "Zm9vYmFy"}};
    for (const auto& [plain, encoded] : vectors) {
        EXPECT_EQ(base64_encode(as_bytes(plain)), encoded);
        EXPECT_EQ(base64_decode(encoded), plain);
    }
}

TEST(Base64, RefusesWhatIsNotCanonical) {
    for (const std::string_view bad :
         {"Zg=", "Zg", "Zh==", "Zm9=", "Z===", "====", "Zg==Zg==", "Zm 9", "Zm9v\n"})
        EXPECT_FALSE(base64_decode(bad)) << bad;
}

TEST(Utf8, RefusesOverlongSurrogatesAndTooLarge) {
    EXPECT_TRUE(is_utf8("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"));
    for (const std::string_view bad :
         {"\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xFF", "\xC3", "\x80"})
        EXPECT_FALSE(is_utf8(bad));
}

TEST(JsonString, EscapesControlsQuotesAndBrokenUtf8) {
    std::string out;
    append_json_string(out, std::string_view("a\"\\\n\x01\xFF\xC3\xA9", 8));
    EXPECT_EQ(out, "\"a\\\"\\\\\\n\\u0001\xEF\xBF\xBD\xC3\xA9\"");
    out.clear();
    append_json_string(out, "\xFF", true);
    EXPECT_EQ(out, "\"\\u00ff\"");
}

std::optional<std::string> unescaped(std::string_view written) {
    std::string room(written.size(), '#');
    const auto text = json_unescape(written, room.data());
    return text ? std::optional<std::string>(*text) : std::nullopt;
}

TEST(JsonUnescape, EveryEscapeOfRfc8259) {
    EXPECT_EQ(unescaped(""), "");
    EXPECT_EQ(unescaped("plain"), "plain");
    EXPECT_EQ(unescaped(R"(C:\\x \"\/\b\f\n\r\t)"), "C:\\x \"/\b\f\n\r\t");
    EXPECT_EQ(unescaped(R"(\u0041\u00e9\u20AC\ud83d\ude00.)"),
              "A\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80.");
    EXPECT_EQ(unescaped(R"(\u0000)"), std::string(1, '\0'));
    EXPECT_EQ(unescaped("\xC3\xA9\\n"), "\xC3\xA9\n");
}

TEST(JsonUnescape, BrokenEscapesAreNone) {
    for (const char* written : {"\\", "a\\q", "\\u", "\\u12", "\\u12g4", "\\ud83d", "\\ud83dx",
                                "\\ud83d\\n", "\\ud83d\\u0041", "\\ude00", "\\ud83d\\ud83d"})
        EXPECT_EQ(unescaped(written), std::nullopt) << written;
}

TEST(Terminal, NothingThatActsOnATerminalSurvives) {
    EXPECT_EQ(escape_for_terminal("\x1b[31mred\r\n"), "\\x1b[31mred\\x0d\\x0a");
    EXPECT_EQ(escape_for_terminal("\xC2\x9B\x31m"), "\\u{009b}1m") << "C1 CSI";
    EXPECT_EQ(escape_for_terminal("a\xE2\x80\xAE"
                                  "b"),
              "a\\u{202e}b")
        << "right-to-left override";
    EXPECT_EQ(escape_for_terminal("caf\xC3\xA9"), "caf\xC3\xA9");
    EXPECT_EQ(escape_for_terminal("abcdef", 3), "abc…");
}

TEST(Digest, KnownValues) {
    EXPECT_EQ(sha256(as_bytes("abc")).hex(),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(sha256({as_bytes("a"), as_bytes("bc")}), sha256(as_bytes("abc")));
    EXPECT_EQ(hex_encode(md5(as_bytes("abc"))), "900150983cd24fb0d6963f7d28e17f72");
    EXPECT_EQ(hex_encode(sha1(as_bytes("abc"))), "a9993e364706816aba3e25717850c26c9cd0d89d");
    EXPECT_EQ(Digest::from_hex(sha256(as_bytes("")).hex()), sha256(as_bytes("")));
    EXPECT_FALSE(Digest::from_hex("00"));
}

}  // namespace
}  // namespace persandian
