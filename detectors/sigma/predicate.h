// SPDX-License-Identifier: Apache-2.0
//
// Predicate: one question about one slot of an event, shared by all rules that ask it. A list of
// values of the same kind is one predicate.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "detectors/sigma/event_view.h"
#include "detectors/sigma/literal_matcher.h"
#include "detectors/sigma/modifiers/byte_sequence.h"
#include "detectors/sigma/modifiers/modifier.h"
#include "detectors/sigma/modifiers/regex.h"

namespace persandian::sigma {

using PredicateId = std::uint32_t;

/// What a thread needs to ask predicates.
struct MatchScratch {
    Regex::MatchSpace regex;
    ByteSequence::Scratch sequence;
    LiteralMatcher::Scratch literals;
    std::vector<std::uint32_t> hits;  ///< of a LiteralMatcher
};

/// Which value met a predicate, and which of its list.
struct Hit {
    std::uint32_t value = 0;  ///< index in the view plus 1; 0: the field's absence
    std::size_t operand = 0;
};

class Predicate {
  public:
    enum class Kind : std::uint8_t {
        exact,     ///< value equals one of the literals
        prefix,    ///< value starts with one of the literals
        suffix,    ///< value ends with one of the literals
        contains,  ///< one of the literals stands in the value
        glob,      ///< value fits one of the patterns
        anything,  ///< present and not null
        regex,
        network,
        compare,
        null,     ///< absent or null
        present,  ///< present, null or not
        absent,   ///< not present at all
        field,    ///< equals (starts with, …) another slot's value
        time_part,
        sequence,
    };

    Kind kind = Kind::exact;
    SlotId slot = 0;
    bool cased = false;
    bool of_bytes = false;  ///< the slot's values are bytes, which fold as ASCII only
    /// The operands; texts are already folded unless cased.
    std::vector<std::string> literals;
    std::vector<Pattern> patterns;
    std::vector<std::unique_ptr<const Regex>> regexes;
    std::vector<std::string> regex_texts;
    RegexFlags regex_flags;
    std::vector<Operand> operands;  ///< network, compare, time_part, field, sequence
    SlotId other_slot = 0;          ///< field
    /// The operands as written, for explanations; same order.
    std::vector<std::string> written;

    /// After the operands are complete: builds the tables for long lists. `cache` may be null.
    void prepare(DerivedCache* cache);
    void prepare(MatchScratch& scratch) const;

    /// Whether any value of the slot meets any operand.
    [[nodiscard]] bool holds(EventView& view, MatchScratch& scratch) const;
    /// As holds(), and which value and operand. Slow; for explanations.
    [[nodiscard]] bool find(EventView& view, MatchScratch& scratch, Hit& hit) const;
    /// "contains 'union select'", "is inside 192.0.2.0/24".
    [[nodiscard]] std::string describe(std::size_t operand) const;
    /// How dear the question is, in arbitrary units from 1.
    [[nodiscard]] unsigned cost() const noexcept;
    [[nodiscard]] std::size_t operand_count() const noexcept { return written.size(); }

  private:
    [[nodiscard]] bool value_meets(EventView& view, SlotValue& value, MatchScratch& scratch) const;
    [[nodiscard]] bool operand_meets(std::size_t i, EventView& view, SlotValue& value,
                                     MatchScratch& scratch) const;
    [[nodiscard]] bool other_field_meets(EventView& view, SlotValue& value, bool open_start,
                                         bool open_end) const;

    std::unique_ptr<std::unordered_set<std::string_view>> exact_set_;
    std::unique_ptr<LiteralMatcher> matcher_;
};

/// The number a value is: numbers, and texts that are wholly a decimal number.
[[nodiscard]] std::optional<Number> to_number(const Value& value);
[[nodiscard]] int compare(const Number& a, const Number& b);
/// A part of the time a value is: a time, a text that begins as 2026-01-31T23:59 (or with a space),
/// or seconds since 1970 (UTC). Texts are read in the zone they are written in.
[[nodiscard]] std::optional<std::int64_t> time_part_of(const Value& value, TimePart part);
/// Canonical text of a rule's number, as Value::to_text() writes an event's.
[[nodiscard]] std::string canonical_text(const Number& number);

}  // namespace persandian::sigma
