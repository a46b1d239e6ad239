// SPDX-License-Identifier: Apache-2.0
//
// SourceFinder: the log sources of an event, remembered by the few values they follow from. A
// channel and a number are the same for thousands of events.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "detectors/sigma/router.h"
#include "detectors/sigma/value_memo.h"

namespace persandian::sigma {

/// One per thread.
class SourceFinder {
  public:
    static constexpr std::size_t max_plans = 1024;
    static constexpr std::size_t max_remembered = 4096;

    /// `router` must be built and outlive the finder.
    explicit SourceFinder(const Router& router);
    /// As Router::find(). Valid until the next call.
    [[nodiscard]] std::span<const std::uint32_t> find(EventView& view);

  private:
    /// Where the values stand that decide, for events of one shape.
    struct Plan {
        std::uint64_t shape = 0;
        std::vector<std::uint32_t> first;  ///< numbers of the first values of the slots asked
    };

    const Plan& plan_of(const EventShape& shape);
    void write_key(const Plan& plan, EventView& view);

    const Router& router_;
    std::vector<Plan> plans_;  ///< by the shape's number; the later one stays
    ValueMemo memo_;
    std::string key_;
    std::vector<std::uint32_t> sources_;
};

}  // namespace persandian::sigma
