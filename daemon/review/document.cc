// SPDX-License-Identifier: Apache-2.0
#include "daemon/review/document.h"

#include <algorithm>
#include <sstream>
#include <string_view>

#include <fmt/format.h>

#include "detectors/base/encoding.h"

namespace persandian::review {
namespace {

constexpr std::size_t longest_value_bytes = 16'384;

std::string printable(std::string_view text) {
    return escape_for_terminal(text, longest_value_bytes);
}

/// Control characters escaped line by line; line breaks kept.
std::vector<std::string> printable_lines(std::string_view text) {
    std::vector<std::string> out;
    while (true) {
        const std::size_t end = text.find('\n');
        std::string_view line = text.substr(0, end);
        if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
        if (end != std::string_view::npos || !line.empty()) out.push_back(printable(line));
        if (end == std::string_view::npos) return out;
        text.remove_prefix(end + 1);
    }
}

/// Shown length in columns, near enough: UTF-8 continuation bytes take none.
std::size_t width_of(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80;
    }));
}

std::string padded(std::string_view text, std::size_t width) {
    std::string out(text);
    const std::size_t shown = width_of(text);
    if (shown < width) out.append(width - shown, ' ');
    return out;
}

// ---- Markdown

std::string markdown_text(std::string_view text) {
    std::string out;
    for (const char c : printable(text)) {
        if (std::string_view("\\`*_{}[]<>#|~&").find(c) != std::string_view::npos) out += '\\';
        out += c;
    }
    return out;
}

struct MarkdownWriter {
    std::string& out;

    void operator()(const Heading& block) const {
        out += std::string(static_cast<std::size_t>(block.level), '#') + ' ' +
               markdown_text(block.text) + "\n\n";
    }
    void operator()(const Paragraph& block) const { out += markdown_text(block.text) + "\n\n"; }
    void operator()(const BulletList& block) const {
        for (const std::string& item : block.items) out += "* " + markdown_text(item) + '\n';
        out += '\n';
    }
    void operator()(const Facts& block) const {
        (*this)(Table{{" ", " "}, [&] {
                          std::vector<std::vector<std::string>> rows;
                          for (const auto& [label, value] : block.items)
                              rows.push_back({label, value});
                          return rows;
                      }()});
    }
    void operator()(const Table& block) const {
        row(block.header);
        out += '|';
        for (std::size_t i = 0; i < block.header.size(); ++i) out += " --- |";
        out += '\n';
        for (const std::vector<std::string>& cells : block.rows) row(cells);
        out += '\n';
    }
    void operator()(const Verbatim& block) const {
        // An indented block: nothing in it can end it, whatever it holds.
        for (const std::string& line : printable_lines(block.text)) out += "    " + line + '\n';
        out += '\n';
    }

  private:
    void row(const std::vector<std::string>& cells) const {
        out += '|';
        for (const std::string& cell : cells) out += ' ' + markdown_text(cell) + " |";
        out += '\n';
    }
};

// ---- HTML

std::string html_text(std::string_view text) {
    std::string out;
    for (const char c : printable(text)) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            case '\'':
                out += "&#39;";
                break;
            default:
                out += c;
        }
    }
    return out;
}

struct HtmlWriter {
    std::string& out;

    void operator()(const Heading& block) const {
        out += fmt::format("<h{0}>{1}</h{0}>\n", block.level, html_text(block.text));
    }
    void operator()(const Paragraph& block) const {
        out += "<p>" + html_text(block.text) + "</p>\n";
    }
    void operator()(const BulletList& block) const {
        out += "<ul>\n";
        for (const std::string& item : block.items) out += "<li>" + html_text(item) + "</li>\n";
        out += "</ul>\n";
    }
    void operator()(const Facts& block) const {
        out += "<table class=\"facts\">\n";
        for (const auto& [label, value] : block.items)
            out += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td></tr>\n", html_text(label),
                               html_text(value));
        out += "</table>\n";
    }
    void operator()(const Table& block) const {
        out += "<table>\n<thead><tr>";
        for (const std::string& cell : block.header)
            out += "<th scope=\"col\">" + html_text(cell) + "</th>";
        out += "</tr></thead>\n<tbody>\n";
        for (const std::vector<std::string>& cells : block.rows) {
            out += "<tr>";
            for (const std::string& cell : cells) out += "<td>" + html_text(cell) + "</td>";
            out += "</tr>\n";
        }
        out += "</tbody>\n</table>\n";
    }
    void operator()(const Verbatim& block) const {
        out += "<pre>";
        for (const std::string& line : printable_lines(block.text)) out += html_text(line) + '\n';
        out += "</pre>\n";
    }
};

constexpr std::string_view html_style =
    "@page{size:A4;margin:2cm}body{font:11pt/1.45 system-ui,sans-serif;max-width:48rem;margin:2rem "
    "auto;padding:0 1rem;"
    "color:#1a1a1a;background:#fff}h1{font-size:1.6rem}h2{font-size:1.15rem;border-bottom:1px "
    "solid #bbb;"
    "padding-bottom:.2rem;margin-top:1.8rem}table{border-collapse:collapse;width:100%;margin:.5rem "
    "0}th,td{border:1px solid "
    "#ccc;padding:.3rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}.facts "
    "th{width:30%;background:#f3f3f3;font-weight:600}thead "
    "th{background:#f3f3f3}pre{background:#f6f6f6;border:1px solid "
    "#ddd;padding:.6rem;white-space:pre-wrap;"
    "overflow-wrap:anywhere;font-size:.85rem}";

// ---- Terminal

struct TerminalWriter {
    std::string& out;
    bool colour;

    void operator()(const Heading& block) const {
        out += '\n' + bold(printable(block.text)) + '\n';
    }
    void operator()(const Paragraph& block) const { wrap(printable(block.text), "  ", "  "); }
    void operator()(const BulletList& block) const {
        for (const std::string& item : block.items) wrap(printable(item), "  • ", "    ");
    }
    void operator()(const Facts& block) const {
        std::size_t width = 0;
        for (const auto& item : block.items) width = std::max(width, width_of(item.first));
        const std::string indent(width + 4, ' ');
        for (const auto& [label, value] : block.items)
            wrap(printable(value), "  " + padded(label, width) + "  ", indent);
    }
    void operator()(const Table& block) const {
        std::vector<std::size_t> widths(block.header.size(), 0);
        const auto measure = [&](const std::vector<std::string>& cells) {
            for (std::size_t i = 0; i < cells.size() && i < widths.size(); ++i)
                widths[i] = std::max(widths[i], width_of(printable(cells[i])));
        };
        measure(block.header);
        for (const std::vector<std::string>& cells : block.rows) measure(cells);
        row(block.header, widths);
        for (const std::vector<std::string>& cells : block.rows) row(cells, widths);
    }
    void operator()(const Verbatim& block) const {
        for (const std::string& line : printable_lines(block.text)) out += "  " + line + '\n';
    }

  private:
    [[nodiscard]] std::string bold(const std::string& text) const {
        return colour ? "\x1b[1m" + text + "\x1b[0m" : text;
    }
    /// Words of `text` in lines of at most 100 columns.
    void wrap(const std::string& text, const std::string& first, const std::string& later) const {
        std::istringstream words(text);
        std::string word;
        std::string line = first;
        bool empty = true;
        while (words >> word) {
            if (!empty && width_of(line) + 1 + width_of(word) > 100) {
                out += line + '\n';
                line = later;
                empty = true;
            }
            if (!empty) line += ' ';
            line += word;
            empty = false;
        }
        out += line + '\n';
    }
    void row(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths) const {
        out += ' ';
        for (std::size_t i = 0; i < cells.size() && i < widths.size(); ++i)
            out += ' ' + padded(printable(cells[i]), i + 1 == cells.size() ? 0 : widths[i] + 1);
        out += '\n';
    }
};

}  // namespace

std::string to_markdown(const Document& document) {
    std::string out;
    for (const Block& block : document.blocks) std::visit(MarkdownWriter{out}, block);
    return out;
}

std::string to_html(const Document& document) {
    std::string out = fmt::format(
        "<!DOCTYPE html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n<meta "
        "http-equiv=\"Content-Security-Policy\" "
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n<meta name=\"viewport\" "
        "content=\"width=device-width\">\n<title>{}</title>\n<style>{}</style>\n</head>\n<body>\n",
        document.language, html_text(document.title), html_style);
    for (const Block& block : document.blocks) std::visit(HtmlWriter{out}, block);
    return out + "</body>\n</html>\n";
}

std::string to_terminal(const Document& document, bool colour) {
    std::string out;
    for (const Block& block : document.blocks) std::visit(TerminalWriter{out, colour}, block);
    return out;
}

}  // namespace persandian::review
