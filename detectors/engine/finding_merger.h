// SPDX-License-Identifier: Apache-2.0
//
// FindingMerger: findings of several stages in, one stream in the order of time out, so that
// correlations and incidents do not depend on the number of stages.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <queue>
#include <vector>

#include "detectors/event/finding.h"

namespace persandian::engine {

/// Holds a finding back until every input that has not ended has come as far. Findings that are
/// already behind (a flow that ended long after its event) pass at once. Order: time, source,
/// sequence. Single-threaded.
class FindingMerger {
  public:
    struct Limits {
        std::size_t max_pending = 100'000;  ///< then the oldest pass unordered, counted
    };

    /// `out` must outlive the merger.
    explicit FindingMerger(FindingSink& out) : FindingMerger(out, Limits{}) {}
    FindingMerger(FindingSink& out, const Limits& limits) : out_(&out), limits_(limits) {}

    /// A new input; its sink is valid as long as the merger.
    [[nodiscard]] FindingSink& add_input();
    /// Input `index` (in the order of adding) has come to `time`. Never goes back.
    void advance(std::size_t index, Timestamp time);
    /// Passes all that is held; input `index` begins anew, at any time.
    void restart(std::size_t index);
    /// Input `index` ends and holds nobody back any more.
    void end(std::size_t index);
    /// How far all inputs have come: the least of them; the newest when all have ended.
    [[nodiscard]] Timestamp time() const;
    [[nodiscard]] std::uint64_t passed_unordered() const noexcept { return passed_unordered_; }

  private:
    class Input final : public FindingSink {
      public:
        explicit Input(FindingMerger& merger) : merger_(&merger) {}
        void on_finding(Finding finding) override { merger_->hold(std::move(finding)); }
        Timestamp reached{INT64_MIN};
        bool ended = false;

      private:
        FindingMerger* merger_;
    };
    struct Later {
        bool operator()(const Finding& a, const Finding& b) const;
    };

    void hold(Finding finding);
    void pass_one();
    void release();

    FindingSink* out_;
    Limits limits_;
    std::vector<std::unique_ptr<Input>> inputs_;
    std::priority_queue<Finding, std::vector<Finding>, Later> held_;
    std::uint64_t passed_unordered_ = 0;
};

}  // namespace persandian::engine
