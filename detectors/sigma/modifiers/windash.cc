// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/modifiers/modifier.h"
#include "detectors/sigma/modifiers/utf8.h"

namespace persandian::sigma {
namespace {

/// Up to this many dashes of one value are written out in all 5^n forms (which indexes like); more
/// of them become one token each.
constexpr std::size_t max_written_out = 2;

/// Spaces, quotes, dashes and other punctuation beyond ASCII that texts hold; not a full table.
bool is_punctuation(char32_t c) {
    constexpr std::u32string_view latin =
        U"\u00A0\u00A1\u00A7\u00AB\u00AC\u00AD\u00B6\u00B7\u00BB\u00BF\u00D7\u00F7";
    return (c >= 0x2000 && c <= 0x206F) || (c >= 0x3000 && c <= 0x3003) ||
           (c >= 0x3008 && c <= 0x3011) || latin.find(c) != latin.npos;
}

/// Letters, digits, underscore; beyond ASCII whatever is not known as punctuation.
bool is_word(const Character& character) {
    const char32_t c = character.code_point;
    if (c >= 0x80) return !is_punctuation(c);
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/// A dash or slash that begins a word: no word character before it, one after it.
bool is_option_dash(std::string_view text, std::size_t at) {
    if (text[at] != '-' && text[at] != '/') return false;
    if (at > 0 && is_word(character_at(text, at - character_size_before(text, at)))) return false;
    return at + 1 < text.size() && is_word(character_at(text, at + 1));
}

/// The pattern with one dash token per option dash.
Pattern mark_dashes(const Pattern& pattern, std::size_t& count) {
    Pattern out;
    for (const Token& token : pattern.tokens()) {
        if (token.kind != Token::Kind::literal) {
            out.append(token);
            continue;
        }
        std::string literal;
        for (std::size_t i = 0; i < token.text.size(); ++i) {
            if (!is_option_dash(token.text, i)) {
                literal += token.text[i];
                continue;
            }
            if (!literal.empty()) out.append({Token::Kind::literal, literal});
            literal.clear();
            out.append({Token::Kind::dash, {}});
            ++count;
        }
        if (!literal.empty()) out.append({Token::Kind::literal, literal});
    }
    return out;
}

/// All patterns in which each dash token is one of the five characters.
std::vector<Pattern> write_out(const Pattern& marked) {
    std::vector<Pattern> all(1);
    for (const Token& token : marked.tokens()) {
        if (token.kind != Token::Kind::dash) {
            for (Pattern& pattern : all) pattern.append(token);
            continue;
        }
        std::vector<Pattern> longer;
        for (const Pattern& pattern : all) {
            for (const std::string& dash : dash_characters()) {
                longer.push_back(pattern);
                longer.back().append({Token::Kind::literal, dash});
            }
        }
        all = std::move(longer);
    }
    return all;
}

std::optional<Refusal> apply(Item& item, const ModifierContext&) {
    if (std::optional<Refusal> refusal = require_texts(item, "windash")) return refusal;
    for (Term& term : item.terms) {
        std::vector<Operand> variants;
        for (const Operand& operand : term.alternatives) {
            std::size_t dashes = 0;
            const Pattern marked = mark_dashes(operand.pattern, dashes);
            std::vector<Pattern> patterns = {marked};
            if (dashes <= max_written_out) patterns = write_out(marked);
            for (Pattern& pattern : patterns) {
                variants.push_back(operand);
                variants.back().pattern = std::move(pattern);
            }
        }
        term.alternatives = std::move(variants);
    }
    return std::nullopt;
}

}  // namespace

const ModifierEntry& windash_entry() noexcept {
    static constexpr ModifierEntry entry = {
        .name = "windash",
        .summary = "a dash or slash before an option may be any of the dashes Windows accepts",
        .apply = apply};
    return entry;
}

}  // namespace persandian::sigma
