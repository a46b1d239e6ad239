// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/line_filter.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

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

/// Whether `text` has one of the pairs of bytes of which the line must have none: a code point
/// written as `\u`, and the beginnings of U+017F and U+212A, which alone of all characters beyond
/// ASCII fold to ASCII. (U+2100 to U+213F begin like the latter: they are read the long way.)
/// `first` and `second`: the bytes of a place and of the next, of one or several places.
template <typename Bytes>
auto begins_other_way(const Bytes& first, const Bytes& second) {
    return ((first == '\\') & (second == 'u')) | ((first == 0xC5) & (second == 0xBF)) |
           ((first == 0xE2) & (second == 0x84));
}

bool has_other_way(std::string_view text) {
    using Bytes [[gnu::vector_size(16)]] = unsigned char;
    decltype(Bytes() == Bytes()) found{};
    std::size_t at = 0;
    for (; at + sizeof(Bytes) < text.size(); at += sizeof(Bytes)) {
        Bytes first;
        Bytes second;
        std::memcpy(&first, text.data() + at, sizeof first);
        std::memcpy(&second, text.data() + at + 1, sizeof second);
        found |= begins_other_way(first, second);
    }
    std::uint64_t halves[2];
    std::memcpy(halves, &found, sizeof halves);
    bool any = (halves[0] | halves[1]) != 0;
    for (; at + 1 < text.size(); ++at)
        any = any || begins_other_way(static_cast<unsigned char>(text[at]),
                                      static_cast<unsigned char>(text[at + 1]));
    return any;
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
    return longest.size() < LineFilter::least_run_bytes ? std::string_view() : longest;
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
