// SPDX-License-Identifier: Apache-2.0
//
// Group: the findings of one correlation rule that share their group-by values, and its windows:
// which findings still count, when a window is over, what was decided. Knows nothing of limits over
// groups, of chains, or of what a firing says.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "detectors/correlation/contents.h"
#include "detectors/event/finding.h"

namespace persandian::correlation {

/// What came out of one window.
struct Verdict {
    enum class Kind : std::uint8_t {
        no,
        fires,
        still_holds  ///< as after a window that fired and that this one overlaps
    };
    Kind kind = Kind::no;
    Timestamp from;  ///< the window, both ends included
    Timestamp to;
    Measure measure;
};

/// A finding that is kept whole, to be shown.
struct Sample {
    std::shared_ptr<const Finding> finding;
    std::size_t bytes = 0;           ///< of memory, without the evidence
    std::size_t evidence_bytes = 0;  ///< of memory
};

class Group {
  public:
    /// `plan` must outlive the group.
    explicit Group(const Plan& plan) : plan_(&plan), contents_(plan) {}

    /// Whether a finding of this time is not too late to count.
    [[nodiscard]] bool accepts(Timestamp time) const;
    /// The finding must be accepted, and windows that are over by its time decided before. So all
    /// that is kept lies within one timespan: what is older than the newest by more is not
    /// accepted.
    void add(const Entry& entry, const std::string& tuple);

    /// at_once: about the window that ends with the newest finding. Changes what was decided.
    [[nodiscard]] Verdict decide_now();
    /// Other timings: whether the first open window is over at `time` (event time).
    [[nodiscard]] bool is_over(Timestamp time) const;
    /// Decides the first open window. There must be one.
    [[nodiscard]] Verdict decide();
    /// By the clock of arrival, when the first open window opened; nullopt when none is open.
    [[nodiscard]] std::optional<Timestamp> open_since() const;

    [[nodiscard]] const Contents& contents() const noexcept { return contents_; }
    /// For limits.
    void drop_one() { contents_.drop_one(); }
    /// Before this time nothing is needed any more.
    [[nodiscard]] Timestamp horizon() const;

    // The correlator's own notes on this group.
    std::vector<Sample> samples;  ///< latest findings, sorted by time
    Timestamp touched;            ///< clock of arrival when a finding was last counted

  private:
    void drop_expired();
    [[nodiscard]] std::optional<Timestamp> first_start() const;
    [[nodiscard]] Verdict decide_at_close();
    [[nodiscard]] Verdict decide_forward();

    const Plan* plan_;
    Contents contents_;
    std::optional<Timestamp> newest_;  ///< of all findings that were accepted
    Timestamp opened_;                 ///< at_close: open_since()
    /// at_once: fires only for windows that end later; at_close: end of the last window that was
    /// decided; forward: findings up to here open no window.
    std::optional<Timestamp> decided_;
};

}  // namespace persandian::correlation
