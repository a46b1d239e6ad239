// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/modifiers/regex.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

namespace persandian::sigma {
namespace {

PCRE2_SPTR units(std::string_view text) {
    return reinterpret_cast<PCRE2_SPTR>(text.data());
}

}  // namespace

struct Regex::Code {
    pcre2_code* code = nullptr;
    Code() = default;
    Code(const Code&) = delete;
    Code& operator=(const Code&) = delete;
    ~Code() { pcre2_code_free(code); }
};

struct Regex::MatchSpace::State {
    pcre2_match_data* data = pcre2_match_data_create(1, nullptr);
    pcre2_match_context* context = pcre2_match_context_create(nullptr);
    State() {
        PERSANDIAN_CHECK(data != nullptr && context != nullptr);
        pcre2_set_match_limit(context, match_limit);
        pcre2_set_depth_limit(context, match_limit);
        pcre2_set_heap_limit(context, 4096);  // KiB
    }
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() {
        pcre2_match_data_free(data);
        pcre2_match_context_free(context);
    }
};

Regex::MatchSpace::MatchSpace() : state_(std::make_unique<State>()) {}
Regex::MatchSpace::~MatchSpace() = default;
Regex::MatchSpace::MatchSpace(MatchSpace&&) noexcept = default;
Regex::MatchSpace& Regex::MatchSpace::operator=(MatchSpace&&) noexcept = default;

Regex::Regex(std::unique_ptr<Code> code) : code_(std::move(code)) {}
Regex::~Regex() = default;

namespace {

/// Null and the reason in `fault` when the pattern does not compile.
pcre2_code* compile_code(std::string_view pattern, const RegexFlags& flags, std::string* fault) {
    std::uint32_t options = PCRE2_NEVER_BACKSLASH_C;
    if (!flags.bytes) options |= PCRE2_UTF | PCRE2_UCP | PCRE2_MATCH_INVALID_UTF;
    if (flags.ignore_case) options |= PCRE2_CASELESS;
    if (flags.multi_line) options |= PCRE2_MULTILINE | PCRE2_ALT_CIRCUMFLEX;
    if (flags.dot_all) options |= PCRE2_DOTALL;
    pcre2_compile_context* context = pcre2_compile_context_create(nullptr);
    pcre2_set_newline(context, PCRE2_NEWLINE_LF);
    pcre2_set_max_pattern_length(context, Regex::max_pattern_bytes);
    pcre2_set_parens_nest_limit(context, 100);
    int error = 0;
    PCRE2_SIZE offset = 0;
    pcre2_code* const code =
        pcre2_compile(units(pattern), pattern.size(), options, &error, &offset, context);
    pcre2_compile_context_free(context);
    if (code == nullptr && fault != nullptr) {
        std::array<PCRE2_UCHAR, 256> message{};
        pcre2_get_error_message(error, message.data(), message.size());
        constexpr std::size_t shown_bytes = 24;
        std::string_view rest = pattern.substr(std::min<std::size_t>(offset, pattern.size()));
        std::size_t shown = std::min(rest.size(), shown_bytes);
        while (shown < rest.size() && (static_cast<unsigned char>(rest[shown]) & 0xC0U) == 0x80U)
            ++shown;  // whole characters
        rest = rest.substr(0, shown);
        *fault =
            fmt::format("{} (at character {}{})", reinterpret_cast<const char*>(message.data()),
                        offset + 1, rest.empty() ? ", the end" : fmt::format(": '{}'", rest));
    }
    return code;
}

}  // namespace

std::optional<std::string> Regex::check(std::string_view pattern, const RegexFlags& flags) {
    std::string fault;
    pcre2_code* const code = compile_code(pattern, flags, &fault);
    if (code == nullptr) return fault;
    pcre2_code_free(code);
    return std::nullopt;
}

std::unique_ptr<const Regex> Regex::compile(std::string_view pattern, const RegexFlags& flags) {
    auto code = std::make_unique<Code>();
    code->code = compile_code(pattern, flags, nullptr);
    if (code->code == nullptr) return nullptr;
    (void)pcre2_jit_compile(code->code, PCRE2_JIT_COMPLETE);  // without it the interpreter works
    return std::unique_ptr<const Regex>(new Regex(std::move(code)));
}

bool Regex::found_in(std::string_view text, MatchSpace& space) const noexcept {
    return find_in(text, 0, space).has_value();
}

std::optional<Regex::Place> Regex::find_in(std::string_view text, std::size_t from,
                                           MatchSpace& space) const noexcept {
    const int result = pcre2_match(code_->code, units(text), text.size(), from, 0,
                                   space.state_->data, space.state_->context);
    if (result >= 0) {
        const PCRE2_SIZE* const ends = pcre2_get_ovector_pointer(space.state_->data);
        return Place{ends[0], std::max(ends[0], ends[1])};  // \K may put the begin behind the end
    }
    if (result != PCRE2_ERROR_NOMATCH) ++space.gave_up_count_;
    return std::nullopt;
}

}  // namespace persandian::sigma
