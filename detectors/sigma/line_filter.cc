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

/// What of a line decides whether its texts are as they stand in it.
struct Unusual {
    bool has_code_point = false;  ///< a code point written as `\u`
    bool is_beyond_ascii = false;
};

Unusual look_over(std::string_view line) {
    using Bytes [[gnu::vector_size(16)]] = signed char;
    constexpr std::size_t stride = 4 * sizeof(Bytes);
    Bytes all{};
    Bytes escapes{};
    std::size_t at = 0;
    for (; at + stride < line.size(); at += stride) {
#pragma GCC unroll 4
        for (std::size_t i = at; i < at + stride; i += sizeof(Bytes)) {
            Bytes first;
            Bytes second;
            std::memcpy(&first, line.data() + i, sizeof first);
            std::memcpy(&second, line.data() + i + 1, sizeof second);
            all |= first;
            escapes |= (first == '\\') & (second == 'u');
        }
    }
    const auto any = [](const Bytes& bytes, std::uint64_t mask) {
        std::uint64_t halves[2];
        std::memcpy(halves, &bytes, sizeof halves);
        return ((halves[0] | halves[1]) & mask) != 0;
    };
    Unusual out{any(escapes, ~std::uint64_t{0}), any(all, 0x8080808080808080ULL)};
    for (; at < line.size(); ++at) {
        out.is_beyond_ascii = out.is_beyond_ascii || static_cast<signed char>(line[at]) < 0;
        out.has_code_point = out.has_code_point || line.substr(at, 2) == "\\u";
    }
    return out;
}

/// Whether some character of the line folds to ASCII from beyond it. Only U+017F and U+212A do;
/// U+2100 to U+213F begin like the latter and are taken for it.
bool may_fold_to_ascii(std::string_view line) {
    return line.find("\xC5\xBF") != std::string_view::npos ||
           line.find("\xE2\x84") != std::string_view::npos;
}

/// Whether the line may write in another way what a keyword asks for.
bool has_other_way(std::string_view line) {
    const Unusual unusual = look_over(line);
    return unusual.has_code_point || (unusual.is_beyond_ascii && may_fold_to_ascii(line));
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
