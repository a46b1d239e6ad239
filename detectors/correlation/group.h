// SPDX-License-Identifier: Apache-2.0
//
// Group: the findings of one correlation rule that share their group-by values, inside one window.
// Knows how to count them; knows nothing of rules' texts, limits over groups, or firing.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "detectors/event/correlation_rule.h"
#include "detectors/event/finding.h"

namespace persandian::correlation {

/// One counted finding, without its contents.
struct Entry {
    using Values = std::map<std::string, std::uint32_t>;

    Timestamp time;
    std::uint16_t source = 0;
    std::uint64_t sequence = 0;
    std::uint64_t arrival = 0;     ///< running number; last resort of the order
    std::uint16_t rule_index = 0;  ///< in CorrelationRule::rules (first place, when listed twice)
    Values::iterator value{};      ///< value_count: the tuple it brought

    /// The order of findings: time, source, sequence, arrival.
    [[nodiscard]] bool before(const Entry& other) const noexcept;
};

/// Entries stay sorted. Counts are kept up to date with each change; only a late entry of an
/// ordered rule costs a pass over the group.
class Group {
  public:
    /// `rule` must outlive the group.
    explicit Group(const CorrelationRule& rule);
    Group(const Group&) = delete;
    Group& operator=(const Group&) = delete;

    /// Sorts `entry` in. `tuple`: value_count only, its distinct value.
    void add(Entry entry, const std::string& tuple);
    /// Removes entries before `start`; returns how many.
    std::size_t drop_before(Timestamp start);
    void drop_oldest();

    [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }
    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
    [[nodiscard]] Timestamp oldest() const { return entries_.front().time; }
    [[nodiscard]] Timestamp newest() const { return entries_.back().time; }
    /// What the rule's condition is about: findings, distinct tuples, distinct rules, or steps
    /// reached in order, of the window that begins at `window_start`.
    [[nodiscard]] std::int64_t count(Timestamp window_start) const;

    // The correlator's own notes on this group.
    std::vector<Finding> samples;  ///< latest findings, sorted by time
    Timestamp touched;             ///< clock of arrival when a finding was last counted
    Timestamp opened;              ///< clock of arrival when the window opened (rules that wait)
    Timestamp window_start;        ///< event time of the window's first finding (rules that wait)
    Timestamp quiet_until;         ///< event time; fires only for windows that end later
    bool has_fired = false;        ///< quiet_until holds
    bool waiting = false;          ///< a window is open (rules that wait)

  private:
    void advance_steps(const Entry& entry);
    void forget_entry(const Entry& entry);

    const CorrelationRule* rule_;
    std::deque<Entry> entries_;
    Entry::Values values_;                 ///< value_count: tuple → entries that carry it
    std::vector<std::uint32_t> per_rule_;  ///< temporal: entries per listed rule
    std::int64_t rules_present_ = 0;
    /// temporal_ordered: for each number of steps, the latest start of a chain that reached it.
    std::vector<std::int64_t> chain_start_ns_;
};

}  // namespace persandian::correlation
