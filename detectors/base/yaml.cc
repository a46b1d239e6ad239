// SPDX-License-Identifier: Apache-2.0
//
// yaml-cpp's events to Nodes. yaml-cpp is given the text piece by piece and never trusted to end:
// it must consume bytes from document to document, and hold back no more than a named limit.
#include "detectors/base/yaml.h"

#include <algorithm>
#include <array>
#include <istream>
#include <map>
#include <set>
#include <streambuf>
#include <utility>

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "detectors/base/encoding.h"
#include "detectors/base/yaml_text.h"

namespace persandian::yaml {
namespace {

constexpr std::size_t shown_key_bytes = 64;
/// How far the text may be read ahead of the last event, in longest values: one that has just been
/// read but not reported, and the next.
constexpr std::size_t values_ahead = 2;
constexpr std::size_t piece_bytes = 4096;

/// Thrown inside parse() only, by the handler, to leave yaml-cpp.
struct Refused {
    Problem problem;
};

Mark to_mark(const YAML::Mark& mark) {
    return {static_cast<std::size_t>(std::max(mark.line, 0)) + 1,
            static_cast<std::size_t>(std::max(mark.column, 0)) + 1};
}

/// What a part of the tree takes: charged against the limits when it is built or copied.
struct Cost {
    std::size_t nodes = 0;
    std::size_t text_bytes = 0;
    std::size_t height = 0;  ///< levels of lists and maps; 0 for a scalar
};

/// Builds Documents from yaml-cpp's events.
class Builder : public YAML::EventHandler {
  public:
    Builder(std::string_view text, const Limits& limits) : limits_(limits), text_(text) {}

    std::vector<Document> take_documents() { return std::move(documents_); }
    [[nodiscard]] std::size_t started() const { return started_; }
    [[nodiscard]] Mark last_mark() const { return last_mark_; }
    [[nodiscard]] std::size_t last_byte() const { return last_byte_; }
    /// yaml-cpp takes the end of the file for the end of a text in quotes.
    void check_end() const {
        if (is_unclosed_quote(text_.substr(last_byte_)))
            refuse("not valid YAML: the quote that begins here is not closed");
    }

    void OnDocumentStart(const YAML::Mark& mark) override;
    void OnDocumentEnd() override;
    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        note(mark);
        place(leaf(Node::Kind::null), anchor, {1, 0, 0});
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override;
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override;
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
        Cost cost;  ///< of what is closed below it, and itself
        bool awaits_value = false;
        std::set<std::string, std::less<>> keys;
    };
    struct Anchored {
        Node node;
        Cost cost;
    };

    [[noreturn]] void refuse(std::string reason) const {
        throw Refused{{last_mark_, std::move(reason)}};
    }
    void note(const YAML::Mark& mark);
    [[nodiscard]] std::size_t line_start(std::size_t at) const;
    [[nodiscard]] bool is_marker(std::size_t at) const;
    [[nodiscard]] bool follows_end_marker(std::size_t at) const;
    void check_start(std::size_t at);
    void charge(const Cost& cost);
    Node leaf(Node::Kind kind) {
        charge({1, 0, 0});
        Node node;
        node.kind = kind;
        node.mark = last_mark_;
        return node;
    }
    void open(Node::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor);
    void close();
    void place(Node node, YAML::anchor_t anchor, const Cost& cost);
    static void place_key(Open& parent, const Node& node);

    Limits limits_;
    std::string_view text_;
    std::vector<Document> documents_;
    std::size_t started_ = 0;
    std::size_t start_byte_ = 0;  ///< where yaml-cpp saw the last document begin
    Document document_;
    std::vector<Open> stack_;
    std::map<YAML::anchor_t, Anchored> anchors_;
    Cost charged_;  ///< of the whole file, copies for anchors and aliases included
    Mark last_mark_;
    std::size_t last_byte_ = 0;
};

void Builder::note(const YAML::Mark& mark) {
    last_mark_ = to_mark(mark);
    const auto byte = static_cast<std::size_t>(std::max(mark.pos, 0));
    last_byte_ = std::clamp(byte, last_byte_, text_.size());
}

std::size_t Builder::line_start(std::size_t at) const {
    return at == 0 ? 0 : text_.rfind('\n', at - 1) + 1;
}

bool Builder::is_marker(std::size_t at) const {
    return line_start(at) == at && text_.substr(at).starts_with("---");
}

/// Whether "..." stands between the last event and byte `at`.
bool Builder::follows_end_marker(std::size_t at) const {
    const std::size_t from = line_start(last_byte_);
    const std::string_view between = text_.substr(from, at - std::min(at, from));
    return between.starts_with("...") || between.find("\n...") != std::string_view::npos;
}

/// Whether another document may begin at byte `at`.
void Builder::check_start(std::size_t at) {
    const bool marker = is_marker(at);
    const bool marked = marker || follows_end_marker(at);
    const bool progress = at > last_byte_ || (marker && at > start_byte_);
    if (!progress) {
        // yaml-cpp made an empty document of a character it does not know what to do with, and
        // would make another of the same one.
        if (!documents_.empty()) documents_.pop_back();
        refuse(fmt::format("not valid YAML: no value can begin with '{}'; put a text in quotes",
                           escape_for_terminal(text_.substr(at, 1))));
    }
    if (!marked)
        refuse("not valid YAML: a second value beside the first; write '---' above a new document");
    if (started_ >= limits_.max_documents)
        refuse(fmt::format("more than {} documents in one file", limits_.max_documents));
}

void Builder::OnDocumentStart(const YAML::Mark& mark) {
    const auto at = std::min(static_cast<std::size_t>(std::max(mark.pos, 0)), text_.size());
    last_mark_ = to_mark(mark);
    if (!documents_.empty()) documents_.back().end_byte = line_start(at);
    if (started_ > 0) check_start(at);
    note(mark);
    document_ = {};
    if (started_ > 0) document_.begin_byte = line_start(at);
    start_byte_ = at;
    ++started_;
    anchors_.clear();
}

void Builder::OnDocumentEnd() {
    document_.end_byte = text_.size();
    documents_.push_back(std::move(document_));
}

void Builder::OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) {
    note(mark);
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) refuse("this alias names an anchor that is not finished yet");
    const Cost cost = found->second.cost;
    if (stack_.size() + cost.height > limits_.max_depth)
        refuse(fmt::format("nested deeper than {} levels once its aliases are replaced",
                           limits_.max_depth));
    charge(cost);
    Node copy = found->second.node;
    copy.mark = last_mark_;
    place(std::move(copy), 0, cost);
}

void Builder::OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       const std::string& value) {
    note(mark);
    if (value.size() > limits_.max_value_bytes)
        refuse(fmt::format("a text longer than {} bytes", limits_.max_value_bytes));
    charge({0, value.size(), 0});
    Node node = leaf(Node::Kind::scalar);
    node.text = value;
    node.quoted = tag == "!";
    place(std::move(node), anchor, {1, value.size(), 0});
}

void Builder::charge(const Cost& cost) {
    charged_.nodes += cost.nodes;
    charged_.text_bytes += cost.text_bytes;
    if (charged_.nodes > limits_.max_nodes)
        refuse(fmt::format("the file has more than {} nodes once its aliases are replaced",
                           limits_.max_nodes));
    if (charged_.text_bytes > limits_.max_text_bytes)
        refuse(fmt::format("the file has more than {} bytes of text once its aliases are replaced",
                           limits_.max_text_bytes));
}

void Builder::open(Node::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    note(mark);
    if (stack_.size() >= limits_.max_depth)
        refuse(fmt::format("nested deeper than {} levels", limits_.max_depth));
    if (!stack_.empty() && stack_.back().node.is_map() && !stack_.back().awaits_value)
        refuse("a map key must be a plain text; put it in quotes");
    stack_.push_back({leaf(kind), anchor, {1, 0, 1}, false, {}});
}

void Builder::close() {
    Open done = std::move(stack_.back());
    stack_.pop_back();
    place(std::move(done.node), done.anchor, done.cost);
}

void Builder::place(Node node, YAML::anchor_t anchor, const Cost& cost) {
    if (anchor != 0) {
        charge(cost);
        anchors_.insert_or_assign(anchor, Anchored{node, cost});
    }
    if (stack_.empty()) {
        document_.root = std::move(node);
        return;
    }
    Open& parent = stack_.back();
    parent.cost.nodes += cost.nodes;
    parent.cost.text_bytes += cost.text_bytes;
    parent.cost.height = std::max(parent.cost.height, cost.height + 1);
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

void Builder::place_key(Open& parent, const Node& node) {
    if (!node.is_scalar())
        throw Refused{{node.mark, "a map key must be a plain text; put it in quotes"}};
    if (!parent.keys.insert(node.text).second)
        throw Refused{{node.mark, fmt::format("the key '{}' stands twice in one map; the second "
                                              "would silently replace the first",
                                              escape_for_terminal(node.text, shown_key_bytes))}};
    parent.node.entries.push_back({node.text, node.mark, {}, node.quoted});
    parent.awaits_value = true;
}

/// The text as a stream that stops when yaml-cpp has read `most_ahead` bytes without an event: it
/// keeps everything it has read, at a hundred times the size, until it knows what it is.
class MeteredBuffer : public std::streambuf {
  public:
    MeteredBuffer(std::string_view text, const Builder& builder, std::size_t most_ahead)
        : text_(text), builder_(builder), most_ahead_(most_ahead) {}

    /// Where yaml-cpp was when it was stopped.
    [[nodiscard]] const std::optional<Mark>& starved() const { return starved_; }

  protected:
    int_type underflow() override {
        if (gptr() != egptr()) return traits_type::to_int_type(*gptr());
        if (starved_ || at_ == text_.size()) return traits_type::eof();
        if (at_ - std::min(at_, builder_.last_byte()) > most_ahead_) {
            starved_ = builder_.last_mark();
            return traits_type::eof();
        }
        const std::size_t size = text_.copy(piece_.data(), piece_.size(), at_);
        at_ += size;
        setg(piece_.data(), piece_.data(), piece_.data() + size);
        return traits_type::to_int_type(piece_[0]);
    }

  private:
    std::string_view text_;
    const Builder& builder_;
    std::size_t most_ahead_;
    std::optional<Mark> starved_;
    std::array<char, piece_bytes> piece_{};
    std::size_t at_ = 0;
};

/// yaml-cpp's messages do not say that a tab is the reason.
std::string tab_hint(std::string_view text, const Mark& mark) {
    std::size_t begin = 0;
    for (std::size_t line = 1; line < mark.line; ++line) {
        begin = text.find('\n', begin);
        if (begin == std::string_view::npos) return {};
        ++begin;
    }
    std::string_view line = text.substr(begin);
    line = line.substr(0, std::min(line.find_first_not_of(" \t"), line.size()));
    if (line.find('\t') == std::string_view::npos) return {};
    return "; the line is indented with a tab, YAML wants spaces";
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

std::optional<Problem> read_documents(std::string_view text, Builder& builder,
                                      const Limits& limits) {
    const std::size_t most_ahead = values_ahead * limits.max_value_bytes;
    MeteredBuffer buffer(text, builder, most_ahead + piece_bytes);
    std::optional<Problem> problem;
    try {
        std::istream stream(&buffer);
        YAML::Parser parser(stream);
        std::size_t before = 0;
        do {
            before = builder.started();
        } while (parser.HandleNextDocument(builder) && builder.started() > before);
        builder.check_end();
    } catch (const Refused& refused) {
        problem = refused.problem;
    } catch (const YAML::Exception& error) {
        const Mark mark = error.mark.is_null() ? builder.last_mark() : to_mark(error.mark);
        problem = {mark, "not valid YAML: " + in_plain_words(error.msg) + tab_hint(text, mark)};
    }
    if (buffer.starved())
        problem = {*buffer.starved(),
                   fmt::format("no value ends in the {} bytes from here on; a text, a comment or "
                               "a list in brackets is too long",
                               most_ahead)};
    return problem;
}

}  // namespace

ParseOutcome parse(std::string_view text, const Limits& limits) {
    ParseOutcome outcome;
    if (text.size() > limits.max_bytes) {
        outcome.problem = {{1, 1},
                           fmt::format("the file is larger than {} bytes", limits.max_bytes)};
        return outcome;
    }
    const std::string_view content = without_byte_order_mark(text);
    outcome.problem = find_foreign_character(content);
    if (outcome.problem) return outcome;
    Builder builder(content, limits);
    outcome.problem = read_documents(content, builder, limits);
    outcome.documents = builder.take_documents();
    const std::size_t skipped = text.size() - content.size();
    for (Document& document : outcome.documents) {
        if (document.begin_byte > 0) document.begin_byte += skipped;
        document.end_byte += skipped;
    }
    return outcome;
}

}  // namespace persandian::yaml
