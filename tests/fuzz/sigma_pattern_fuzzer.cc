// SPDX-License-Identifier: Apache-2.0
//
// Patterns against texts: the matcher agrees with a slow one that tries everything.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "detectors/base/check.h"
#include "detectors/sigma/modifiers/pattern.h"
#include "detectors/sigma/modifiers/utf8.h"

namespace {

using persandian::sigma::Pattern;
using persandian::sigma::Token;

/// Whether tokens from `t` on fit text from `at` on: one row of "reachable" places per token.
bool slow_matches(const Pattern& pattern, std::string_view text) {
    std::vector<bool> reachable(text.size() + 1);
    reachable[0] = true;
    for (const Token& token : pattern.tokens()) {
        std::vector<bool> next(text.size() + 1);
        for (std::size_t at = 0; at <= text.size(); ++at) {
            if (!reachable[at]) continue;
            if (token.kind == Token::Kind::any_run) {
                for (std::size_t end = at; end <= text.size(); ++end) next[end] = true;
            } else if (token.kind == Token::Kind::literal) {
                if (text.substr(at, token.text.size()) == token.text)
                    next[at + token.text.size()] = true;
            } else if (at < text.size()) {
                next[at + 1] = true;
            }
        }
        reachable = next;
    }
    return reachable[text.size()];
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2 || size > 300) return 0;
    const std::size_t cut = 1 + data[0] % (size - 1);
    const std::string_view all(reinterpret_cast<const char*>(data), size);
    const Pattern pattern = Pattern::parse(all.substr(1, cut - 1));
    const std::string_view text = all.substr(cut);
    PERSANDIAN_CHECK(Pattern::parse(pattern.to_text()) == pattern);
    const bool matches = pattern.matches(text);
    (void)pattern.folded().matches(persandian::sigma::folded(text));
    bool ascii = true;
    for (const char c : all) ascii = ascii && static_cast<unsigned char>(c) < 0x80;
    if (ascii) PERSANDIAN_CHECK(matches == slow_matches(pattern, text));
    return 0;
}
