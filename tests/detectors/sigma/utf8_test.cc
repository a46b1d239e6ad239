// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/modifiers/utf8.h"

#include <gtest/gtest.h>

namespace persandian::sigma {
namespace {

TEST(Utf8, FoldsLettersOfAllScriptsSimply) {
    EXPECT_EQ(folded("AbÇЖΣς"), "abçжσσ");
    EXPECT_EQ(folded("ẞ"), "ß");
    EXPECT_EQ(folded("ß"), "ß");  // full folding would make two letters of it
    EXPECT_EQ(folded("İ"), "İ");
    EXPECT_EQ(folded("\u212A"), "k");
    EXPECT_EQ(folded("\u023A"), "\u2C65");  // two bytes become three
}

TEST(Utf8, BytesThatAreNotUtf8FoldToThemselves) {
    EXPECT_EQ(folded("A\xFF\xC3"), "a\xFF\xC3");
    EXPECT_EQ(folded("\xED\xA0\x80"), "\xED\xA0\x80");  // a surrogate
    EXPECT_EQ(folded("\xC0\x80"), "\xC0\x80");          // overlong
}

TEST(Utf8, CharactersHaveTheSameSizeFromBothEnds) {
    const std::string text = "aé€😀";
    EXPECT_EQ(character_at(text, 1).size_bytes, 2U);
    EXPECT_EQ(character_size_before(text, text.size()), 4U);
    EXPECT_EQ(character_size_before(text, text.size() - 4), 3U);
    EXPECT_EQ(character_size_before("\x80", 1), 1U);
}

}  // namespace
}  // namespace persandian::sigma
