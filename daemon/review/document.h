// SPDX-License-Identifier: Apache-2.0
//
// Document: a text for people, as blocks, and its three forms: Markdown, HTML, terminal. Escaping
// happens here and nowhere else, so that no value from outside can act on what shows it.
#pragma once

#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace persandian::review {

struct Heading {
    int level = 1;  ///< 1..3
    std::string text;
};
struct Paragraph {
    std::string text;
};
struct BulletList {
    std::vector<std::string> items;
};
/// Label and value, one pair a line.
struct Facts {
    std::vector<std::pair<std::string, std::string>> items;
};
struct Table {
    std::vector<std::string> header;
    std::vector<std::vector<std::string>> rows;
};
/// Text as it is, such as a log line or a command.
struct Verbatim {
    std::string text;
};

using Block = std::variant<Heading, Paragraph, BulletList, Facts, Table, Verbatim>;

struct Document {
    std::string title;
    std::string language;  ///< "id" or "en", for HTML
    std::vector<Block> blocks;
};

[[nodiscard]] std::string to_markdown(const Document& document);
/// One self-contained page: no script, no outside resource, prints on A4.
[[nodiscard]] std::string to_html(const Document& document);
/// `colour`: with ANSI bold for headings and labels.
[[nodiscard]] std::string to_terminal(const Document& document, bool colour);

}  // namespace persandian::review
