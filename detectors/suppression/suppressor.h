// SPDX-License-Identifier: Apache-2.0
//
// Suppressor: the one place where findings are held back on purpose. Stands around the correlator:
// what an entry hides "also from correlations" does not reach it; every other alert is judged on
// its way from there to the incidents.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "detectors/event/finding.h"
#include "detectors/suppression/plan.h"
#include "detectors/suppression/throttle.h"

namespace persandian::suppression {

/// What became of one entry, since the plan was put in force.
struct EntryCount {
    std::uint64_t hidden = 0;
    std::optional<Timestamp> last_hidden;  ///< event time, the latest
    std::uint64_t after_expiry = 0;        ///< findings that it fits, but had expired before
    std::uint64_t evicted_keys = 0;        ///< throttles: max_throttle_keys was reached
};

/// The first entry (in the order of files and lines) that hides a finding counts it. Judges by
/// event time. Single-threaded.
class Suppressor final : public FindingSink {
  public:
    /// `out` gets what is not hidden and must outlive the suppressor.
    explicit Suppressor(FindingSink& out, const Limits& limits = {})
        : out_(&out), limits_(limits) {}

    /// From the next finding on; counts and windows begin anew. Null: nothing is hidden.
    void use(std::shared_ptr<const Plan> plan);
    /// Before correlation: whether the finding never happened, for correlations too. Counts it.
    [[nodiscard]] bool hides_from_correlations(const Finding& finding);
    /// The same of a finding that an earlier run has counted. Counts nothing.
    [[nodiscard]] bool has_hidden_from_correlations(const Finding& finding) const;
    /// After correlation: an alert that may become an incident.
    void on_finding(Finding finding) override;
    /// What follows is of another time: windows begin anew, counts go on.
    void forget_windows();

    /// Null when nothing is suppressed.
    [[nodiscard]] const std::shared_ptr<const Plan>& plan() const noexcept { return plan_; }
    /// One per entry of the plan.
    [[nodiscard]] std::vector<EntryCount> counts() const;
    /// Findings hidden by all entries together, since the plan was put in force.
    [[nodiscard]] std::uint64_t hidden() const noexcept { return hidden_; }

  private:
    [[nodiscard]] bool hides(const Finding& finding, bool before_correlation);
    [[nodiscard]] bool holds_back(const PlannedEntry& planned, const Finding& finding);
    void count(EntryCount& counted, const Finding& finding);

    FindingSink* out_;
    Limits limits_;
    std::shared_ptr<const Plan> plan_;
    std::vector<EntryCount> counts_;
    std::uint64_t hidden_ = 0;
    std::vector<std::optional<ThrottleWindows>> windows_;  ///< one per entry
};

}  // namespace persandian::suppression
