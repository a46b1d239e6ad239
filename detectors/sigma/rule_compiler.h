// SPDX-License-Identifier: Apache-2.0
//
// RuleAst to Programs over shared predicates.
#pragma once

#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "detectors/sigma/ast.h"
#include "detectors/sigma/logsource.h"
#include "detectors/sigma/program.h"

namespace persandian::sigma {

/// All predicates of a rule set, each once.
class PredicatePool {
  public:
    /// The number of an equal predicate, which may be an earlier one. Who has added the last one
    /// prepares all of them.
    PredicateId intern(Predicate predicate);
    [[nodiscard]] std::deque<Predicate>& all() noexcept { return predicates_; }
    [[nodiscard]] const std::deque<Predicate>& all() const noexcept { return predicates_; }
    [[nodiscard]] const Predicate& operator[](PredicateId id) const { return predicates_[id]; }

  private:
    std::deque<Predicate> predicates_;
    std::unordered_map<std::string, PredicateId> ids_;
};

/// Compiles `rule` for the names of `source`.
[[nodiscard]] Program compile_program(const RuleAst& rule, const SourceDefinition& source,
                                      FieldTable& fields, PredicatePool& pool);

/// "{a = 'x' or …}" one line per atom, for `rules explain`.
[[nodiscard]] std::string describe(const Program& program, const PredicatePool& pool,
                                   const std::vector<std::string>& selections);

}  // namespace persandian::sigma
