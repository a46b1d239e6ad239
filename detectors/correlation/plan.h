// SPDX-License-Identifier: Apache-2.0
//
// Plan: what follows from a correlation rule's text alone, worked out once: when its condition can
// be decided, which of its rules open windows, what its bounds say of a measure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "detectors/event/correlation_rule.h"

namespace persandian::correlation {

/// What a window amounts to: a count or a calculated number, as a fraction so that averages stay
/// exact.
struct Measure {
    Int128 billionths = 0;
    std::int64_t divisor = 1;
    std::size_t findings = 0;
    Timestamp first{};  ///< of the findings it is about
    Timestamp last{};

    static Int128 of_count(std::size_t n) {
        return Decimal(static_cast<std::int64_t>(n)).billionths;
    }
};

enum class Timing : std::uint8_t {
    at_once,   ///< more findings can only help: decided with each finding, over what lies before it
    at_close,  ///< bounds that more findings may break: decided when the window is over
    forward    ///< an expression with "not": each finding that must be there opens a window of its
               ///< own, decided when it is over
};

struct Plan {
    explicit Plan(CorrelationRule definition);

    /// Whether the bounds hold; without bounds, whether all rules were there.
    [[nodiscard]] bool holds(const Measure& measure) const;

    CorrelationRule rule;
    Timing timing = Timing::at_once;
    /// By index in rule.rules: where its findings are kept. A rule that is listed twice has one
    /// lane, that of its first place; rules that are only counted share one.
    std::vector<std::uint16_t> lanes;
    std::size_t lane_count = 1;
    std::vector<bool> opens;    ///< by lane; forward only: whether its findings open windows
    std::size_t all_rules = 0;  ///< what "all of them" means: different rules, or steps
};

}  // namespace persandian::correlation
