// SPDX-License-Identifier: Apache-2.0
#include "tools/signatures/signature.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "detectors/base/encoding.h"

namespace persandian::signatures {
namespace {

constexpr std::string_view blanks = " \t\r";

class Reader {
  public:
    explicit Reader(std::string_view line) : line_(line) {}

    std::variant<Signature, SyntaxError> read() {
        Signature out;
        for (std::string* word : {&out.action, &out.protocol, &out.source, &out.source_port,
                                  &out.arrow, &out.destination, &out.destination_port}) {
            *word = next_word();
            if (word->empty())
                return fault(
                    "the header has seven words: action, protocol, source "
                    "and port, -> or <>, destination and port");
        }
        constexpr std::array<std::string_view, 4> actions = {"alert", "drop", "reject", "pass"};
        if (std::find(actions.begin(), actions.end(), out.action) == actions.end())
            return SyntaxError{1, fmt::format("unknown action '{}'", out.action)};
        if (out.arrow != "->" && out.arrow != "<>")
            return fault(fmt::format("expected -> or <>, not '{}'", out.arrow));
        skip_blanks();
        if (at_ >= line_.size() || line_[at_] != '(')
            return fault("expected '(' before the options");
        ++at_;
        for (;;) {
            skip_blanks();
            if (at_ >= line_.size()) return fault("the options end without ')'");
            if (line_[at_] == ')') return out;
            Option option;
            option.column = at_ + 1;
            if (!read_option(option)) return fault("an option ends without ';'");
            if (option.key.empty()) return fault("an option has no name");
            out.options.push_back(std::move(option));
        }
    }

  private:
    void skip_blanks() {
        while (at_ < line_.size() && blanks.find(line_[at_]) != std::string_view::npos) ++at_;
    }

    /// Up to a blank outside brackets.
    std::string next_word() {
        skip_blanks();
        const std::size_t begin = at_;
        int open = 0;
        for (; at_ < line_.size(); ++at_) {
            if (line_[at_] == '[') ++open;
            if (line_[at_] == ']') --open;
            if (open <= 0 &&
                (blanks.find(line_[at_]) != std::string_view::npos || line_[at_] == '('))
                break;
        }
        std::string word(line_.substr(begin, at_ - begin));
        std::erase_if(word, [](char c) { return blanks.find(c) != std::string_view::npos; });
        return word;
    }

    bool read_option(Option& option) {
        const std::size_t begin = at_;
        bool quoted = false;
        for (; at_ < line_.size(); ++at_) {
            const char c = line_[at_];
            if (c == '\\') {
                ++at_;
            } else if (c == '"') {
                quoted = !quoted;
            } else if (c == ';' && !quoted) {
                break;
            }
        }
        if (at_ >= line_.size()) return false;
        const std::string_view whole = line_.substr(begin, at_ - begin);
        ++at_;
        const std::size_t colon = whole.find(':');
        option.key = trimmed(whole.substr(0, colon));
        if (colon != std::string_view::npos) option.value = trimmed(whole.substr(colon + 1));
        return true;
    }

    [[nodiscard]] SyntaxError fault(std::string reason) const {
        return {std::min(at_, line_.size()) + 1, std::move(reason)};
    }

    std::string_view line_;
    std::size_t at_ = 0;
};

}  // namespace

std::string_view Signature::find(std::string_view key) const noexcept {
    const auto found = std::find_if(options.begin(), options.end(),
                                    [&](const Option& option) { return option.key == key; });
    return found == options.end() ? std::string_view() : std::string_view(found->value);
}

bool Signature::has(std::string_view key) const noexcept {
    return std::any_of(options.begin(), options.end(),
                       [&](const Option& option) { return option.key == key; });
}

std::variant<Signature, SyntaxError> parse_signature(std::string_view line) {
    return Reader(line).read();
}

QuotedText unquoted(std::string_view value) {
    QuotedText out;
    if (value.starts_with('!')) {
        out.negated = true;
        value = trimmed(value.substr(1));
    }
    if (value.size() < 2 || !value.starts_with('"') || !value.ends_with('"')) {
        out.text = value;
        return out;
    }
    value = value.substr(1, value.size() - 2);
    for (std::size_t i = 0; i < value.size(); ++i) {
        if (value[i] == '\\' && i + 1 < value.size() &&
            std::string_view("\";:\\").find(value[i + 1]) != std::string_view::npos)
            ++i;
        out.text += value[i];
    }
    return out;
}

QuotedText content_bytes(std::string_view value) {
    const QuotedText read = unquoted(value);
    QuotedText out{{}, read.negated};
    const std::vector<std::string_view> parts = split(read.text, '|');
    if (parts.size() % 2 == 0) return out;
    std::string_view rest = read.text;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const std::string_view part = rest.substr(0, std::min(rest.find('|'), rest.size()));
        rest.remove_prefix(std::min(part.size() + 1, rest.size()));
        if (i % 2 == 0) {
            out.text += part;
            continue;
        }
        std::string digits(part);
        std::erase(digits, ' ');
        const auto bytes = hex_decode(digits);
        if (!bytes) return {{}, read.negated};
        out.text += *bytes;
    }
    return out;
}

std::string_view trimmed(std::string_view text) noexcept {
    const std::size_t begin = text.find_first_not_of(blanks);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> out;
    for (;;) {
        const std::size_t end = text.find(separator);
        out.push_back(trimmed(text.substr(0, end)));
        if (end == std::string_view::npos) return out;
        text.remove_prefix(end + 1);
    }
}

}  // namespace persandian::signatures
