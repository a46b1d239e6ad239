// SPDX-License-Identifier: Apache-2.0
//
// Regular expressions (PCRE2 with its just-in-time compiler and match limits). The only header of
// the library is included in regex.cc.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "detectors/sigma/modifiers/modifier.h"

namespace persandian::sigma {

/// A compiled expression. Immutable; one MatchSpace per thread. Unanchored; text that is not UTF-8
/// is searched around its bad bytes. \w, \d, \s and \b know the letters and digits of all scripts.
/// The dot does not match a line feed unless dot_all.
/// With the flag `bytes` text is octets: \xFF is one, only ASCII has letters, digits and case.
class Regex {
  public:
    /// Bound on the work of one search; a search that reaches it counts as no match.
    static constexpr std::uint32_t match_limit = 200'000;
    static constexpr std::size_t max_pattern_bytes = 64 * 1024;

    class MatchSpace {
      public:
        MatchSpace();
        ~MatchSpace();
        MatchSpace(MatchSpace&&) noexcept;
        MatchSpace& operator=(MatchSpace&&) noexcept;
        /// Searches given up because of match_limit.
        [[nodiscard]] std::uint64_t gave_up_count() const noexcept { return gave_up_count_; }

      private:
        friend class Regex;
        struct State;
        std::unique_ptr<State> state_;
        std::uint64_t gave_up_count_ = 0;
    };

    /// Why `pattern` does not compile, with the offset; nullopt when it does.
    [[nodiscard]] static std::optional<std::string> check(std::string_view pattern,
                                                          const RegexFlags& flags = {});
    /// Null when `pattern` does not compile.
    [[nodiscard]] static std::unique_ptr<const Regex> compile(std::string_view pattern,
                                                              const RegexFlags& flags);
    ~Regex();
    Regex(const Regex&) = delete;
    Regex& operator=(const Regex&) = delete;

    [[nodiscard]] bool found_in(std::string_view text, MatchSpace& space) const noexcept;
    /// Where the first match at or behind `from` (at most the text's size) begins and ends.
    struct Place {
        std::size_t begin = 0;
        std::size_t end = 0;
    };
    [[nodiscard]] std::optional<Place> find_in(std::string_view text, std::size_t from,
                                               MatchSpace& space) const noexcept;

  private:
    struct Code;
    explicit Regex(std::unique_ptr<Code> code);
    std::unique_ptr<Code> code_;
};

}  // namespace persandian::sigma
