// SPDX-License-Identifier: Apache-2.0
#include "daemon/review/document.h"

#include <gtest/gtest.h>

namespace persandian::review {
namespace {

const std::string hostile = "<script>alert(1)</script> \x1b[31m | `x` **b** [a](b) \xE2\x80\xAE";

Document sample() {
    return {"title " + hostile,
            "en",
            {Heading{1, hostile}, Paragraph{hostile}, BulletList{{hostile}},
             Facts{{{"label", hostile}}}, Table{{"a", "b"}, {{hostile, "2"}}},
             Verbatim{"line one " + hostile + "\nline two"}}};
}

TEST(Document, HtmlLetsNothingFromOutsideBecomeMarkup) {
    const std::string html = to_html(sample());
    EXPECT_EQ(html.find("<script"), std::string::npos);
    EXPECT_EQ(html.find('\x1b'), std::string::npos);
    EXPECT_NE(html.find("&lt;script&gt;"), std::string::npos);
    EXPECT_NE(html.find("default-src 'none'"), std::string::npos);
    EXPECT_EQ(html.find("http://"), std::string::npos) << "nothing is loaded from outside";
}

TEST(Document, MarkdownEscapesWhatWouldBecomeMarkup) {
    const std::string markdown = to_markdown(sample());
    EXPECT_NE(markdown.find("\\<script\\>"), std::string::npos);
    EXPECT_NE(markdown.find("\\|"), std::string::npos) << "a cell cannot end its column";
    EXPECT_NE(markdown.find("    line two"), std::string::npos);
    EXPECT_EQ(markdown.find('\x1b'), std::string::npos);
}

TEST(Document, TerminalShowsControlCharactersAsText) {
    const std::string plain = to_terminal(sample(), false);
    EXPECT_EQ(plain.find('\x1b'), std::string::npos);
    EXPECT_EQ(plain.find("\xE2\x80\xAE"), std::string::npos) << "right-to-left override";
    EXPECT_NE(plain.find("\\x1b[31m"), std::string::npos);
}

TEST(Document, TablesAlignByCharactersNotBytes) {
    const std::string text =
        to_terminal({"", "", {Table{{"x", "y"}, {{"\xC3\xA9\xC3\xA9", "1"}, {"ab", "2"}}}}}, false);
    const std::size_t first = text.find("1\n");
    const std::size_t second = text.find("2\n");
    const std::size_t first_line = text.rfind('\n', first) + 1;
    const std::size_t second_line = text.rfind('\n', second) + 1;
    EXPECT_EQ(first - first_line, second - second_line + 2) << "two bytes more, the same column";
}

}  // namespace
}  // namespace persandian::review
