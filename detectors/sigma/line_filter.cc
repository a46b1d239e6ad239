// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/line_filter.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <vector>

#include "detectors/base/byte_search.h"
#include "detectors/event/common_fields.h"

namespace persandian::sigma {
namespace {

/// JSON writes these as they are, or as \u when it need not. Of others there are more ways: some
/// writers escape what HTML gives a meaning.
bool is_plain(char32_t c) {
    switch (c) {
        case '"':
        case '\\':
        case '/':
        case '<':
        case '>':
        case '&':
        case '\'':
            return false;
        default:
            return c >= ' ' && c <= '~';
    }
}

/// Numbers are written anew when they are read; what has a letter that no number has is none.
bool is_no_number(std::string_view run) {
    return std::any_of(run.begin(), run.end(),
                       [](char c) { return c >= 'a' && c <= 'z' && c != 'e'; });
}

/// The only characters that fold to ASCII from beyond it.
constexpr char32_t long_s = 0x017F;
constexpr char32_t kelvin_sign = 0x212A;

/// Whether the four digits after a `\u` are of a character that a run may have.
bool is_of_a_run(std::string_view digits) {
    std::uint16_t unit = 0;
    const char* const end = digits.data() + digits.size();
    const auto [rest, error] = std::from_chars(digits.data(), end, unit, 16);
    if (error != std::errc() || rest != end || digits.size() < 4) return false;  // "C:\\user"
    return is_plain(unit) || unit == long_s || unit == kelvin_sign;
}

/// Whether the line may write in another way what a run asks for: as `\u`, or by a character that
/// folds to ASCII from beyond it. U+2100 to U+213F begin like U+212A and are taken for it.
bool has_other_way(std::string_view line, const RunScanner::Sight& sight) {
    if (!sight.is_ascii && (contains(line, "\xC5\xBF") || contains(line, "\xE2\x84"))) return true;
    if (!sight.has_backslash_u) return false;
    for (std::size_t at = find(line, "\\u"); at != std::string_view::npos; at = find(line, "\\u")) {
        line.remove_prefix(at + 2);
        if (is_of_a_run(line.substr(0, 4))) return true;
    }
    return false;
}

/// The line of JSON that the event was read from; empty if it is another, or not all of it.
std::string_view json_line(const Event& event) {
    std::string_view line;
    bool is_json = false;
    for (const EventField& field : event.fields()) {
        if (field.declared == nullptr) continue;
        if (field.declared == &fields::log_raw) {
            line = field.value.as_text();
        } else if (field.declared == &fields::log_format) {
            is_json = field.value.as_text() == "json";
        } else if (field.declared != &fields::log_source && field.declared != &fields::log_line) {
            return {};
        }
    }
    return is_json ? line : std::string_view();
}

}  // namespace

std::string_view longest_plain_run(std::string_view literal) {
    std::string_view longest;
    for (std::size_t at = 0; at < literal.size();) {
        const auto end = static_cast<std::size_t>(
            std::find_if_not(literal.begin() + at, literal.end(),
                             [](char c) { return is_plain(static_cast<unsigned char>(c)); }) -
            literal.begin());
        const std::string_view run = literal.substr(at, end - at);
        if (run.size() > longest.size() && is_no_number(run)) longest = run;
        at = end + 1;
    }
    return longest.size() < LineFilter::least_run_bytes ? std::string_view() : longest;
}

SearchedLine search_line(const Event& event, const RunScanner& runs) {
    const std::string_view line = json_line(event);
    const RunScanner::Sight sight = runs.look_at(line);
    if (has_other_way(line, sight)) return {};
    return {line, sight.has_run};
}

LineFilter::LineFilter(std::span<const std::string> literals, DerivedCache* cache) {
    std::vector<std::string> runs;
    for (const std::string& literal : literals) runs.emplace_back(longest_plain_run(literal));
    std::sort(runs.begin(), runs.end());
    runs.erase(std::unique(runs.begin(), runs.end()), runs.end());
    if (runs.empty() || runs.front().empty()) return;
    if (runs.size() > RunScanner::max_runs) {
        many_ = std::make_unique<LiteralMatcher>(runs, cache, LiteralMatcher::Letters::any_case);
        return;
    }
    few_ = RunScanner(runs);
}

void LineFilter::prepare(LiteralMatcher::Scratch& scratch) const {
    if (many_) many_->prepare(scratch);
}

bool LineFilter::may_hold(std::string_view line, LiteralMatcher::Scratch& scratch) const {
    if (many_) return many_->any_in(line, scratch);
    return few_.runs().empty() || few_.look_at(line).has_run;
}

}  // namespace persandian::sigma
