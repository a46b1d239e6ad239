// SPDX-License-Identifier: Apache-2.0
//
// Program: a rule's condition over predicates, after its fields have become slots.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "detectors/sigma/predicate.h"

namespace persandian::sigma {

struct ProgramNode {
    enum class Op : std::uint8_t { atom, all_of, any_of, negation };
    Op op = Op::atom;
    std::uint32_t first = 0;  ///< atom: index in Program::atoms; else first child in nodes
    std::uint32_t count = 0;  ///< children, which stand side by side
};

/// A predicate as one rule uses it.
struct Atom {
    PredicateId predicate = 0;
    std::uint32_t selection = 0;  ///< index in CompiledRule::selections
    std::string field;            ///< as the rule writes it; empty for keywords
};

/// Node 0 is the root.
struct Program {
    std::vector<ProgramNode> nodes;
    std::vector<Atom> atoms;
};

using VariantId = std::uint32_t;
using Variants = std::vector<VariantId>;

/// A rule compiled for the field names of some log sources.
struct Variant {
    std::uint32_t rule = 0;  ///< index in RuleSet::rules()
    Program program;
    std::string required_service;  ///< must be among the event's services; usually empty
    /// Fields that correlations read: name as the rule's author knows it, and its slot.
    std::vector<std::pair<std::string, SlotId>> exported;
};

}  // namespace persandian::sigma
