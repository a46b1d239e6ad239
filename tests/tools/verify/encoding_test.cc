// SPDX-License-Identifier: Apache-2.0
#include "tools/verify/encoding.h"

#include <gtest/gtest.h>

namespace persandian::verify {
namespace {

TEST(Base64, RoundTripsEveryLength) {
    std::string bytes;
    for (int i = 0; i < 70; ++i) {
        EXPECT_EQ(base64_decode(base64_encode(bytes)), bytes);
        bytes += static_cast<char>(i * 37);
    }
}

TEST(Base64, AcceptsOneSpellingOnly) {
    EXPECT_EQ(base64_decode("QQ=="), "A");
    for (const char* bad : {"QQ", "QQ=", "QR==", "QUJ=", "QQ==\n", "Q Q=", "QQ=A",
                            "====", "=QQ=", "QUI_", "QUJD=", "Q==="})
        EXPECT_EQ(base64_decode(bad), std::nullopt) << bad;
}

TEST(Hex, AcceptsLowerCaseOnly) {
    EXPECT_EQ(hex_decode("00ff7a"), std::string("\x00\xff\x7a", 3));
    EXPECT_EQ(hex_decode("0"), std::nullopt);
    EXPECT_EQ(hex_decode("0F"), std::nullopt);
    EXPECT_EQ(hex_decode("0g"), std::nullopt);
}

TEST(Decimal, AcceptsOneSpellingOnly) {
    EXPECT_EQ(decimal_decode("0"), 0U);
    EXPECT_EQ(decimal_decode("18446744073709551615"), UINT64_MAX);
    for (const char* bad : {"", "00", "01", "+1", "-1", "1 ", "18446744073709551616",
                            "99999999999999999999", "1e3", "0x1"})
        EXPECT_EQ(decimal_decode(bad), std::nullopt) << bad;
}

TEST(Crc32c, IsThatOfRfc3720) {
    EXPECT_EQ(crc32c("123456789"), 0xE3069283U);
    EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAU);
    EXPECT_EQ(crc32c(std::string(32, '\xFF')), 0x62A8AB43U);
}

TEST(Utf8, RefusesOverlongFormsSurrogatesAndHalves) {
    EXPECT_TRUE(is_utf8("A\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"));
    for (const char* bad :
         {"\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF",
          "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\x80", "\xC3", "\xE2\x82", "\xFF"})
        EXPECT_FALSE(is_utf8(bad)) << hex_encode(bad);
}

TEST(Printable, NothingReachesTheTerminalUnescaped) {
    EXPECT_EQ(printable("a\x1b[31m\n\x7f"), "a\\x1b[31m\\x0a\\x7f");
    EXPECT_EQ(printable("\xC2\x9B"), "\\xc2\\x9b");           // C1: CSI
    EXPECT_EQ(printable("\xE2\x80\xAE"), "\\xe2\\x80\\xae");  // right-to-left override
    EXPECT_EQ(printable("é"), "é");
    EXPECT_EQ(printable("abcdef", 3), "abc…");
}

}  // namespace
}  // namespace persandian::verify
