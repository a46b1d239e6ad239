// SPDX-License-Identifier: Apache-2.0
//
// RuleState: one correlation rule at work: its groups, found by their group-by values, and their
// places in the orders that limits and time go by.
#pragma once

#include <list>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "detectors/correlation/group.h"

namespace persandian::correlation {

struct RuleState;
struct Slot;
using Groups = std::map<std::string, Slot>;
using GroupOrder = std::list<std::pair<RuleState*, Groups::iterator>>;
/// Windows that wait, by the clock of arrival at which their time is over, then by a running
/// number.
using WaitingGroups =
    std::map<std::pair<Timestamp, std::uint64_t>, std::pair<RuleState*, Groups::iterator>>;

/// A group and its places in the orders.
struct Slot {
    explicit Slot(const Plan& plan) : group(plan) {}
    Group group;
    std::vector<std::string> values;  ///< of the rule's group_by
    GroupOrder::iterator fed;         ///< in RuleState::by_feeding
    GroupOrder::iterator fed_of_all;  ///< in the order of all rules' groups
    std::optional<WaitingGroups::iterator> waiting;
    std::size_t counted_entries = 0;  ///< as the totals have them
    std::size_t counted_bytes = 0;
    std::size_t counted_evidence = 0;
};

struct RuleState {
    explicit RuleState(CorrelationRule definition)
        : plan(std::move(definition)), titles(plan.rule.rules) {}

    Plan plan;
    std::vector<std::string> titles;  ///< of the rules it refers to, once seen
    Groups groups;
    GroupOrder by_feeding;  ///< least recently fed first
    std::size_t entries = 0;
    std::size_t bytes = 0;
    bool busy = false;              ///< its own finding is under way: a cycle ends here
    std::uint64_t held_before = 0;  ///< the finding for which still_holds was passed on last
};

/// Values as one key: each preceded by its length, so that no two lists share one; long ones as a
/// digest, so that keys stay small.
[[nodiscard]] std::string key_of(const std::vector<std::string>& values);

/// The values of `names` (fields or aliases of `rule`) in the finding; nullopt when one is missing.
[[nodiscard]] std::optional<std::vector<std::string>> values_of(
    const CorrelationRule& rule, const std::vector<std::string>& names, const Finding& finding);

/// The finding to be kept, and the memory it takes.
[[nodiscard]] Sample make_sample(Finding finding);

}  // namespace persandian::correlation
