// SPDX-License-Identifier: Apache-2.0
#include "detectors/base/byte_search.h"

#include <random>
#include <string>

#include <gtest/gtest.h>

namespace persandian {
namespace {

TEST(ByteSearch, FindsWhatAPlainSearchFinds) {
    std::mt19937 chance(7);
    const auto random_text = [&](std::size_t most) {
        std::string out(chance() % (most + 1), '\0');
        for (char& c : out) c = "ab\xFF"[chance() % 3];
        return out;
    };
    std::size_t found = 0;
    for (int i = 0; i < 100'000; ++i) {
        const std::string text = random_text(chance() % 2 == 0 ? 70 : 200);
        const std::string needle = random_text(9);
        const std::size_t expected = text.find(needle);
        ASSERT_EQ(find(text, needle), expected) << text << " / " << needle;
        ASSERT_EQ(contains(text, needle), expected != std::string::npos);
        found += expected != std::string::npos ? 1 : 0;
    }
    EXPECT_GT(found, 10'000U);
    EXPECT_LT(found, 90'000U);
}

TEST(ByteSearch, EmptyTexts) {
    EXPECT_TRUE(contains({}, {}));
    EXPECT_TRUE(contains("a", {}));
    EXPECT_FALSE(contains({}, "a"));
}

TEST(ByteSearch, OneByteBeyondAsciiIsSeenAnywhere) {
    for (std::size_t size = 0; size < 140; ++size) {
        EXPECT_TRUE(is_ascii(std::string(size, '\x7F')));
        for (std::size_t at = 0; at < size; ++at) {
            std::string text(size, '.');
            text[at] = '\x80';
            EXPECT_FALSE(is_ascii(text)) << size << ' ' << at;
        }
    }
}

TEST(ByteSearch, EveryPlaceIsLookedAt) {
    for (std::size_t size = 1; size < 140; ++size)
        for (std::size_t at = 0; at + 3 <= size; ++at) {
            std::string text(size, '.');
            text.replace(at, 3, "xyz");
            EXPECT_TRUE(contains(text, "xyz")) << size << ' ' << at;
            EXPECT_FALSE(contains(text, "xyzx"));
        }
}

}  // namespace
}  // namespace persandian
