// SPDX-License-Identifier: Apache-2.0
//
// ByteSequence: an ordered list of steps over one buffer, each a text, a regular expression or a
// test of a number, placed absolutely or after the step before. What signature languages call
// content matching; docs/formats/rules.md describes it for authors of rules.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "detectors/sigma/modifiers/regex.h"

namespace persandian::sigma {

/// How a number is compared with one of the rule.
struct NumberTest {
    enum class Op : std::uint8_t { lt, lte, gt, gte, eq, neq };
    Op op = Op::eq;
    std::int64_t number = 0;
    [[nodiscard]] bool holds(std::int64_t value) const noexcept;
};

/// A number that stands in the buffer.
struct NumberSource {
    static constexpr std::size_t max_digits = 20;
    std::size_t bytes = 1;       ///< up to 8 as binary (0: the number 0), or digits (0: all there)
    unsigned base = 0;           ///< 0: binary; 8, 10 or 16: digits after blanks
    bool little_endian = false;  ///< binary
    std::uint64_t mask = UINT64_MAX;
    /// nullopt: not all of it is there, or there are no digits.
    [[nodiscard]] std::optional<std::uint64_t> read(std::string_view buffer,
                                                    std::int64_t at) const noexcept;
};

/// Immutable.
class ByteSequence {
  public:
    static constexpr std::size_t max_steps = 64;
    /// Places tried in one buffer; beyond it the sequence counts as not found, and is counted.
    static constexpr std::uint32_t work_limit = 2000;

    struct Step {
        enum class Kind : std::uint8_t { text, regex, remaining, number, jump };
        enum class Placed : std::uint8_t { anywhere, from_start, after_step };

        Kind kind = Kind::text;
        bool negated = false;
        Placed placed = Placed::anywhere;
        std::int64_t offset = 0;           ///< from the buffer's start, or from the step before
        std::optional<std::int64_t> span;  ///< from there on; the step must end within
        bool at_end = false;               ///< must end where the buffer does
        std::string text;                  ///< text; lower case unless cased. regex: as written
        bool cased = false;                ///< else ASCII letters match in any case
        std::shared_ptr<const Regex> regex;
        std::vector<NumberTest> tests;  ///< remaining, number
        NumberSource number;            ///< number, jump
        std::int64_t multiply = 1;      ///< jump
        std::int64_t add = 0;           ///< jump
        bool align = false;             ///< jump: by a multiple of 4
        bool jump_from_start = false;   ///< jump: from the buffer's start, not the number's end
    };

    /// What a search needs; one per thread.
    struct Scratch {
        std::string lowered;
        std::uint64_t gave_up_count = 0;  ///< searches given up because of work_limit
    };

    explicit ByteSequence(std::vector<Step> steps);
    [[nodiscard]] const std::vector<Step>& steps() const noexcept { return steps_; }
    [[nodiscard]] bool found_in(std::string_view buffer, Scratch& scratch,
                                Regex::MatchSpace& space) const;
    /// For people, and different for what differs: "text '/cgi-bin/', then re 'id=', …".
    [[nodiscard]] std::string to_text() const;

  private:
    std::vector<Step> steps_;
    std::vector<bool> place_matters_;  ///< per step: a later one is placed after it
    bool any_uncased_ = false;
};

}  // namespace persandian::sigma
