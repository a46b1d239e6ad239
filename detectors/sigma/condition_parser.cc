// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/condition_parser.h"

#include <algorithm>

#include <fmt/format.h>

#include "detectors/base/ascii.h"

namespace persandian::sigma {
namespace {

using yaml::Mark;

/// Leaves the parser at the first fault; thrown and caught inside this file only.
struct Fault {
    std::size_t at = 0;
    std::string reason;
};

struct Word {
    std::string text;   ///< empty: the end
    std::string lower;  ///< keywords are recognised in any case
    std::size_t at = 0;
};

bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '*' || c == '.' || static_cast<unsigned char>(c) >= 0x80;
}

class Parser {
  public:
    Parser(std::string_view text, const std::vector<Detection>& detections, std::vector<bool>& used,
           const OldRule& rule)
        : text_(text), detections_(detections), used_(used), rule_(rule) {
        advance();
    }

    ConditionNode parse() {
        ConditionNode root = any_of(0);
        if (word_.text == ")") throw Fault{word_.at, "this closing parenthesis closes nothing"};
        if (!word_.text.empty())
            throw Fault{word_.at, fmt::format("expected 'and' or 'or' before '{}'", word_.text)};
        return root;
    }

  private:
    void advance() {
        std::size_t at = next_;
        while (at < text_.size() && std::string_view(" \t\r\n").find(text_[at]) != text_.npos) ++at;
        word_ = {{}, {}, at};
        if (at == text_.size()) {
            next_ = at;
            return;
        }
        std::size_t end = at + 1;
        if (text_[at] == '|')
            throw Fault{at, modern_form(text_.substr(0, at), text_.substr(at + 1), rule_)};
        if (is_name_character(text_[at])) {
            while (end < text_.size() && is_name_character(text_[end])) ++end;
        } else if (text_[at] != '(' && text_[at] != ')') {
            throw Fault{at, fmt::format("unexpected character '{}' in a condition{}", text_[at],
                                        word_for(text_[at]))};
        }
        word_.text = text_.substr(at, end - at);
        word_.lower = ascii_lower(word_.text);
        next_ = end;
    }

    /// What to write for an operator of other languages.
    static std::string_view word_for(char c) {
        if (c == '&') return ": write 'and'";
        if (c == '!') return ": write 'not'";
        if (c == '"' || c == '\'') return ": names stand without quotes";
        return ": it is made of names, and, or, not, '1 of', 'all of' and parentheses";
    }

    static ConditionNode join(ConditionNode::Kind kind, std::vector<ConditionNode> children) {
        if (children.size() == 1) return std::move(children.front());
        ConditionNode out;
        out.kind = kind;
        out.children = std::move(children);
        return out;
    }

    void check_depth(std::size_t depth) const {
        if (depth > max_condition_depth)
            throw Fault{word_.at, fmt::format("nested deeper than {} levels", max_condition_depth)};
    }

    ConditionNode any_of(std::size_t depth) {
        std::vector<ConditionNode> children;
        children.push_back(all_of(depth));
        while (word_.lower == "or") {
            advance();
            children.push_back(all_of(depth));
        }
        return join(ConditionNode::Kind::any_of, std::move(children));
    }

    ConditionNode all_of(std::size_t depth) {
        std::vector<ConditionNode> children;
        children.push_back(negation(depth));
        while (word_.lower == "and") {
            advance();
            children.push_back(negation(depth));
        }
        return join(ConditionNode::Kind::all_of, std::move(children));
    }

    ConditionNode negation(std::size_t depth) {
        check_depth(depth);
        if (word_.lower != "not") return primary(depth);
        advance();
        ConditionNode out;
        out.kind = ConditionNode::Kind::negation;
        out.children.push_back(negation(depth + 1));
        return out;
    }

    ConditionNode primary(std::size_t depth) {
        const Word first = word_;
        if (first.text == "(") {
            advance();
            ConditionNode inner = any_of(depth + 1);
            if (word_.text != ")") throw Fault{first.at, "this opening parenthesis is not closed"};
            advance();
            return inner;
        }
        if (first.text.empty()) throw Fault{first.at, "the condition ends too early"};
        if (first.text == ")" || first.lower == "and" || first.lower == "or" || first.lower == "of")
            throw Fault{first.at,
                        fmt::format("expected a search identifier before '{}'", first.text)};
        advance();
        if (word_.lower == "of") return quantified(first);
        return named(first);
    }

    ConditionNode named(const Word& word) {
        if (word.text.find('*') != std::string::npos)
            throw Fault{word.at, fmt::format("'{}' names several search identifiers: write '1 of "
                                             "{}' or 'all of {}'",
                                             word.text, word.text, word.text)};
        for (std::size_t i = 0; i < detections_.size(); ++i)
            if (detections_[i].name == word.text) return leaf(i);
        if (word.lower == "them") throw Fault{word.at, "'them' needs '1 of' or 'all of' before it"};
        throw Fault{word.at, fmt::format("the condition names '{}', which the detection does not "
                                         "define{}",
                                         word.text, suggestion(word.text, names()))};
    }

    ConditionNode quantified(const Word& count) {
        const bool all = count.lower == "all";
        if (!all && count.lower != "any" && count.lower != "1")
            throw Fault{count.at,
                        fmt::format("'{} of' is not in Sigma: use '1 of' or 'all of'", count.text)};
        advance();
        const Word target = word_;
        if (target.text.empty() || target.text == "(" || target.text == ")")
            throw Fault{target.at,
                        "expected 'them' or a name (with * for any characters) after 'of'"};
        advance();
        const bool them = target.lower == "them";
        const std::string pattern = them ? "*" : target.text;
        std::vector<ConditionNode> children;
        for (std::size_t i = 0; i < detections_.size(); ++i) {
            const std::string& name = detections_[i].name;
            const bool hidden = name.starts_with('_') && !pattern.starts_with('_');
            if (!hidden && fits_name(pattern, name)) children.push_back(leaf(i));
        }
        if (children.empty())
            throw Fault{target.at,
                        fmt::format("'{} of {}' names no search identifier{}", count.text,
                                    target.text, suggestion(target.text, names()))};
        return join(all ? ConditionNode::Kind::all_of : ConditionNode::Kind::any_of,
                    std::move(children));
    }

    ConditionNode leaf(std::size_t detection) {
        used_[detection] = true;
        ConditionNode out;
        out.detection = detection;
        return out;
    }

    std::vector<std::string_view> names() const {
        std::vector<std::string_view> all;
        for (const Detection& detection : detections_) all.push_back(detection.name);
        return all;
    }

    std::string_view text_;
    const std::vector<Detection>& detections_;
    std::vector<bool>& used_;
    const OldRule& rule_;
    Word word_;
    std::size_t next_ = 0;
};

std::optional<ConditionNode> parse_one(const yaml::Node& node,
                                       const std::vector<Detection>& detections,
                                       std::vector<bool>& used, Problems& problems,
                                       const OldRule& rule) {
    if (!node.is_scalar()) {
        problems.refuse(node.mark,
                        fmt::format("a condition must be a text that names selections, not {}",
                                    describe(node)));
        return std::nullopt;
    }
    try {
        return Parser(node.text, detections, used, rule).parse();
    } catch (const Fault& fault) {
        const std::size_t quote = node.quoted ? 1 : 0;
        problems.refuse({node.mark.line, node.mark.column + fault.at + quote}, fault.reason);
        return std::nullopt;
    }
}

}  // namespace

bool fits_name(std::string_view pattern, std::string_view name) {
    const std::size_t star = pattern.find('*');
    if (star == std::string_view::npos) return pattern == name;
    if (!name.starts_with(pattern.substr(0, star))) return false;
    std::string_view rest = name.substr(star);
    pattern.remove_prefix(star + 1);
    while (true) {
        const std::size_t next = pattern.find('*');
        if (next == std::string_view::npos) return rest.ends_with(pattern);
        const std::string_view part = pattern.substr(0, next);
        const std::size_t found = rest.find(part);
        if (found == std::string_view::npos) return false;
        rest.remove_prefix(found + part.size());
        pattern.remove_prefix(next + 1);
    }
}

std::optional<ConditionNode> parse_condition(const yaml::Node& node,
                                             const std::vector<Detection>& detections,
                                             std::vector<bool>& used, Problems& problems,
                                             const OldRule& rule) {
    if (!node.is_sequence()) return parse_one(node, detections, used, problems, rule);
    ConditionNode out;
    out.kind = ConditionNode::Kind::any_of;
    bool good = !node.items.empty();
    if (!good) problems.refuse(node.mark, "the list of conditions is empty");
    for (const yaml::Node& item : node.items) {
        if (std::optional<ConditionNode> one = parse_one(item, detections, used, problems, rule)) {
            out.children.push_back(std::move(*one));
        } else {
            good = false;
        }
    }
    if (!good) return std::nullopt;
    return out;
}

}  // namespace persandian::sigma
