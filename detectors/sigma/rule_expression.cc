// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/rule_expression.h"

#include <algorithm>

#include <fmt/format.h>

#include "detectors/base/ascii.h"
#include "detectors/sigma/condition_parser.h"

namespace persandian::sigma {
namespace {

using Kind = RuleExpression::Kind;

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

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_name_character(char c) {
    return is_letter(c) || (c >= '0' && c <= '9');
}

yaml::Mark mark_at(const yaml::Node& node, std::size_t at) {
    return {node.mark.line, node.mark.column + at + (node.quoted ? 1 : 0)};
}

class Parser {
  public:
    Parser(const yaml::Node& node, std::vector<CorrelationAst::Named>& named)
        : node_(node), text_(node.text), named_(named) {
        advance();
    }

    RuleExpression parse() {
        RuleExpression root = any_of(0);
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
        next_ = at;
        if (at == text_.size()) return;
        next_ = at + 1;
        if (is_name_character(text_[at])) {
            while (next_ < text_.size() && is_name_character(text_[next_])) ++next_;
        } else if (text_[at] != '(' && text_[at] != ')') {
            throw Fault{at, fmt::format("unexpected character '{}': a condition over rules knows "
                                        "rule names (letters, digits, _), and, or, not, ( and ); a "
                                        "rule with another name or only an id needs such a name",
                                        text_[at])};
        }
        word_.text = text_.substr(at, next_ - at);
        if (text_[at] >= '0' && text_[at] <= '9')
            throw Fault{at, fmt::format("'{}' is not a rule name: it begins with a digit; give the "
                                        "rule a name of letters, digits and _",
                                        word_.text)};
        word_.lower = ascii_lower(word_.text);
    }

    static RuleExpression join(Kind kind, std::vector<RuleExpression> children) {
        if (children.size() == 1) return std::move(children.front());
        RuleExpression out;
        out.kind = kind;
        out.children = std::move(children);
        return out;
    }

    RuleExpression any_of(std::size_t depth) {
        std::vector<RuleExpression> children;
        children.push_back(all_of(depth));
        while (word_.lower == "or") {
            advance();
            children.push_back(all_of(depth));
        }
        return join(Kind::any_of, std::move(children));
    }

    RuleExpression all_of(std::size_t depth) {
        std::vector<RuleExpression> children;
        children.push_back(negation(depth));
        while (word_.lower == "and") {
            advance();
            children.push_back(negation(depth));
        }
        return join(Kind::all_of, std::move(children));
    }

    RuleExpression negation(std::size_t depth) {
        if (depth > max_condition_depth)
            throw Fault{word_.at, fmt::format("nested deeper than {} levels", max_condition_depth)};
        if (word_.lower != "not") return primary(depth);
        advance();
        RuleExpression inner = negation(depth + 1);
        if (inner.kind == Kind::negation) return std::move(inner.children.front());
        RuleExpression out;
        out.kind = Kind::negation;
        out.children.push_back(std::move(inner));
        return out;
    }

    RuleExpression primary(std::size_t depth) {
        const Word first = word_;
        if (first.text == "(") {
            advance();
            RuleExpression inner = any_of(depth + 1);
            if (word_.text != ")") throw Fault{first.at, "this opening parenthesis is not closed"};
            advance();
            return inner;
        }
        if (first.text.empty()) throw Fault{first.at, "the condition ends too early"};
        if (first.text == ")" || first.lower == "and" || first.lower == "or")
            throw Fault{first.at, fmt::format("expected a rule name before '{}'", first.text)};
        advance();
        return leaf(first);
    }

    RuleExpression leaf(const Word& word) {
        RuleExpression out;
        const auto known = std::find_if(named_.begin(), named_.end(),
                                        [&](const auto& named) { return named.name == word.text; });
        out.rule = static_cast<std::size_t>(known - named_.begin());
        if (known == named_.end()) named_.push_back({word.text, mark_at(node_, word.at)});
        return out;
    }

    const yaml::Node& node_;
    std::string_view text_;
    std::vector<CorrelationAst::Named>& named_;
    Word word_;
    std::size_t next_ = 0;
};

}  // namespace

std::optional<RuleExpression> parse_rule_expression(const yaml::Node& node,
                                                    std::vector<CorrelationAst::Named>& named,
                                                    Problems& problems) {
    try {
        return Parser(node, named).parse();
    } catch (const Fault& fault) {
        problems.refuse(mark_at(node, fault.at), fault.reason);
        return std::nullopt;
    }
}

}  // namespace persandian::sigma
