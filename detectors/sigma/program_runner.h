// SPDX-License-Identifier: Apache-2.0
//
// ProgramRunner: runs the programs of one rule set on one event at a time. Each predicate is asked
// at most once per event, however many programs share it.
#pragma once

#include <cstdint>
#include <vector>

#include "detectors/sigma/event_view.h"
#include "detectors/sigma/rule_compiler.h"

namespace persandian::sigma {

class ProgramRunner {
  public:
    /// Both must outlive the runner.
    ProgramRunner(const FieldTable& fields, const PredicatePool& predicates)
        : predicates_(predicates), view_(fields), answers_(predicates.all().size()) {
        for (const Predicate& predicate : predicates.all()) predicate.prepare(scratch_);
    }

    /// Takes up `event`, which must outlive its use here.
    void begin(const Event& event) {
        ++generation_;
        view_.begin(event);
    }
    [[nodiscard]] EventView& view() noexcept { return view_; }
    [[nodiscard]] MatchScratch& scratch() noexcept { return scratch_; }

    [[nodiscard]] bool ask(PredicateId id) {
        std::uint64_t& answer = answers_[id];
        if (answer >> 1U != generation_)
            answer = (generation_ << 1U) | (predicates_[id].holds(view_, scratch_) ? 1U : 0U);
        return (answer & 1U) != 0;
    }

    /// Whether the node of the program, 0 being its root, holds.
    [[nodiscard]] bool holds(const Program& program, std::size_t at = 0) {
        const ProgramNode& node = program.nodes[at];
        switch (node.op) {
            case ProgramNode::Op::atom:
                return ask(program.atoms[node.first].predicate);
            case ProgramNode::Op::negation:
                return !holds(program, node.first);
            case ProgramNode::Op::all_of:
                for (std::uint32_t i = 0; i < node.count; ++i)
                    if (!holds(program, node.first + i)) return false;
                return true;
            case ProgramNode::Op::any_of:
                break;
        }
        for (std::uint32_t i = 0; i < node.count; ++i)
            if (holds(program, node.first + i)) return true;
        return false;
    }

  private:
    const PredicatePool& predicates_;
    EventView view_;
    MatchScratch scratch_;
    std::vector<std::uint64_t> answers_;  ///< generation and answer, per predicate
    std::uint64_t generation_ = 0;
};

}  // namespace persandian::sigma
