// SPDX-License-Identifier: Apache-2.0
//
// Reading YAML nodes: the core schema's scalars, and the nearest known word to a misspelt one.
#include <algorithm>
#include <charconv>
#include <numeric>

#include "detectors/base/ascii.h"
#include "detectors/base/yaml.h"

namespace persandian::yaml {
namespace {

/// Longer words have no suggestion: comparing two costs the product of their lengths.
constexpr std::size_t longest_word_bytes = 128;

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
    const std::string lower = ascii_lower(text);
    if (lower == "true" || lower == "yes" || lower == "on") return true;
    if (lower == "false" || lower == "no" || lower == "off") return false;
    return std::nullopt;
}

std::string_view nearest_word(std::string_view word, const std::vector<std::string_view>& known) {
    std::string_view best;
    if (word.size() > longest_word_bytes) return best;
    std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
    for (const std::string_view candidate : known) {
        const std::size_t longer = std::max(word.size(), candidate.size());
        if (longer - std::min(word.size(), candidate.size()) >= best_distance) continue;
        const std::size_t distance = edit_distance(word, candidate);
        if (distance >= best_distance) continue;
        best = candidate;
        best_distance = distance;
    }
    return best;
}

}  // namespace persandian::yaml
