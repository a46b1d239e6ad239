// SPDX-License-Identifier: Apache-2.0
//
// The interface of the modifiers room: an item of a detection while its modifiers are applied, and
// the record that describes a modifier. One file per modifier; see README.md here.
// Source: Sigma modifiers specification 2.1.0.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "detectors/base/ip_address.h"
#include "detectors/base/yaml.h"
#include "detectors/sigma/modifiers/pattern.h"

namespace persandian::sigma {

/// A number of a rule or an event: exact as an integer when it is one.
struct Number {
    bool is_integer = true;
    std::int64_t integer = 0;
    double real = 0;
    bool operator==(const Number&) const = default;
};

enum class Comparison : std::uint8_t { lt, lte, gt, gte };
enum class TimePart : std::uint8_t { minute, hour, day, week, month, year };

class ByteSequence;

/// One value of an item.
struct Operand {
    enum class Kind : std::uint8_t {
        text,       ///< pattern
        number,     ///< number, compared as canonical text
        boolean,    ///< flag
        null,       ///< the field is absent or null
        regex,      ///< written, with the item's flags
        network,    ///< network
        compare,    ///< number, comparison
        exists,     ///< flag
        field,      ///< written names another field
        time_part,  ///< number, part
        sequence,   ///< sequence
    };
    Kind kind = Kind::text;
    yaml::Mark mark;
    std::string written;  ///< as the rule has it
    Pattern pattern;
    Number number;
    bool flag = false;
    Comparison comparison = Comparison::lt;
    TimePart part = TimePart::minute;
    IpNetwork network;
    std::shared_ptr<const ByteSequence> sequence;
    bool open_start = false;  ///< field: the other field's text may start later (endswith)
    bool open_end = false;    ///< field: … may end earlier (startswith)
};

/// A value and what modifiers made of it: any of the alternatives.
struct Term {
    std::vector<Operand> alternatives;
};

struct RegexFlags {
    bool ignore_case = false;
    bool multi_line = false;
    bool dot_all = false;
    bool bytes = false;  ///< of a sequence
    bool operator==(const RegexFlags&) const = default;
};

/// `field|modifier|…: values`, being built.
struct Item {
    std::string field;  ///< empty: keywords
    yaml::Mark mark;
    std::vector<Term> terms;
    bool all = false;      ///< every term must hold instead of any
    bool negated = false;  ///< neq
    bool cased = false;
    RegexFlags regex;
    std::vector<std::string_view> applied;  ///< names of the modifiers so far, aliases resolved
};

/// What modifiers may ask for.
struct ModifierContext {
    std::span<const std::pair<std::string, std::vector<std::string>>> placeholders;
};

/// Why a modifier cannot be applied, in words for the rule's author. `at` is the value's position
/// when a value is at fault, else line 0: the modifier itself.
struct Refusal {
    std::string reason;
    yaml::Mark at = {0, 0};
};

/// The record by which the room knows a modifier. Static storage throughout.
struct ModifierEntry {
    std::string_view name;
    std::string_view summary;                   ///< one line for `rules explain` and the docs
    std::span<const std::string_view> aliases;  ///< other spellings
    bool first_only = false;                    ///< must be the first of its chain
    std::optional<Refusal> (*apply)(Item& item, const ModifierContext& context) = nullptr;
};

/// All entries of the room, in the order of its CMake list. Generated; static storage.
[[nodiscard]] std::span<const ModifierEntry* const> catalog() noexcept;
/// By name or alias; null when there is none.
[[nodiscard]] const ModifierEntry* find_modifier(std::string_view name) noexcept;
/// Names and aliases, for nearest_word().
[[nodiscard]] std::vector<std::string_view> modifier_names();
[[nodiscard]] bool was_applied(const Item& item, std::string_view name) noexcept;

// What several modifiers share.

/// Refuses keywords.
[[nodiscard]] std::optional<Refusal> require_field(const Item& item, std::string_view name);
/// As text operands, or why not.
[[nodiscard]] std::optional<Refusal> require_texts(Item& item, std::string_view name);
/// As require_texts(), and no wildcards in them.
[[nodiscard]] std::optional<Refusal> require_plain_texts(Item& item, std::string_view name);
/// Turns numbers into `compare` operands; refuses anything else.
[[nodiscard]] std::optional<Refusal> make_comparison(Item& item, std::string_view name,
                                                     Comparison comparison);
/// Turns numbers into `time_part` operands within [least, most]; refuses anything else.
[[nodiscard]] std::optional<Refusal> make_time_part(Item& item, std::string_view name,
                                                    TimePart part, std::int64_t least,
                                                    std::int64_t most);
/// Replaces the literal text of every operand by `encode` of it.
[[nodiscard]] std::optional<Refusal> encode_texts(Item& item, std::string_view name,
                                                  std::string (*encode)(std::string_view));
/// Sets one regex flag; refuses when the item is no regex.
[[nodiscard]] std::optional<Refusal> set_regex_flag(Item& item, std::string_view name,
                                                    bool RegexFlags::*flag);
/// Adds open ends to texts (or to field references).
[[nodiscard]] std::optional<Refusal> open_ends(Item& item, std::string_view name, bool start,
                                               bool end);
/// "a number", "a regular expression", … for messages. Static storage.
[[nodiscard]] std::string_view describe(Operand::Kind kind) noexcept;

}  // namespace persandian::sigma
