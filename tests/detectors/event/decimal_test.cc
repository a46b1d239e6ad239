// SPDX-License-Identifier: Apache-2.0
#include "detectors/event/decimal.h"

#include <gtest/gtest.h>

namespace persandian {
namespace {

std::string read(std::string_view text) {
    const std::optional<Decimal> value = Decimal::parse(text);
    return value ? decimal_text(value->billionths) : "none";
}

TEST(Decimal, ReadsTextsThatAreWhollyANumber) {
    EXPECT_EQ(read("0"), "0");
    EXPECT_EQ(read("-0"), "0");
    EXPECT_EQ(read("15"), "15");
    EXPECT_EQ(read("+15"), "15");
    EXPECT_EQ(read("007"), "7");
    EXPECT_EQ(read("-0.5"), "-0.5");
    EXPECT_EQ(read(".5"), "0.5");
    EXPECT_EQ(read("5."), "5");
    EXPECT_EQ(read("1e3"), "1000");
    EXPECT_EQ(read("1.5E-3"), "0.0015");
    EXPECT_EQ(read("1e+20"), "100000000000000000000");
    EXPECT_EQ(read("18446744073709551615"), "18446744073709551615");
    EXPECT_EQ(read("0.1234567894999"), "0.123456789");
    EXPECT_EQ(read("0.1234567895"), "0.12345679");
    EXPECT_EQ(read("-0.1234567895"), "-0.12345679");
    EXPECT_EQ(read("1e-400"), "0");
    EXPECT_EQ(read("0e999999"), "0");
    EXPECT_EQ(read("0.00000000000000000000000000000000000000000000000000000000000000001"), "0");
    EXPECT_EQ(read("1.00000000000000000000000000000000000000000000000000000000000000001"), "1");
}

TEST(Decimal, RefusesWhatIsNotANumberOrTooLarge) {
    for (const char* text : {"",
                             "-",
                             "+",
                             ".",
                             "e5",
                             "1e",
                             "1e+",
                             "1e99999999999",
                             " 1",
                             "1 ",
                             "1,000",
                             "0x10",
                             "1.2.3",
                             "inf",
                             "nan",
                             "--1",
                             "1e5.0",
                             "12abc",
                             "100000000000000000001",
                             "1e21",
                             "1e2000000000",
                             "-1e21",
                             "99999999999999999999999999999999999999999999999999999999"})
        EXPECT_EQ(read(text), "none") << text;
}

TEST(Decimal, TenthsAddUpExactly) {
    Int128 sum = 0;
    for (int i = 0; i < 10; ++i) sum += Decimal::parse("0.1")->billionths;
    EXPECT_EQ(decimal_text(sum), "1");
}

TEST(Decimal, AQuotientIsCutTowardZero) {
    EXPECT_EQ(decimal_text(Decimal(10).billionths, 3), "3.333333333");
    EXPECT_EQ(decimal_text(Decimal(-10).billionths, 4), "-2.5");
}

}  // namespace
}  // namespace persandian
