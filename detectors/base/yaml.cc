// SPDX-License-Identifier: Apache-2.0
#include "detectors/base/yaml.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <numeric>
#include <set>
#include <sstream>
#include <utility>

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

namespace persandian::yaml {
namespace {

/// Thrown inside parse() only, by the handler, to leave yaml-cpp.
struct Refused {
    Problem problem;
};

Mark to_mark(const YAML::Mark& mark) {
    return {static_cast<std::size_t>(mark.line) + 1, static_cast<std::size_t>(mark.column) + 1};
}

std::size_t count_nodes(const Node& node) {
    std::size_t count = 1;
    for (const Node& item : node.items) count += count_nodes(item);
    for (const Entry& entry : node.entries) count += count_nodes(entry.value);
    return count;
}

/// Builds Nodes from yaml-cpp's events.
class Builder : public YAML::EventHandler {
  public:
    explicit Builder(const Limits& limits) : limits_(limits) {}

    Node take_root() { return std::move(root_); }
    [[nodiscard]] bool has_document() const { return has_document_; }

    void OnDocumentStart(const YAML::Mark&) override { has_document_ = true; }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        place(leaf(Node::Kind::null, mark), anchor);
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        const auto found = anchors_.find(anchor);
        if (found == anchors_.end())
            throw Refused{{to_mark(mark), "this alias names an anchor that is not finished yet"}};
        Node copy = found->second;
        copy.mark = to_mark(mark);
        charge(count_nodes(copy), mark);
        place(std::move(copy), 0);
    }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override {
        Node node = leaf(Node::Kind::scalar, mark);
        node.text = value;
        node.quoted = tag == "!";
        place(std::move(node), anchor);
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) override {
        open(Node::Kind::sequence, mark, anchor);
    }
    void OnSequenceEnd() override { close(); }
    void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override {
        open(Node::Kind::map, mark, anchor);
    }
    void OnMapEnd() override { close(); }

  private:
    struct Open {
        Node node;
        YAML::anchor_t anchor = 0;
        bool awaits_value = false;
        std::set<std::string, std::less<>> keys;
    };

    void charge(std::size_t nodes, const YAML::Mark& mark) {
        node_count_ += nodes;
        if (node_count_ > limits_.max_nodes)
            throw Refused{
                {to_mark(mark), fmt::format("the document has more than {} nodes once its "
                                            "aliases are replaced",
                                            limits_.max_nodes)}};
    }

    Node leaf(Node::Kind kind, const YAML::Mark& mark) {
        charge(1, mark);
        Node node;
        node.kind = kind;
        node.mark = to_mark(mark);
        return node;
    }

    void open(Node::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
        if (stack_.size() >= limits_.max_depth)
            throw Refused{
                {to_mark(mark), fmt::format("nested deeper than {} levels", limits_.max_depth)}};
        if (!stack_.empty() && stack_.back().node.is_map() && !stack_.back().awaits_value)
            throw Refused{{to_mark(mark), "a map key must be a plain text"}};
        stack_.push_back({leaf(kind, mark), anchor, false, {}});
    }

    void close() {
        Open done = std::move(stack_.back());
        stack_.pop_back();
        place(std::move(done.node), done.anchor);
    }

    void place(Node node, YAML::anchor_t anchor) {
        if (anchor != 0) anchors_[anchor] = node;
        if (stack_.empty()) {
            root_ = std::move(node);
            return;
        }
        Open& parent = stack_.back();
        if (parent.node.is_sequence()) {
            parent.node.items.push_back(std::move(node));
        } else if (parent.awaits_value) {
            // yaml-cpp puts a value that is not written where the next token stands.
            if (node.is_null() && node.mark.line != parent.node.entries.back().mark.line)
                node.mark = parent.node.entries.back().mark;
            parent.node.entries.back().value = std::move(node);
            parent.awaits_value = false;
        } else {
            place_key(parent, node);
        }
    }

    static void place_key(Open& parent, const Node& node) {
        if (!parent.keys.insert(node.text).second)
            throw Refused{
                {node.mark, fmt::format("the key '{}' stands twice in one map; the second "
                                        "would silently replace the first",
                                        node.text)}};
        parent.node.entries.push_back({node.text, node.mark, {}, node.quoted});
        parent.awaits_value = true;
    }

    Limits limits_;
    Node root_;
    bool has_document_ = false;
    std::vector<Open> stack_;
    std::map<YAML::anchor_t, Node> anchors_;
    std::size_t node_count_ = 0;
};

/// Where the documents of `text` begin: at 0 and after each "---" line.
std::vector<std::size_t> document_starts(std::string_view text) {
    std::vector<std::size_t> starts = {0};
    for (std::size_t at = 0; at < text.size();) {
        const bool marker = text.substr(at, 3) == "---" &&
                            (at + 3 == text.size() || std::string_view(" \t\r\n").find(
                                                          text[at + 3]) != std::string_view::npos);
        if (marker && text.substr(0, at).find_first_not_of(" \t\r\n") != std::string_view::npos)
            starts.push_back(at);
        at = text.find('\n', at);
        if (at == std::string_view::npos) break;
        ++at;
    }
    return starts;
}

std::string_view line_of(std::string_view text, std::size_t number) {
    for (; number > 1; --number) {
        const std::size_t end = text.find('\n');
        if (end == std::string_view::npos) return {};
        text.remove_prefix(end + 1);
    }
    return text.substr(0, text.find('\n'));
}

/// What yaml-cpp's messages mean for the author of a file.
std::string in_plain_words(const std::string& message) {
    static const std::map<std::string, std::string_view, std::less<>> words = {
        {"end of map not found",
         "this line is neither indented like those above it nor a 'key: value'"},
        {"end of sequence not found", "this line is not indented like the '- ' entries above it"},
        {"end of map flow not found",
         "a '{' before this is not closed with '}', or a comma is missing"},
        {"end of sequence flow not found",
         "a '[' before this is not closed with ']', or a comma is missing"},
        {"illegal map value", "a colon inside a text: put the text in quotes"},
        {"illegal block entry", "a '- ' may not stand here: put it on a line of its own"},
        {"unknown token", "a text may not begin with this character: put the text in quotes"},
        {"the referenced anchor is not defined",
         "a text that begins with * is a reference in YAML: put it in quotes"},
        {"alias not found after *", "a text that begins with * must stand in quotes"},
        {"illegal EOF in scalar", "the quote that opens this text is not closed"},
        {"unknown escape character: ",
         "a backslash in double quotes begins an escape: use single quotes or two backslashes"},
    };
    for (const auto& [theirs, ours] : words)
        if (message.starts_with(theirs)) return fmt::format("{} ({})", ours, message);
    return message;
}

/// A tab that indents the line of the fault or the one before it is what is really wrong.
Problem problem_of(const YAML::Exception& error, std::string_view text) {
    const Mark mark = to_mark(error.mark);
    for (std::size_t number = mark.line; number > 0 && number + 1 >= mark.line; --number) {
        const std::string_view line = line_of(text, number);
        const std::size_t blank = line.substr(0, line.find_first_not_of(" \t")).find('\t');
        if (blank != std::string_view::npos)
            return {{number, blank + 1},
                    "not valid YAML: this line is indented with a tab; use blanks instead"};
    }
    return {mark, "not valid YAML: " + in_plain_words(error.msg)};
}

/// Insertions, deletions, replacements and swaps of neighbours (optimal string alignment).
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before(b.size() + 1);
    std::vector<std::size_t> last(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        before.swap(last);
        last.swap(row);
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replace = last[j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U);
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, replace});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = std::min(row[j], before[j - 2] + 1);
        }
    }
    return row.back();
}

}  // namespace

const Node* Node::find(std::string_view key) const noexcept {
    for (const Entry& entry : entries)
        if (entry.key == key) return &entry.value;
    return nullptr;
}

std::optional<long long> Node::as_integer() const {
    if (kind != Kind::scalar || quoted || text.empty()) return std::nullopt;
    long long value = 0;
    const char* const first = text.data() + (text[0] == '+' ? 1 : 0);
    const char* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(first, last, value);
    if (error != std::errc{} || end != last) return std::nullopt;
    return value;
}

std::optional<double> Node::as_number() const {
    if (kind != Kind::scalar || quoted || text.empty()) return std::nullopt;
    if (text.find_first_not_of("+-.0123456789eE") != std::string::npos) return std::nullopt;
    double value = 0;
    const char* const first = text.data() + (text[0] == '+' ? 1 : 0);
    const char* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(first, last, value);
    if (error != std::errc{} || end != last) return std::nullopt;
    return value;
}

std::optional<bool> Node::as_boolean() const {
    if (kind != Kind::scalar || quoted) return std::nullopt;
    std::string lower = text;
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    if (lower == "true" || lower == "yes" || lower == "on") return true;
    if (lower == "false" || lower == "no" || lower == "off") return false;
    return std::nullopt;
}

ParseOutcome parse(std::string_view text, const Limits& limits) {
    ParseOutcome outcome;
    if (text.size() > limits.max_bytes) {
        outcome.problem = {{1, 1},
                           fmt::format("the file is larger than {} bytes", limits.max_bytes)};
        return outcome;
    }
    const std::vector<std::size_t> starts = document_starts(text);
    try {
        std::istringstream stream{std::string(text)};
        YAML::Parser parser(stream);
        while (true) {
            Builder builder(limits);
            if (!parser.HandleNextDocument(builder) || !builder.has_document()) break;
            const std::size_t index = outcome.documents.size();
            Document document;
            document.root = builder.take_root();
            document.begin_byte = index < starts.size() ? starts[index] : text.size();
            document.end_byte = index + 1 < starts.size() ? starts[index + 1] : text.size();
            outcome.documents.push_back(std::move(document));
        }
    } catch (const Refused& refused) {
        outcome.problem = refused.problem;
    } catch (const YAML::Exception& error) {
        outcome.problem = problem_of(error, text);
    }
    return outcome;
}

std::string_view nearest_word(std::string_view word, const std::vector<std::string_view>& known) {
    std::string_view best;
    std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
    for (const std::string_view candidate : known) {
        const std::size_t distance = edit_distance(word, candidate);
        if (distance >= best_distance) continue;
        best = candidate;
        best_distance = distance;
    }
    return best;
}

}  // namespace persandian::yaml
