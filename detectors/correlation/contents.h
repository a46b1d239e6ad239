// SPDX-License-Identifier: Apache-2.0
//
// Contents: the findings of one group that are kept, in order, and what they amount to. Every
// change and every question costs at most a logarithm of their number (times the number of listed
// rules, for temporal correlations), in whatever order they come. Knows nothing of firing.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "detectors/correlation/plan.h"
#include "detectors/correlation/ranked_numbers.h"

namespace persandian::correlation {

/// One counted finding, without its text.
struct Entry {
    using Values = std::map<std::string, std::uint32_t>;

    Timestamp time;
    std::uint16_t source = 0;
    std::uint16_t lane = 0;  ///< Plan::lanes of its rule
    std::uint64_t sequence = 0;
    std::uint64_t arrival = 0;  ///< running number; last resort of the order
    Timestamp arrived;          ///< by the clock of arrival
    Values::iterator value{};   ///< value_count: the tuple it brought
    Decimal number;             ///< metrics: the number it brought

    /// The order of findings: time, source, sequence, arrival.
    [[nodiscard]] bool before(const Entry& other) const noexcept;
};

/// Entries by their order; also found by time alone.
struct EntryOrder {
    using is_transparent = void;
    bool operator()(const Entry& a, const Entry& b) const noexcept { return a.before(b); }
    bool operator()(const Entry& a, Timestamp b) const noexcept { return a.time < b; }
    bool operator()(Timestamp a, const Entry& b) const noexcept { return a < b.time; }
};

class Contents {
  public:
    using Lane = std::set<Entry, EntryOrder>;

    /// `plan` must outlive the contents.
    explicit Contents(const Plan& plan);
    Contents(const Contents&) = delete;
    Contents& operator=(const Contents&) = delete;

    /// Sorts `entry` in. `tuple`: value_count only, its distinct value.
    void add(Entry entry, const std::string& tuple);
    void drop_before(Timestamp start);
    /// Drops the oldest; of temporal correlations the oldest of the rule that has the most, so that
    /// a flood of one rule does not push out the others.
    void drop_one();
    void clear();

    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    /// There must be one.
    [[nodiscard]] Timestamp oldest() const;
    [[nodiscard]] Timestamp newest() const;
    /// An estimate of the memory taken.
    [[nodiscard]] std::size_t bytes() const noexcept;

    /// What the rule's bounds are about, over all entries: findings, distinct tuples, different
    /// rules, the most steps found in order, or a calculated number.
    [[nodiscard]] Measure measure() const;
    /// Whether the rule's expression holds between `from` and `to`, both included.
    [[nodiscard]] bool expression_holds(Timestamp from, Timestamp to) const;
    /// How many different rules there are between `from` and `to`.
    [[nodiscard]] Measure rules_between(Timestamp from, Timestamp to) const;
    /// The first entry after `time` that opens a window; null pointer when there is none. Valid
    /// until the contents change.
    [[nodiscard]] const Entry* first_opening_after(Timestamp time) const;

  private:
    void erase(Lane& lane, Lane::iterator at);
    [[nodiscard]] std::size_t rules_present() const;
    [[nodiscard]] std::size_t steps_in_order() const;
    [[nodiscard]] bool present(std::size_t rule, Timestamp from, Timestamp to) const;

    const Plan* plan_;
    std::vector<Lane> lanes_;
    std::size_t size_ = 0;
    Entry::Values values_;  ///< value_count: tuple → entries that carry it
    std::size_t value_bytes_ = 0;
    Int128 sum_ = 0;         ///< metrics, in billionths
    RankedNumbers numbers_;  ///< value_percentile, value_median
};

}  // namespace persandian::correlation
