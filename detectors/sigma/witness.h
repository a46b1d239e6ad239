// SPDX-License-Identifier: Apache-2.0
//
// Witnesses: for each program a set of questions of which one must be answered yes if the program
// holds, chosen to be rarely answered yes, and the clues by which an index notices such an answer
// in a value without asking.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "detectors/sigma/program.h"
#include "detectors/sigma/rule_compiler.h"

namespace persandian::sigma {

/// Predicates of which at least one holds whenever the program holds. `possible` false: the program
/// can hold without any particular one.
struct Witness {
    bool possible = false;
    std::vector<PredicateId> predicates;
    double cost = 0;  ///< estimated share of wasted work
};
[[nodiscard]] Witness find_witness(const Program& program, const PredicatePool& pool);

/// What a value must show for an operand of a predicate to hold. Texts are folded.
struct Clue {
    enum class Kind : std::uint8_t {
        whole,     ///< it is `text`
        start,     ///< it starts with `text`
        end,       ///< it ends with `text`
        inside,    ///< `text` stands in it
        network,   ///< it is an address in the network whose network_key() `text` is
        presence,  ///< it is there; `text` is empty
    };
    Kind kind = Kind::presence;
    std::string text;
};

/// Different for different networks.
[[nodiscard]] std::string network_key(const IpNetwork& network);

/// If the predicate holds for a value, at least one of these clues does.
[[nodiscard]] std::vector<Clue> clues_of(const Predicate& predicate);

/// From the last path separator on; the whole text when there is none.
[[nodiscard]] std::string_view last_component(std::string_view text) noexcept;

}  // namespace persandian::sigma
