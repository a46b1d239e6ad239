// SPDX-License-Identifier: Apache-2.0
//
// The interface of the correlation room: findings in, findings of correlation rules out. Windows
// slide over event time. Source: Sigma correlation rules specification 2.1.0. What the
// specification leaves open is decided in README.md here.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "detectors/base/units.h"
#include "detectors/event/correlation_rule.h"
#include "detectors/event/finding.h"

namespace persandian::correlation {

/// All limits are per correlator. What is evicted is counted. Bytes are estimates.
struct Limits {
    std::size_t max_groups_per_rule = 100'000;   ///< then the least recently fed one goes
    std::size_t max_entries_per_group = 10'000;  ///< raised to a count's own bound where that is
                                                 ///< larger, up to max_entries_per_rule
    std::size_t max_entries_per_rule = 250'000;
    std::size_t max_samples_per_group = 5;     ///< findings kept whole, to be shown
    std::size_t max_bytes_per_rule = 64_MiB;   ///< then the least recently fed group goes
    std::size_t max_bytes = 256_MiB;           ///< of all rules; likewise
    std::size_t max_evidence_bytes = 128_MiB;  ///< of all rules; then findings are kept without
    std::size_t max_chain_depth = max_correlation_depth;  ///< correlations of correlations
};

struct Counters {
    std::uint64_t evicted_groups = 0;
    std::uint64_t evicted_entries = 0;
    std::uint64_t findings_without_group_field = 0;
    std::uint64_t findings_without_value_field = 0;  ///< the counted field is absent
    std::uint64_t findings_without_number = 0;   ///< metrics: its text is not a number (in range)
    std::uint64_t late_findings = 0;             ///< out of order, sorted in
    std::uint64_t too_late_findings = 0;         ///< before their group's window: not counted
    std::uint64_t samples_without_evidence = 0;  ///< max_evidence_bytes was reached
    std::uint64_t chains_cut = 0;                ///< max_chain_depth was reached

    Counters& operator+=(const Counters& other);
};

/// Runs all correlation rules of a rule set. Single-threaded; findings arrive ordered by
/// (time, source, sequence), slightly late ones are sorted in. Every finding is passed through to
/// `out` (when its alert is true), followed by the correlations it completes.
class Correlator : public FindingSink {
  public:
    /// Time passes, by the clock of arrival (wall clock in the daemon, file time in replay):
    /// windows that wait for their end close, idle groups are forgotten. Never goes back.
    virtual void on_time(Timestamp now) = 0;
    /// Forgets all windows and the clock: what follows belongs to another time (replay of an older
    /// capture after a newer one). Windows that have not closed stay undecided.
    virtual void forget() = 0;
    /// A correlator of other rules with the same sink, limits and clock, and counters of its own.
    /// Rules whose id stands in `unchanged` go on with their windows. This one is not to be fed any
    /// more.
    [[nodiscard]] virtual std::unique_ptr<Correlator> successor(
        std::vector<CorrelationRule> rules, const std::set<std::string>& unchanged) = 0;
    [[nodiscard]] virtual const Counters& counters() const noexcept = 0;
    /// What max_bytes is about, at this moment.
    [[nodiscard]] virtual std::size_t bytes() const noexcept = 0;
};

/// `out` must outlive the correlator.
[[nodiscard]] std::unique_ptr<Correlator> make_correlator(std::vector<CorrelationRule> rules,
                                                          FindingSink& out,
                                                          const Limits& limits = {});

}  // namespace persandian::correlation
