// SPDX-License-Identifier: Apache-2.0
//
// Which correlations refer to which, by id. References must be resolved. All questions cost at most
// the number of references (times max_correlation_depth).
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "detectors/sigma/ast.h"

namespace persandian::sigma {

class CorrelationGraph {
  public:
    /// `correlations` must outlive the graph.
    explicit CorrelationGraph(const std::vector<CorrelationAst>& correlations);

    /// Those that refer to themselves, directly or through others (and those between two circles).
    [[nodiscard]] std::set<std::string> circles() const;
    /// For `id`, one of `circles`: the place in its rules of the first step on a way round, and the
    /// way, as "a -> b -> a".
    [[nodiscard]] std::pair<std::size_t, std::string> way_round(
        const std::string& id, const std::set<std::string>& circles) const;
    /// How many correlations stand one on another, per id; no more than one above
    /// max_correlation_depth. There must be no circle.
    [[nodiscard]] std::map<std::string, std::size_t> depths() const;

  private:
    using References = std::map<std::string, std::vector<std::string>>;

    [[nodiscard]] std::string shown(const std::string& id) const;
    static void prune(const References& references, const References& reversed,
                      std::set<std::string>& left);

    std::map<std::string, const CorrelationAst*> by_id_;
    References to_;    ///< id → ids of correlations it refers to
    References from_;  ///< the other way
};

}  // namespace persandian::sigma
