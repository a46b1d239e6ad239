// SPDX-License-Identifier: Apache-2.0
#include "detectors/logs/message_pattern.h"

#include <algorithm>

#include "detectors/logs/text_scan.h"

namespace persandian::logs {
namespace {

bool match_here(std::string_view pattern, std::string_view message, PatternValues& values) noexcept;

/// Tries each place where the literal after the hole occurs, from the right.
bool match_open_hole(std::optional<std::string_view>& hole, std::string_view after,
                     std::string_view message, PatternValues& values) noexcept {
    const std::string_view literal = after.substr(0, after.find_first_of("{*"));
    if (literal.empty()) {  // nothing bounds it: it takes the rest
        hole = message;
        return after.empty() || after == "*";
    }
    std::size_t at = message.rfind(literal);
    while (at != std::string_view::npos) {
        PatternValues attempt = values;
        if (match_here(after, message.substr(at), attempt)) {
            values = attempt;
            hole = message.substr(0, at);
            return true;
        }
        if (at == 0) break;
        at = message.rfind(literal, at - 1);
    }
    return false;
}

/// {port}: digits up to anything else.
bool match_port(std::string_view after, std::string_view message, PatternValues& values) noexcept {
    const std::size_t end = std::min(message.find_first_not_of("0123456789"), message.size());
    values.port = decimal(message.substr(0, end));
    if (!values.port || *values.port > 65'535) return false;
    return match_here(after, message.substr(end), values);
}

/// A hole of one word, up to the literal that follows it; empty words do not match.
bool match_word(std::string_view name, std::string_view after, std::string_view message,
                PatternValues& values) noexcept {
    const std::string_view literal = after.substr(0, after.find_first_of("{*"));
    const std::size_t blank = std::min(message.find(' '), message.size());
    std::size_t end = blank;
    if (!literal.empty()) end = message.substr(0, blank + literal.size()).find(literal);
    if (end == std::string_view::npos || end == 0 || end > blank) return false;
    if (name == "address") values.address = message.substr(0, end);
    if (name == "method") values.method = message.substr(0, end);
    return match_here(after, message.substr(end), values);
}

bool match_here(std::string_view pattern, std::string_view message,
                PatternValues& values) noexcept {
    const std::size_t literal = std::min(pattern.find_first_of("{*"), pattern.size());
    if (message.substr(0, literal) != pattern.substr(0, literal)) return false;
    pattern.remove_prefix(literal);
    message.remove_prefix(literal);
    if (pattern.empty()) return message.empty();
    if (pattern.front() == '*') return true;
    const std::size_t close = pattern.find('}');
    const std::string_view name = pattern.substr(1, close - 1);
    const std::string_view after = pattern.substr(close + 1);
    if (name == "user") return match_open_hole(values.user, after, message, values);
    if (name == "detail") return match_open_hole(values.detail, after, message, values);
    if (name == "port") return match_port(after, message, values);
    return match_word(name, after, message, values);
}

}  // namespace

bool match_pattern(std::string_view pattern, std::string_view message,
                   PatternValues& values) noexcept {
    PatternValues found;
    if (!match_here(pattern, message, found)) return false;
    values = found;
    return true;
}

}  // namespace persandian::logs
