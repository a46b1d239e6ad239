// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/modifiers/pattern.h"

#include <algorithm>
#include <optional>
#include <span>

#include "detectors/sigma/modifiers/utf8.h"

namespace persandian::sigma {
namespace {

using Tokens = std::span<const Token>;

/// How many bytes of `text` at `at` a token other than any_run takes; nullopt when it does not fit.
std::optional<std::size_t> take_forward(const Token& token, std::string_view text, std::size_t at) {
    if (token.kind == Token::Kind::literal) {
        if (text.compare(at, token.text.size(), token.text) != 0) return std::nullopt;
        return token.text.size();
    }
    if (at >= text.size()) return std::nullopt;
    if (token.kind == Token::Kind::any_one) return character_at(text, at).size_bytes;
    for (const std::string& dash : dash_characters())
        if (text.compare(at, dash.size(), dash) == 0) return dash.size();
    return std::nullopt;
}

/// The same for the bytes that end before `end`.
std::optional<std::size_t> take_backward(const Token& token, std::string_view text,
                                         std::size_t end) {
    if (token.kind == Token::Kind::literal) {
        if (!text.substr(0, end).ends_with(token.text)) return std::nullopt;
        return token.text.size();
    }
    if (end == 0) return std::nullopt;
    if (token.kind == Token::Kind::any_one) return character_size_before(text, end);
    for (const std::string& dash : dash_characters())
        if (text.substr(0, end).ends_with(dash)) return dash.size();
    return std::nullopt;
}

/// End of `segment` (no any_run inside) when it fits at `at`.
std::optional<std::size_t> segment_at(Tokens segment, std::string_view text, std::size_t at) {
    for (const Token& token : segment) {
        const std::optional<std::size_t> taken = take_forward(token, text, at);
        if (!taken) return std::nullopt;
        at += *taken;
    }
    return at;
}

/// Start of `segment` when it fits so that it ends with the text.
std::optional<std::size_t> segment_at_end(Tokens segment, std::string_view text) {
    std::size_t end = text.size();
    for (std::size_t i = segment.size(); i-- > 0;) {
        const std::optional<std::size_t> taken = take_backward(segment[i], text, end);
        if (!taken) return std::nullopt;
        end -= *taken;
    }
    return end;
}

/// End of the first place from `at` on where `segment` fits.
std::optional<std::size_t> find_segment(Tokens segment, std::string_view text, std::size_t at) {
    const bool jump = segment.front().kind == Token::Kind::literal;
    while (at <= text.size()) {
        if (jump) at = text.find(segment.front().text, at);
        if (at == std::string_view::npos) return std::nullopt;
        if (const std::optional<std::size_t> end = segment_at(segment, text, at)) return end;
        if (at == text.size()) return std::nullopt;
        at += jump ? 1 : character_at(text, at).size_bytes;
    }
    return std::nullopt;
}

bool is_run(const Token& token) {
    return token.kind == Token::Kind::any_run;
}

Tokens until_run(Tokens tokens) {
    const auto end = std::find_if(tokens.begin(), tokens.end(), is_run);
    return tokens.first(static_cast<std::size_t>(end - tokens.begin()));
}

}  // namespace

const std::vector<std::string>& dash_characters() {
    static const std::vector<std::string> all = {"-", "/", "\u2013", "\u2014", "\u2015"};
    return all;
}

Pattern Pattern::parse(std::string_view written) {
    Pattern out;
    std::string literal;
    const auto flush = [&] {
        if (!literal.empty()) out.append({Token::Kind::literal, literal});
        literal.clear();
    };
    for (std::size_t i = 0; i < written.size(); ++i) {
        const char c = written[i];
        if (c == '\\' && i + 1 < written.size() &&
            (written[i + 1] == '\\' || written[i + 1] == '*' || written[i + 1] == '?')) {
            literal += written[++i];
        } else if (c == '*' || c == '?') {
            flush();
            out.append({c == '*' ? Token::Kind::any_run : Token::Kind::any_one, {}});
        } else {
            literal += c;
        }
    }
    flush();
    return out;
}

Pattern Pattern::literal(std::string_view text) {
    Pattern out;
    if (!text.empty()) out.append({Token::Kind::literal, std::string(text)});
    return out;
}

void Pattern::append(Token token) {
    const bool glue = !tokens_.empty() && tokens_.back().kind == token.kind;
    if (glue && token.kind == Token::Kind::literal) {
        tokens_.back().text += token.text;
    } else if (!glue || token.kind != Token::Kind::any_run) {
        tokens_.push_back(std::move(token));
    }
}

void Pattern::append(const Pattern& other) {
    for (const Token& token : other.tokens_) append(token);
}

void Pattern::open_start() {
    if (tokens_.empty() || !is_run(tokens_.front()))
        tokens_.insert(tokens_.begin(), Token{Token::Kind::any_run, {}});
}

void Pattern::open_end() {
    append({Token::Kind::any_run, {}});
}

bool Pattern::has_wildcard() const noexcept {
    return std::any_of(tokens_.begin(), tokens_.end(),
                       [](const Token& token) { return token.kind != Token::Kind::literal; });
}

std::string Pattern::literal_text() const {
    std::string out;
    for (const Token& token : tokens_) out += token.text;
    return out;
}

PatternShape Pattern::shape() const noexcept {
    const auto literal_at = [this](std::size_t i) {
        return tokens_[i].kind == Token::Kind::literal;
    };
    const auto run_at = [this](std::size_t i) { return is_run(tokens_[i]); };
    if (tokens_.empty()) return PatternShape::exact;
    if (tokens_.size() == 1 && literal_at(0)) return PatternShape::exact;
    if (tokens_.size() == 1 && run_at(0)) return PatternShape::anything;
    if (tokens_.size() == 2 && literal_at(0) && run_at(1)) return PatternShape::prefix;
    if (tokens_.size() == 2 && run_at(0) && literal_at(1)) return PatternShape::suffix;
    if (tokens_.size() == 3 && run_at(0) && literal_at(1) && run_at(2))
        return PatternShape::contains;
    return PatternShape::glob;
}

std::string_view Pattern::longest_literal() const noexcept {
    std::string_view longest;
    for (const Token& token : tokens_)
        if (token.text.size() > longest.size()) longest = token.text;
    return longest;
}

Pattern Pattern::folded() const {
    Pattern out = *this;
    for (Token& token : out.tokens_) token.text = sigma::folded(token.text);
    return out;
}

std::string Pattern::to_text() const {
    std::string out;
    for (const Token& token : tokens_) {
        if (token.kind == Token::Kind::any_run) out += '*';
        if (token.kind == Token::Kind::any_one) out += '?';
        if (token.kind == Token::Kind::dash) out += '-';
        for (const char c : token.text) {
            if (c == '*' || c == '?' || c == '\\') out += '\\';
            out += c;
        }
    }
    return out;
}

bool Pattern::matches(std::string_view text) const noexcept {
    Tokens rest = tokens_;
    const Tokens head = until_run(rest);
    const std::optional<std::size_t> after_head = segment_at(head, text, 0);
    if (!after_head) return false;
    rest = rest.subspan(head.size());
    if (rest.empty()) return *after_head == text.size();

    std::size_t at = *after_head;
    while (true) {
        rest = rest.subspan(1);  // the any_run
        if (rest.empty()) return true;
        const Tokens segment = until_run(rest);
        rest = rest.subspan(segment.size());
        if (rest.empty()) {  // the last one is tied to the end of the text
            const std::optional<std::size_t> start = segment_at_end(segment, text);
            return start && *start >= at;
        }
        const std::optional<std::size_t> end = find_segment(segment, text, at);
        if (!end) return false;
        at = *end;
    }
}

}  // namespace persandian::sigma
