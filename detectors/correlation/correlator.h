// SPDX-License-Identifier: Apache-2.0
//
// The interface of the correlation room: findings in, findings of correlation rules out. Windows
// slide over event time. Source: Sigma correlation rules specification 2.1.0.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "detectors/event/correlation_rule.h"
#include "detectors/event/finding.h"

namespace persandian::correlation {

struct Limits {
    std::size_t max_groups_per_rule = 100'000;
    std::size_t max_entries_per_group = 10'000;
};

struct Counters {
    std::uint64_t evicted_groups = 0;
    std::uint64_t evicted_entries = 0;
    std::uint64_t findings_without_group_field = 0;
    std::uint64_t late_findings = 0;
};

/// Runs all correlation rules of a rule set. Single-threaded; findings arrive ordered by
/// (time, source, sequence), slightly late ones are sorted in. Every finding is passed through to
/// `out` (when rule.alert), followed by the correlations it completes.
class Correlator : public FindingSink {
  public:
    virtual void on_time(Timestamp now) = 0;
    [[nodiscard]] virtual const Counters& counters() const noexcept = 0;
};

/// `out` must outlive the correlator.
[[nodiscard]] std::unique_ptr<Correlator> make_correlator(std::vector<CorrelationRule> rules,
                                                          FindingSink& out,
                                                          const Limits& limits = {});

}  // namespace persandian::correlation
