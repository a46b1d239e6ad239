// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/line_filter.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "detectors/base/byte_search.h"
#include "detectors/event/common_fields.h"

namespace persandian::sigma {
namespace {

/// JSON may write other characters in more ways than one.
bool is_plain(char c) {
    return c >= ' ' && c <= '~' && c != '"' && c != '\\' && c != '/';
}

/// Numbers are written anew when they are read; what has a letter that no number has is none.
bool is_no_number(std::string_view run) {
    return std::any_of(run.begin(), run.end(),
                       [](char c) { return c >= 'a' && c <= 'z' && c != 'e'; });
}

/// Whether the line may write in another way what a keyword asks for: a code point as `\u`, or a
/// character that folds to ASCII from beyond it. Only U+017F and U+212A do; U+2100 to U+213F begin
/// like the latter and are taken for it.
bool has_other_way(std::string_view line) {
    return contains(line, "\\u") ||
           (!is_ascii(line) && (contains(line, "\xC5\xBF") || contains(line, "\xE2\x84")));
}

/// Names of files end alike (".dll"), so that a search by the last bytes would stop at each of
/// them.
std::string_view without_extension(std::string_view run) {
    constexpr std::size_t longest_extension = 4;
    const std::size_t dot = run.rfind('.');
    if (dot == std::string_view::npos || run.size() - dot - 1 > longest_extension) return run;
    const std::string_view stem = run.substr(0, dot);
    return stem.size() >= LineFilter::least_run_bytes && is_no_number(stem) ? stem : run;
}

}  // namespace

std::string_view longest_plain_run(std::string_view literal) {
    std::string_view longest;
    for (std::size_t at = 0; at < literal.size();) {
        const auto end = static_cast<std::size_t>(
            std::find_if_not(literal.begin() + at, literal.end(), is_plain) - literal.begin());
        const std::string_view run = literal.substr(at, end - at);
        if (run.size() > longest.size() && is_no_number(run)) longest = run;
        at = end + 1;
    }
    if (longest.size() < LineFilter::least_run_bytes) return {};
    return without_extension(longest);
}

std::string_view searchable_line(const Event& event) {
    std::string_view line;
    bool is_json = false;
    for (const EventField& field : event.fields()) {
        if (field.declared == nullptr) continue;
        if (field.declared == &fields::log_raw) {
            line = field.value.as_text();
        } else if (field.declared == &fields::log_format) {
            is_json = field.value.as_text() == "json";
        } else if (field.declared != &fields::log_source && field.declared != &fields::log_line) {
            return {};  // not from the line as it stands, or not all of it
        }
    }
    return is_json && !has_other_way(line) ? line : std::string_view();
}

LineFilter::LineFilter(std::span<const std::string> literals, DerivedCache* cache) {
    std::vector<std::string> runs;
    for (const std::string& literal : literals) runs.emplace_back(longest_plain_run(literal));
    std::sort(runs.begin(), runs.end());
    runs.erase(std::unique(runs.begin(), runs.end()), runs.end());
    if (!runs.empty() && !runs.front().empty())
        runs_ = std::make_unique<LiteralMatcher>(runs, cache, LiteralMatcher::Letters::any_case);
}

void LineFilter::prepare(LiteralMatcher::Scratch& scratch) const {
    if (runs_) runs_->prepare(scratch);
}

bool LineFilter::may_hold(std::string_view line, LiteralMatcher::Scratch& scratch) const {
    return runs_ == nullptr || runs_->any_in(line, scratch);
}

}  // namespace persandian::sigma
